/** What is allowed to differ, and why. Nothing else is. */
const permitted: readonly (readonly [RegExp, string])[] = [
  [
    /^labels io\.buildpacks\.lifecycle\.metadata runImage reference: /,
    "we name the run image's index, which is one for all platforms; pack the manifest of its one platform",
  ],
  [
    /^labels io\.buildpacks\.build\.metadata launcher source git (repository|commit): /,
    "compiled into the lifecycle's exporter, and in no file of a builder",
  ],
  [
    /^file \/layers\/lab_odd-files\/odd\/(hard-a|hard-b|sticky\/hard-c) names: pack 1, ours 3$/,
    "names of one file stay names of one file; pack writes the file several times",
  ],
];

/** What remains of differences between an image of pack's and ours. */
export function differencesOf(found: readonly string[]): string[] {
  return found.filter((line) => !permitted.some(([pattern]) => pattern.test(line)));
}
