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
    summary: "The registry refuses access",
    message: ({ what, host, status, credentials }) =>
      `${host} refuses access to ${what} (HTTP ${status}); ${credentials}.`,
    hint: ({ login }) =>
      login === undefined
        ? "Name an address that can be read without a login."
        : `Log in with \`${login}\`, and check that the image exists and that the account may read it.`,
  }),
  "registry/push-denied": error<Asked & { status: number; credentials: string; login: string | undefined }>({
    summary: "The registry refuses to take an image",
    message: ({ what, host, status, credentials }) =>
      `${host} refuses to take ${what} (HTTP ${status}); ${credentials}.`,
    hint: ({ login }) =>
      login === undefined
        ? "Name a registry that can be written to."
        : `Log in with \`${login}\`, as an account that may write to the repository.`,
  }),
  "registry/push-refused": error<Asked & { reason: string }>({
    summary: "The registry does not take an image as it is",
    message: ({ what, host, reason }) => `${host} did not take ${what}: ${reason}.`,
    hint: () => "The tag may be protected from changes, or the registry be read-only; its operator knows.",
  }),
  "registry/rate-limited": error<
    Asked & { until: string | undefined; credentials: string; login: string | undefined }
  >({
    summary: "The registry answers no more questions for now",
    message: ({ what, host, until, credentials }) =>
      `${host} answers no more questions for now, and so none about ${what} (HTTP 429)${
        until === undefined ? "" : `; it asks to wait until ${until}`
      }; ${credentials}.`,
    hint: ({ login }) =>
      login === undefined
        ? "Wait, and try again."
        : `Wait, or log in with \`${login}\`: accounts may ask more often. A mirror (\`--registry-mirror HOST=MIRROR\`) helps, too.`,
  }),
  "registry/unavailable": error<Asked & { reason: string }>({
    summary: "The registry cannot be reached or does not answer as it should for now",
    message: ({ what, host, reason }) => `${host} could not be asked for ${what}: ${reason}.`,
    hint: () => "Check the name and the network (HTTPS_PROXY, NO_PROXY), and try again.",
  }),
  "registry/certificate": error<Asked & { reason: string }>({
    summary: "The registry's TLS certificate is not trusted",
    message: ({ what, host, reason }) =>
      `${host} was not asked for ${what}: its TLS certificate cannot be trusted, ${reason}.`,
    hint: ({ host }) =>
      `Name the CA that signed it with \`--registry-ca FILE\`, or have it renewed; \`--insecure-registry ${host}\` takes any certificate.`,
  }),
  "registry/proxy-denied": error<Asked>({
    summary: "The proxy wants to know who asks",
    message: ({ what, host }) => `The proxy lets nobody ask ${host} for ${what} without a login (HTTP 407).`,
    hint: () => "Write name and password into the variable: HTTPS_PROXY=http://NAME:PASSWORD@PROXY.",
  }),
  "registry/bad-proxy": error<{ variable: string }>({
    summary: "A proxy is not named as it should be",
    message: ({ variable }) => `${variable} is not the address of an HTTP proxy.`,
    hint: ({ variable }) =>
      `Write ${variable}=http://PROXY:PORT, or https://… where the proxy itself has TLS.`,
  }),
  "registry/redirect": error<Asked & { reason: string }>({
    summary: "The registry's redirects lead nowhere",
    message: ({ what, host, reason }) => `${host} was asked for ${what} in vain: ${reason}.`,
    hint: () => "The fault is the server's, or that of a proxy before it; its operator can mend it.",
  }),
  "registry/too-large": error<Asked & { reason: string }>({
    summary: "The registry sends more than can be metadata",
    message: ({ what, host, reason }) => `What ${host} sends for ${what} is not read to its end: ${reason}.`,
    hint: () => "Manifests and configs with their labels are far smaller; the image may be damaged.",
  }),
  "registry/wrong-digest": error<Asked & { expected: string; actual: string }>({
    summary: "The registry sends something else than what was asked for",
    message: ({ what, host, expected, actual }) =>
      `${host} sends something else for ${what}: asked for ${expected}, it sent ${actual}.`,
    hint: () => "The content was changed on its way or in the registry; nothing of it was used.",
  }),
  "registry/bad-answer": error<Asked & { reason: string }>({
    summary: "The registry answers with something that cannot be used",
    message: ({ what, host, reason }) => `${host} gave an answer for ${what} that cannot be used: ${reason}.`,
    hint: () => "The image may be damaged, or the address may not be a registry's.",
  }),
  "registry/mirror-unused": warning<Asked & { mirror: string; reason: string }>({
    summary: "A mirror could not be asked",
    message: ({ what, host, mirror, reason }) =>
      `The mirror ${mirror} was not used for ${what}; ${host} is asked itself. ${reason}`,
    hint: () => "Check `--registry-mirror`.",
  }),
  "registry/bad-credential-file": error<{ name: string; reason: string }>({
    summary: "A file of credentials cannot be read",
    message: ({ name, reason }) => `The credentials in ${name} cannot be used: ${reason}.`,
    hint: () => "Mend it, or write it again with `docker login` or `podman login`.",
  }),
  "registry/shared-credentials": warning<{ path: string; reason: string }>({
    summary: "Another user could have written a file of credentials",
    message: ({ path, reason }) =>
      `The credentials in ${path} are not used, because another user could have written them: ${reason}.`,
    hint: () =>
      "Change the owner and mode of what is named (`chown`, `chmod go-w`). To use the file as it is, name it: DOCKER_CONFIG=DIRECTORY for docker's, REGISTRY_AUTH_FILE=FILE for podman's.",
  }),
  "registry/helper-failed": warning<{ program: string; host: string; reason: string }>({
    summary: "A credential helper gives no answer",
    message: ({ program, host, reason }) =>
      `${program} gives no credentials for ${host}: ${reason}. Going on without it.`,
    hint: () => "Install the program, or take its name out of the file.",
  }),
  "registry/bad-mirror": error<{ text: string; reason: string }>({
    summary: "A mirror is not named as it should be",
    message: ({ text, reason }) => `${JSON.stringify(withoutSecrets(text))} names no mirror: ${reason}.`,
    hint: () => "Write HOST=MIRROR, as in docker.io=mirror.example:5000/hub.",
  }),
  "registry/bad-insecure-host": error<{ text: string; reason: string }>({
    summary: "An insecure registry is not named as it should be",
    message: ({ text, reason }) => `${JSON.stringify(withoutSecrets(text))} names no registry: ${reason}.`,
    hint: () => "Write the host as image names have it: registry.example or registry.example:5000.",
  }),
  "registry/bad-ca-file": error<{ file: string; reason: string }>({
    summary: "A file of certificates cannot be used",
    message: ({ file, reason }) => `${file} cannot be used as certificates: ${reason}.`,
    hint: () => "Name a file that begins a line with -----BEGIN CERTIFICATE-----.",
  }),
  "registry/bad-layout": error<{ path: string; reason: string }>({
    summary: "A directory is no OCI image layout, or lacks the image",
    message: ({ path, reason }) => `The OCI layout ${path} cannot be used: ${reason}.`,
    hint: () =>
      "Make one with `docker buildx build --output type=oci,tar=false,dest=DIR` or `skopeo copy … oci:DIR:TAG`.",
  }),
  "registry/daemon": error<{ image: string; address: string; reason: string }>({
    summary: "The docker daemon cannot be asked for an image",
    message: ({ image, address, reason }) =>
      `The docker daemon at ${address} could not be asked for ${image}: ${reason}.`,
    hint: () => "Start the daemon, check DOCKER_HOST, or name an image of a registry instead.",
  }),
};
