/**
 * Whether image extensions leave root as the user of an image. In: its user before and after, without the group; an image that names
 * none starts as root, which is theirs only if it named one before. Source: lifecycle, `phase/extender.go`, which takes 0 and root alone.
 */
export function becomesRoot(before: string, after: string): boolean {
  return after === "" ? before !== "" : after === "root" || /^0+$/.test(after);
}
