/** Id of the secret with a CA bundle. */
export const caCertificateId = "ca-cert";

/**
 * Whether BuildKit reads a secret of that id itself, to log in at a server that it fetches from: whoever offers one
 * offers it to BuildKit, and clients do so unasked. Source: BuildKit, `source/git` and `source/http`, auth secrets.
 */
export function isBuildkitSecret(id: string): boolean {
  return /^(?:GIT|HTTP)_AUTH_(?:TOKEN|HEADER)/.test(id);
}
