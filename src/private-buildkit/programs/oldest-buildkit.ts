/** Oldest BuildKit that takes the image of a frontend from its client. Source: its sources, "named context" of a gateway. */
export const oldestBuildkit = "0.20";

/** Whether a BuildKit of this version, `v0.19.1`, is older. One that cannot be read is taken for a new one. */
export function isTooOld(version: string): boolean {
  const [, major, minor] = /^v?(\d+)\.(\d+)\./.exec(version) ?? [];
  const [oldestMajor, oldestMinor] = oldestBuildkit.split(".");
  return major === oldestMajor && Number(minor) < Number(oldestMinor);
}
