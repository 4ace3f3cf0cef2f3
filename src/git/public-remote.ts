/**
 * A remote as it may be an argument of a program and stand in a provenance: without password, token and query, also behind
 * a helper's name (`codecommit::https://…`). The user of ssh is a part of the address. The cache's id stays the same.
 */
export function publicRemote(remote: string): string {
  const [, helpers = "", scheme = "", userinfo = "", rest = remote] =
    /^((?:[A-Za-z][\w+.-]*::)*)([A-Za-z][A-Za-z0-9+.-]*:\/\/)([^/?#]*@)?([^?#]*)/.exec(remote) ?? [];
  const user = /^(?:git\+)?ssh:/i.test(scheme) ? userinfo.replace(/:.*@/, "@") : "";
  return helpers + scheme + user + rest;
}
