import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";
import { withoutSecrets } from "../diagnostics/without-secrets.ts";
import { localPlace } from "../image/local-place.ts";

/** Where an archive is downloaded from. */
interface DownloadAddress {
  readonly url: URL;
  /** How messages name it. */
  readonly shown: string;
}

/** Throws CompileError where nothing can be downloaded from there. */
export function readDownloadAddress(text: string): DownloadAddress {
  const url = URL.parse(text);
  const refuse = (shown: string, reason: string) =>
    new CompileError([diagnose("modules/bad-url", { url: shown, reason }, { file: shown })]);
  if (url === null) throw refuse(withoutSecrets(text), "it is not a URL");
  const shown = shownUrl(url);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw refuse(shown, "it is neither http nor https");
  // The address stands in the Dockerfile.
  if (url.username !== "" || url.password !== "")
    throw refuse(shown, "it contains a user name or a password");
  // A project that names a cloud machine's metadata service is after its tokens.
  if (localPlace(url.hostname) === "link")
    throw refuse(shown, "only the build machine can reach that address");
  return { url, shown };
}

/** Passwords stand before the host, tokens behind the question mark. */
export function shownUrl({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${pathname}`;
}

/** Nobody can be between here and this machine itself. */
export function isPrivate({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}
