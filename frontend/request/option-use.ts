import { buildMetadataLabel, lifecycleMetadataLabel } from "../../src/contract/label-names.ts";
import { diagnose } from "../../src/diagnostics/diagnose.ts";
import { CompileError, type Diagnostic, type Report } from "../../src/diagnostics/diagnostic.ts";
import { closest } from "../../src/diagnostics/did-you-mean.ts";
import { namedStages } from "../../src/dockerfile/dockerfile.ts";
import { readBuildArgument } from "../../src/options/build-arguments.ts";
import { type FrontendOptions, isHandedOn, isKnownOption, optionNames, optionsWith } from "./options.ts";
import type { Recipe } from "./recipe.ts";

/**
 * Arguments of BuildKit's that somebody else reads: this program, the client, the daemon. Source: Dockerfile reference,
 * "BuildKit built-in build args".
 */
const otherwiseRead = [
  ...["BUILDKIT_BUILD_NAME", "BUILDKIT_INLINE_BUILDINFO_ATTRS", "BUILDKIT_INLINE_CACHE"],
  ...["BUILDKIT_MULTI_PLATFORM", "BUILDKIT_SYNTAX", "SOURCE_DATE_EPOCH"],
];

/** Labels by which tools know an image for one of the lifecycle's. */
const lifecycleLabels = [buildMetadataLabel, lifecycleMetadataLabel];

/**
 * Says which of the client's options do nothing here, that nobody waits for what they were to do. Throws CompileError
 * for those that would do harm.
 */
export function checkOptionUse(options: FrontendOptions, recipe: Recipe, report: Report): void {
  const unused = [
    ...unknownOptions(options),
    // Whoever changes a generated Dockerfile can give any argument a use.
    ...(recipe.isGenerated ? [] : unusedArguments(options)),
    ...unknownStages(options, recipe),
  ];
  for (const diagnostic of unused) report(diagnostic);
  const found = Object.keys(optionsWith(options, "label:"))
    .filter((name) => lifecycleLabels.includes(name))
    .map((name) => diagnose("frontend/label-reserved", { name }, { file: `--label ${name}` }));
  if (found.length > 0) throw new CompileError(found);
}

function unknownOptions({ values }: FrontendOptions): Diagnostic[] {
  return Object.keys(values)
    .filter((name) => !isKnownOption(name))
    .map((name) => {
      const suggestion = closest(name, optionNames);
      return diagnose("frontend/unknown-option", { name, suggestion }, { file: `--opt ${name}` });
    });
}

function unusedArguments(options: FrontendOptions): Diagnostic[] {
  const known = [...otherwiseRead, ...optionNames.map((name) => name.replace(/^build-arg:/, ""))];
  return Object.entries(optionsWith(options, "build-arg:")).flatMap(([name, value]) => {
    const isBuildkits = readBuildArgument({ name, value }).kind === "buildkit";
    if (!isBuildkits || otherwiseRead.includes(name) || isHandedOn(`build-arg:${name}`)) return [];
    const suggestion = closest(name, known);
    return [
      diagnose("frontend/argument-without-effect", { name, suggestion }, { file: `--build-arg ${name}` }),
    ];
  });
}

/** Of `--no-cache-filter`; letter case does not count, as in any Dockerfile build. */
function unknownStages({ values }: FrontendOptions, { dockerfile }: Recipe): Diagnostic[] {
  const asked = (values["no-cache"] ?? "").split(",").filter((name) => name !== "");
  if (asked.length === 0) return [];
  const stages = namedStages(dockerfile).map(({ name }) => name);
  const known = stages.map((name) => name.toLowerCase());
  return asked
    .filter((name) => !known.includes(name.toLowerCase()))
    .map((name) => {
      const suggestion = closest(name, stages);
      return diagnose("frontend/unknown-stage", { name, stages, suggestion }, { file: "--no-cache-filter" });
    });
}
