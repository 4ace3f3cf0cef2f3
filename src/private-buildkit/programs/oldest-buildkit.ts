/** Oldest BuildKit that takes the image of a frontend from its client. Source: its sources, "named context" of a gateway. */
export const oldestBuildkit = "0.20";

/** Oldest BuildKit with a proxy network; an older daemon ignores the wish for one. Source: its docs/proxy.md. */
export const oldestProxyNetwork = "0.31";

/** Whether a BuildKit of this version, `v0.19.1`, is older than `oldestBuildkit`. One that cannot be read is taken for a new one. */
export function isTooOld(version: string): boolean {
  return isOlder(version, oldestBuildkit);
}

/** In: a version of BuildKit, `v0.19.1`; `0.31`. One that cannot be read is taken for a new one. */
export function isOlder(version: string, oldest: string): boolean {
  const [, major, minor] = /^v?(\d+)\.(\d+)\./.exec(version) ?? [];
  const [oldestMajor, oldestMinor] = oldest.split(".");
  return major === oldestMajor && Number(minor) < Number(oldestMinor);
}
