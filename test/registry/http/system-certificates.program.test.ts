import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { expect, it } from "vitest";
import { makeAuthority, makeCertificate } from "../../helpers/certificates.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { startRegistry } from "../../helpers/registry.ts";

const client = join(import.meta.dirname, "../../../src/registry/http/http.ts");
const options = join(import.meta.dirname, "../../../src/registry/options.ts");

/** Asks in a process of its own, since Node reads the system's CAs once. Out: the answer, or the reason of the fault. */
async function ask(url: string, store: string): Promise<string> {
  const script = `import { HttpClient } from "${client}";
import { defaultRegistryOptions } from "${options}";
const http = new HttpClient(defaultRegistryOptions);
for (const path of ["/a", "/b"]) {
  const request = { url: new URL(path, process.argv[1]), maxSizeBytes: 100 };
  const answer = await http.request(request).catch((error) => ({ bytes: error.reason ?? error }));
  console.log(String(answer.bytes));
}`;
  const words = ["--input-type=module", "--eval", script, url];
  const { stdout } = await execa(process.execPath, words, { env: { SSL_CERT_DIR: store } });
  return stdout;
}

it("a server is trusted with a CA of the system's store, and not without", async () => {
  const ca = makeAuthority();
  const server = await startRegistry(makeCertificate({ names: "IP:127.0.0.1", ca }));
  server.intercept = (_, response) => {
    response.end("ok");
    return true;
  };
  const store = join(temporaryDirectory(), "certs");
  mkdirSync(store);
  expect(await ask(`https://${server.host}`, store)).toContain("signed by an unknown CA");
  const hash = execFileSync("openssl", ["x509", "-hash", "-noout", "-in", ca.certFile], { encoding: "utf8" });
  writeFileSync(join(store, `${hash.trim()}.0`), ca.cert);
  expect(await ask(`https://${server.host}`, store)).toBe("ok\nok");
});
