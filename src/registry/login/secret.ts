/** What opens a registry; never shown itself. */
export type Secret =
  | { readonly kind: "password"; readonly username: string; readonly password: string }
  /** OAuth2 refresh token, for the registry's token server. */
  | { readonly kind: "identity"; readonly token: string }
  /** Goes to the registry as it is. */
  | { readonly kind: "registry"; readonly token: string };

/** Whether a token can stand in a header: visible ASCII. Source: RFC 6750, section 2.1, and what registries add to it. */
export function isHeaderToken(token: string): boolean {
  return /^[\x21-\x7e]+$/.test(token);
}
