import type { Door, OptionRow } from "./option.ts";
import { appFileOptions } from "./table/app-files.ts";
import { buildpackOptions } from "./table/buildpacks.ts";
import { cacheOptions } from "./table/cache.ts";
import { commandOptions } from "./table/commands.ts";
import { engineOptions, reportOptions } from "./table/engine.ts";
import { fileOptions } from "./table/generated-file.ts";
import { processOptions } from "./table/process.ts";
import { descriptorOptions, imageOptions } from "./table/project.ts";
import { registryOptions } from "./table/registries.ts";
import { resultOptions } from "./table/result.ts";
import { scanOptions } from "./table/scan.ts";
import { sourceOptions } from "./table/source.ts";
import { stepOptions } from "./table/steps.ts";
import { toldOptions } from "./table/told.ts";
import { variableOptions } from "./table/variables.ts";

/** Every option by its name, in the order in which help shows them. */
export const optionTable = {
  ...sourceOptions,
  ...resultOptions,
  ...stepOptions,
  ...engineOptions,
  ...reportOptions,
  ...descriptorOptions,
  ...imageOptions,
  ...buildpackOptions,
  ...variableOptions,
  ...processOptions,
  ...cacheOptions,
  ...appFileOptions,
  ...scanOptions,
  ...fileOptions,
  ...registryOptions,
  ...commandOptions,
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

/** A title, what help writes above them where a command shows several groups, and the options. */
interface OptionGroup {
  readonly title: string;
  readonly heading: string;
  readonly rows: Readonly<Record<string, OptionRow>>;
}

const ofTheProject = "How the project becomes an image:";

export const optionGroups: readonly OptionGroup[] = [
  { title: "Source", heading: "What is built:", rows: sourceOptions },
  { title: "Result", heading: "Where it goes:", rows: resultOptions },
  { title: "Steps", heading: "How it is built:", rows: stepOptions },
  { title: "Engine", heading: "Who builds it:", rows: engineOptions },
  { title: "Report", heading: "What is told:", rows: reportOptions },
  { title: "Descriptor", heading: ofTheProject, rows: descriptorOptions },
  { title: "Images", heading: ofTheProject, rows: imageOptions },
  { title: "Buildpacks", heading: ofTheProject, rows: buildpackOptions },
  { title: "Variables, bindings and volumes", heading: ofTheProject, rows: variableOptions },
  { title: "Lifecycle and process", heading: ofTheProject, rows: processOptions },
  { title: "Buildpack cache", heading: ofTheProject, rows: cacheOptions },
  { title: "Files of the app", heading: ofTheProject, rows: appFileOptions },
  { title: "Bills of materials and scans", heading: ofTheProject, rows: scanOptions },
  { title: "Generated Dockerfile", heading: ofTheProject, rows: fileOptions },
  { title: "Registries", heading: ofTheProject, rows: registryOptions },
  { title: "Commands", heading: ofTheProject, rows: commandOptions },
  { title: "Told by our own client", heading: ofTheProject, rows: toldOptions },
];

/** Options that count at a door, in the order of the table. */
export function optionsAt(door: Door): NamedOption[] {
  return optionRows.filter(({ doors }) => doors.includes(door));
}

/** `--builder` of `-B, --builder <image>`. */
export function longFlag(flag: string): string {
  return /--[\w-]+/.exec(flag)?.[0] ?? flag;
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
