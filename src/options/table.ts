import type { Door, OptionRow } from "./option.ts";
import { appFileOptions } from "./table/app-files.ts";
import { buildpackOptions } from "./table/buildpacks.ts";
import { cacheOptions } from "./table/cache.ts";
import { checkOptions, rebaseOptions, writingOptions } from "./table/commands.ts";
import { engineOptions } from "./table/engine.ts";
import { extensionOptions } from "./table/extensions.ts";
import { fileOptions } from "./table/generated-file.ts";
import { processOptions } from "./table/process.ts";
import { imageOptions } from "./table/project.ts";
import { registryOptions } from "./table/registries.ts";
import { attestationOptions, outputOptions, resultOptions } from "./table/result.ts";
import { scanOptions } from "./table/scan.ts";
import { sourceOptions } from "./table/source.ts";
import { stepOptions } from "./table/steps.ts";
import { toldOptions } from "./table/told.ts";
import { secretOptions, variableOptions } from "./table/variables.ts";

/** Every option by its name, in the order in which help shows them. */
export const optionTable = {
  ...sourceOptions,
  ...checkOptions,
  ...rebaseOptions,
  ...resultOptions,
  ...writingOptions,
  ...outputOptions,
  ...attestationOptions,
  ...imageOptions,
  ...buildpackOptions,
  ...variableOptions,
  ...secretOptions,
  ...processOptions,
  ...appFileOptions,
  ...cacheOptions,
  ...extensionOptions,
  ...scanOptions,
  ...fileOptions,
  ...stepOptions,
  ...engineOptions,
  ...registryOptions,
  ...toldOptions,
};

type Table = typeof optionTable;
export type OptionName = keyof Table;

/** A row with its name. */
export type NamedOption = OptionRow & { readonly name: OptionName };

export const optionRows: readonly NamedOption[] = Object.entries(optionTable).map(([name, row]) => ({
  ...row,
  // The keys of the table are its names.
  name: name as OptionName,
}));

/** The rows in the order in which generated files record them, and faults are told; those that no file records come last. */
export const orderedRows: readonly NamedOption[] = optionRows.toSorted(
  (one, other) => (one.recorded ?? Number.MAX_VALUE) - (other.recorded ?? Number.MAX_VALUE),
);

/** A title, under which help and the reference pages show the options. */
interface OptionGroup {
  readonly title: string;
  readonly rows: Readonly<Record<string, OptionRow>>;
}

/** In the order of the table. */
export const optionGroups: readonly OptionGroup[] = [
  { title: "Source", rows: sourceOptions },
  { title: "Checks", rows: checkOptions },
  { title: "Rebase", rows: rebaseOptions },
  { title: "Image", rows: resultOptions },
  { title: "Output", rows: { ...writingOptions, ...outputOptions } },
  { title: "Attestations", rows: attestationOptions },
  { title: "Builder and run image", rows: imageOptions },
  { title: "Buildpacks", rows: buildpackOptions },
  { title: "Variables, bindings and volumes", rows: variableOptions },
  { title: "Secrets and certificates", rows: secretOptions },
  { title: "Processes and lifecycle", rows: processOptions },
  { title: "App files", rows: appFileOptions },
  { title: "Caching", rows: cacheOptions },
  { title: "Image extensions", rows: extensionOptions },
  { title: "SBOMs and vulnerability scans", rows: scanOptions },
  { title: "Generated Dockerfile", rows: fileOptions },
  { title: "Build steps", rows: stepOptions },
  { title: "Build engine", rows: engineOptions },
  { title: "Registry access", rows: registryOptions },
  { title: "Internal", rows: toldOptions },
];

/** Options that count at a door, in the order of the table. */
export function optionsAt(door: Door): NamedOption[] {
  return optionRows.filter(({ doors }) => doors.includes(door));
}

/** `--builder` of `-B, --builder <image>`. */
export function longFlag(flag: string): string {
  return /--[\w-]+/.exec(flag)?.[0] ?? flag;
}

/** A flag as help and the reference pages show it: `-B, --builder IMAGE` of `-B, --builder <image>`. */
export function shownFlag(flag: string): string {
  return flag
    .replace(/<(.*)>$/, (_, value: string) => value.toUpperCase())
    .replace(/\[.*\]$/, (value) => value.toUpperCase());
}

/** The name by which commander hands over a flag: `runImage` of `--run-image <image>`, `cache` of `--no-cache`. */
export function attributeOf(flag: string): string {
  const long = longFlag(flag).slice(2);
  const name = isNegated(flag) ? long.replace(/^no-/, "") : long;
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** Whether a flag switches something off: `--no-cache`, and not `--no-cache-filter <stage>`. */
export function isNegated(flag: string): boolean {
  return /^--no-[\w-]+$/.test(flag);
}

/** The environment variable of an option. Throws where it has none, which is a mistake in the call. */
export function optionVariable(name: OptionName): string {
  const { variable }: OptionRow = optionTable[name];
  if (variable === undefined) throw new Error(`the option ${name} has no variable`);
  return variable;
}

/** The variable of an option in the builder container. Throws where it has none, which is a mistake in the call. */
export function containerVariable(name: OptionName): string {
  const { containerVariable: variable }: OptionRow = optionTable[name];
  if (variable === undefined) throw new Error(`the option ${name} has no variable in the container`);
  return variable;
}

/** The flag of an option. Throws where it has none there, which is a mistake in the call. */
export function flagOf(name: OptionName): string {
  const { flag }: OptionRow = optionTable[name];
  if (flag === undefined) throw new Error(`the option ${name} has no flag`);
  return longFlag(flag);
}
