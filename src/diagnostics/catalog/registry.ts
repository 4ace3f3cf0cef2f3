import { withoutSecrets } from "../without-secrets.ts";
import { error, warning } from "./entry.ts";

/** What a registry, or another server, was asked for, and who was asked. */
export interface Asked {
  /** An image, or an address. */
  readonly what: string;
  readonly host: string;
}

/** Faults of registries and of other downloads. Those that can pass are thrown as TemporaryError. */
export const registryCatalog = {
  "registry/denied": error<Asked & { status: number; credentials: string; login: string | undefined }>({
    summary: "The registry denies access",
    message: ({ what, host, status, credentials }) =>
      `${host} denied access to ${what} (HTTP ${status}); ${credentials}.`,
    hint: ({ login }) =>
      login === undefined
        ? "Use an address that needs no login."
        : `Log in with \`${login}\`, and check that the image exists and that the account may pull it.`,
  }),
  "registry/push-denied": error<Asked & { status: number; credentials: string; login: string | undefined }>({
    summary: "The registry denies the push",
    message: ({ what, host, status, credentials }) =>
      `${host} denied the push of ${what} (HTTP ${status}); ${credentials}.`,
    hint: ({ login }) =>
      login === undefined
        ? "Use a registry that you can push to."
        : `Log in with \`${login}\`, as an account that may push to the repository.`,
  }),
  "registry/push-refused": error<Asked & { reason: string }>({
    summary: "The registry rejects the push",
    message: ({ what, host, reason }) => `${host} rejected the push of ${what}: ${reason}.`,
    hint: () => "The tag may be immutable, or the registry read-only. Ask the registry's operator.",
  }),
  "registry/rate-limited": error<
    Asked & { until: string | undefined; credentials: string; login: string | undefined }
  >({
    summary: "The registry's rate limit is reached",
    message: ({ what, host, until, credentials }) =>
      `${host} rate-limited the request for ${what} (HTTP 429)${until === undefined ? "" : `; retry after ${until}`}; ${credentials}.`,
    hint: ({ login }) =>
      login === undefined
        ? "Wait, then try again."
        : `Wait, or log in with \`${login}\` for a higher limit. A mirror (\`--registry-mirror HOST=MIRROR\`) also helps.`,
  }),
  "registry/unavailable": error<Asked & { reason: string }>({
    summary: "The registry is unreachable or fails right now",
    message: ({ what, host, reason }) => `The request to ${host} for ${what} failed: ${reason}.`,
    hint: () => "Check the name and the network (HTTPS_PROXY, NO_PROXY), then try again.",
  }),
  "registry/certificate": error<Asked & { reason: string }>({
    summary: "The registry's TLS certificate is not trusted",
    message: ({ what, host, reason }) =>
      `The TLS certificate of ${host} is not trusted, so ${what} was not requested: ${reason}.`,
    hint: ({ host }) =>
      `Pass the CA that signed it with \`--registry-ca FILE\`, or have it renewed; \`--insecure-registry ${host}\` accepts any certificate.`,
  }),
  "registry/proxy-denied": error<Asked>({
    summary: "The proxy requires a login",
    message: ({ what, host }) => `The proxy requires a login to reach ${host} for ${what} (HTTP 407).`,
    hint: () => "Add user name and password to the variable: HTTPS_PROXY=http://NAME:PASSWORD@PROXY.",
  }),
  "registry/bad-proxy": error<{ variable: string }>({
    summary: "A proxy variable is not a proxy URL",
    message: ({ variable }) => `${variable} is not the URL of an HTTP proxy.`,
    hint: ({ variable }) => `Write ${variable}=http://PROXY:PORT, or https://… if the proxy itself uses TLS.`,
  }),
  "registry/redirect": error<Asked & { reason: string }>({
    summary: "The registry's redirects fail",
    message: ({ what, host, reason }) => `The request to ${host} for ${what} failed: ${reason}.`,
    hint: () => "The server, or a proxy in front of it, is misconfigured. Tell its operator.",
  }),
  "registry/too-large": error<Asked & { reason: string }>({
    summary: "The registry's response is too large for metadata",
    message: ({ what, host, reason }) => `The response of ${host} for ${what} is too large: ${reason}.`,
    hint: () => "Manifests and configs are far smaller, even with labels; the image may be damaged.",
  }),
  "registry/wrong-digest": error<Asked & { expected: string; actual: string }>({
    summary: "The registry returns content with another digest",
    message: ({ what, host, expected, actual }) =>
      `${host} returned the wrong content for ${what}: expected ${expected}, got ${actual}.`,
    hint: () => "The content was changed in the registry or in transit. None of it was used.",
  }),
  "registry/bad-answer": error<Asked & { reason: string }>({
    summary: "The registry returns an invalid response",
    message: ({ what, host, reason }) => `${host} returned an invalid response for ${what}: ${reason}.`,
    hint: () => "The image may be damaged, or the address may not be a registry.",
  }),
  "registry/mirror-unused": warning<Asked & { mirror: string; reason: string }>({
    summary: "A mirror cannot be used",
    message: ({ what, host, mirror, reason }) =>
      `The mirror ${mirror} was not used for ${what}; using ${host} directly. ${reason}`,
    hint: () => "Check `--registry-mirror`.",
  }),
  "registry/bad-credential-file": error<{ name: string; reason: string }>({
    summary: "A credentials file cannot be read",
    message: ({ name, reason }) => `The credentials in ${name} cannot be used: ${reason}.`,
    hint: () => "Fix it, or write it again with `docker login` or `podman login`.",
  }),
  "registry/shared-credentials": warning<{ path: string; reason: string }>({
    summary: "Another user could have written a credentials file",
    message: ({ path, reason }) =>
      `The credentials in ${path} are not used, because another user could have written them: ${reason}.`,
    hint: () =>
      "Fix the owner and mode of that path (`chown`, `chmod go-w`). To use the file anyway, name it: DOCKER_CONFIG=DIRECTORY for Docker's, REGISTRY_AUTH_FILE=FILE for Podman's.",
  }),
  "registry/helper-failed": warning<{ program: string; host: string; reason: string }>({
    summary: "A credential helper returns no credentials",
    message: ({ program, host, reason }) =>
      `${program} returned no credentials for ${host}: ${reason}. Continuing without it.`,
    hint: () => "Install the program, or remove its name from the file.",
  }),
  "registry/bad-mirror": error<{ text: string; reason: string }>({
    summary: "A mirror is malformed",
    message: ({ text, reason }) => `${JSON.stringify(withoutSecrets(text))} is not a mirror: ${reason}.`,
    hint: () => "Write HOST=MIRROR, for example docker.io=mirror.example:5000/hub.",
  }),
  "registry/bad-insecure-host": error<{ text: string; reason: string }>({
    summary: "An insecure registry is malformed",
    message: ({ text, reason }) =>
      `${JSON.stringify(withoutSecrets(text))} is not a registry host: ${reason}.`,
    hint: () => "Write the host as in image names: registry.example or registry.example:5000.",
  }),
  "registry/bad-ca-file": error<{ file: string; reason: string }>({
    summary: "A certificate file cannot be used",
    message: ({ file, reason }) => `The certificate file ${file} cannot be used: ${reason}.`,
    hint: () => "Name a PEM file: a line in it begins with -----BEGIN CERTIFICATE-----.",
  }),
  "registry/bad-layout": error<{ path: string; reason: string }>({
    summary: "An OCI layout cannot be used",
    message: ({ path, reason }) => `The OCI layout ${path} cannot be used: ${reason}.`,
    hint: () =>
      "Create one with `docker buildx build --output type=oci,tar=false,dest=DIR` or `skopeo copy … oci:DIR:TAG`.",
  }),
  "registry/daemon": error<{ image: string; address: string; reason: string }>({
    summary: "An image cannot be read from the Docker daemon",
    message: ({ image, address, reason }) =>
      `Cannot read ${image} from the Docker daemon at ${address}: ${reason}.`,
    hint: () => "Start the daemon, check DOCKER_HOST, or use an image in a registry.",
  }),
};
