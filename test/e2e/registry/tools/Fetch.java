import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Makes a trust store of a bundle and downloads with it, as buildpacks for Java do. In: bundle, store, URL, file. */
public class Fetch {
  public static void main(String[] words) throws Exception {
    KeyStore store = KeyStore.getInstance("JKS");
    store.load(null, null);
    int number = 0;
    try (FileInputStream bundle = new FileInputStream(words[0])) {
      for (Certificate one : CertificateFactory.getInstance("X.509").generateCertificates(bundle)) {
        store.setCertificateEntry("ca-" + number++, one);
      }
    }
    try (FileOutputStream file = new FileOutputStream(words[1])) {
      store.store(file, "changeit".toCharArray());
    }
    TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    HttpsURLConnection connection = (HttpsURLConnection) new URL(words[2]).openConnection();
    connection.setSSLSocketFactory(context.getSocketFactory());
    Files.copy(connection.getInputStream(), Path.of(words[3]));
  }
}
