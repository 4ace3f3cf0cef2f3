/**
 * Name of a helper image in a docker daemon's own store, where BuildKit looks first. No registry has a host in `.invalid`, so one
 * that the store has lost is not pulled from whoever owns its name elsewhere. Source: RFC 6761, 6.4.
 */
export function localHelperImage(tag: string): string {
  return `cnb-dockerfile.invalid/helper:${tag}`;
}
