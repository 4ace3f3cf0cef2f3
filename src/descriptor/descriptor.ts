import * as v from "valibot";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic, type Report } from "../diagnostics/diagnostic.ts";
import { mendHint } from "../diagnostics/mend-hint.ts";
import { parseToml } from "../toml/parse-toml.ts";
import type { Faults } from "./faults.ts";
import { scalarText } from "./mends/entry-lines.ts";
import { foreignDescriptor } from "./mends/foreign-descriptor.ts";
import { findMisplaced, type Misplaced } from "./mends/misplaced.ts";
import { quotedKeys } from "./mends/quoted-keys.ts";
import type { ProjectDescriptor } from "./project-descriptor.ts";
import * as schema01 from "./schema/schema-0.1.ts";
import * as schema02 from "./schema/schema-0.2.ts";
import * as schema03 from "./schema/schema-0.3.ts";
import { isTable } from "./schema/table.ts";
import { unknownKeys } from "./schema/unknown-keys.ts";
import { tomlFault } from "./toml-fault.ts";

/** A project.toml as it was found. */
export interface DescriptorText {
  /** Seen from the project's directory; for messages. */
  readonly file: string;
  readonly text: string;
}

const supported = ["0.1", "0.2", "0.3"];

/**
 * Reads a project descriptor of any schema version we know.
 * Warnings (unknown keys, no schema version) go to `report`. Throws CompileError with everything found wrong.
 * Source: CNB project descriptor spec.
 */
export function readDescriptor({ file, text: asFound }: DescriptorText, report: Report): ProjectDescriptor {
  // Line ends differ between checkouts of one commit; what comes of it must not.
  const text = asFound.replaceAll("\r\n", "\n");
  const table = tableOf(file, text);
  const foreign = foreignDescriptor(table);
  if (foreign !== undefined) {
    report(diagnose("descriptor/foreign", { file, ...foreign }, { file }));
    return { file, text, group: [], pre: [], post: [], buildEnv: [], secrets: [], bindings: [] };
  }
  const version = schemaVersion(table, file, report);
  switch (version) {
    case "0.1":
      return read(schema01.schema, schema01, table, { file, text, version }, report);
    case "0.2":
      return read(schema02.schema, schema02, table, { file, text, version }, report);
    case "0.3":
      return read(schema03.schema, schema03, table, { file, text, version }, report);
  }
}

interface SchemaModule<Table> {
  readonly ownTables: readonly (readonly string[])[];
  readonly foreignTables: Readonly<Record<string, string>>;
  readonly toDescriptor: (table: Table, faults: Faults) => ProjectDescriptor;
}

function read<Schema extends v.GenericSchema>(
  schema: Schema,
  module: SchemaModule<v.InferOutput<Schema>>,
  table: Readonly<Record<string, unknown>>,
  named: { readonly file: string; readonly text: string; readonly version: string },
  report: Report,
): ProjectDescriptor {
  const { file, text, version } = named;
  const misplaced = findMisplaced(table, text, version);
  const checked = v.safeParse(schema, table);
  const shapeFaults = checked.success ? [] : checked.issues.map((issue) => shapeFault(issue, file));
  for (const warning of unknownKeys(table, schema, module.ownTables, named)) {
    if (!misplaced.some((one) => concerns(one, warning))) report(warning);
  }
  for (const one of misplaced) {
    if (shapeFaults.some((fault) => concerns(one, fault))) continue;
    const { keyPath, mend } = one;
    const location = { file, keyPath };
    report({
      ...diagnose("descriptor/misplaced-key", { keys: mend.removes, schema: version }, location),
      mend,
    });
  }
  for (const { key, header } of quotedKeys(table)) {
    report(diagnose("descriptor/quoted-key", { key, header }, { file, keyPath: key }));
  }
  for (const [key, instead] of Object.entries(module.foreignTables)) {
    if (!hasPath(table, key.split("."))) continue;
    report(
      diagnose("descriptor/other-schema-table", { key, schema: version, instead }, { file, keyPath: key }),
    );
  }
  if (!checked.success) throw new CompileError(withMends(shapeFaults, misplaced));
  const found: Diagnostic[] = [];
  const descriptor = module.toDescriptor(checked.output, { file, text, found });
  if (descriptor.include !== undefined && descriptor.exclude !== undefined) {
    const keyPath = version === "0.1" ? "build.include" : "io.buildpacks.include";
    found.push(diagnose("descriptor/include-and-exclude", undefined, { file, keyPath }));
  }
  if (found.length > 0) throw new CompileError(found);
  return descriptor;
}

/** Whether a diagnostic is about what a change takes away. */
function concerns({ mend }: Misplaced, { location }: Diagnostic): boolean {
  const path = location?.keyPath ?? "";
  return mend.removes.some((gone) => path.startsWith(gone) && /^(?:$|[.[])/.test(path.slice(gone.length)));
}

/** What one change mends is told once. */
function withMends(faults: readonly Diagnostic[], misplaced: readonly Misplaced[]): Diagnostic[] {
  const told = new Set<Misplaced>();
  return faults.flatMap((fault) => {
    const one = misplaced.find((each) => concerns(each, fault));
    if (one === undefined) return [fault];
    if (told.has(one)) return [];
    told.add(one);
    return [{ ...fault, hint: mendHint(one.mend.removes, fault.location?.keyPath), mend: one.mend }];
  });
}

function hasPath(value: unknown, path: readonly string[]): boolean {
  const [key, ...rest] = path;
  return key === undefined || (isTable(value) && key in value && hasPath(value[key], rest));
}

function tableOf(file: string, text: string): Readonly<Record<string, unknown>> {
  try {
    return parseToml(text);
  } catch (error) {
    throw new CompileError([tomlFault(file, text, error)], { cause: error });
  }
}

function schemaVersion(
  table: Readonly<Record<string, unknown>>,
  file: string,
  report: Report,
): "0.1" | "0.2" | "0.3" {
  const header = table._;
  const version =
    typeof header === "object" && header !== null && "schema-version" in header
      ? header["schema-version"]
      : undefined;
  const location = { file, keyPath: "_.schema-version" };
  switch (version) {
    case undefined:
      report(diagnose("descriptor/schema-missing", undefined, { file }));
      return "0.1";
    case "0.1":
    case "0.2":
    case "0.3":
      return version;
    default:
      throw new CompileError([
        typeof version === "string"
          ? diagnose("descriptor/schema-unsupported", { version, supported }, location)
          : diagnose(
              "descriptor/wrong-type",
              {
                key: "_.schema-version",
                expected: 'a string, as "0.2"',
                received: describeValue(version),
                advice: 'Write `schema-version = "0.2"`.',
              },
              location,
            ),
      ]);
  }
}

const expectedWords: Readonly<Record<string, string>> = {
  string: "a string",
  boolean: "true or false",
  Array: "a list",
  Object: "a table",
};

function shapeFault(issue: v.BaseIssue<unknown>, file: string): Diagnostic {
  const keyPath = (issue.path ?? []).reduce(
    (path, item) =>
      typeof item.key === "number"
        ? `${path}[${item.key}]`
        : path === ""
          ? `${item.key}`
          : `${path}.${item.key}`,
    "",
  );
  const location = { file, keyPath };
  if (issue.received === "undefined") return diagnose("descriptor/missing-key", { key: keyPath }, location);
  const expected =
    issue.type === "custom" ? "a table" : (expectedWords[issue.expected ?? ""] ?? issue.expected ?? "");
  const received = describeValue(issue.input);
  const advice = typeAdvice(keyPath, expected, issue.input);
  return diagnose("descriptor/wrong-type", { key: keyPath, expected, received, advice }, location);
}

/** How to write what is meant; lists of tables are what people most often write otherwise. */
function typeAdvice(key: string, expected: string, value: unknown): string {
  const list = key.replace(/\[\d+\]$/, "");
  // Entries of lists have no number in TOML.
  const header = list.replaceAll(/\[\d+\]/g, "");
  const name = list.slice(list.lastIndexOf(".") + 1);
  if (/(?:^|\.)env(?:\.build)?$/.test(list)) {
    return `Write for each variable \`[[${header}]]\`, and below it \`name = "NAME"\` and \`value = "VALUE"\`.`;
  }
  if (/^(?:group|buildpacks|licenses|bindings)$/.test(name) && (list !== key || expected === "a list")) {
    return isTable(value)
      ? `Write \`[[${header}]]\` in place of \`[${header}]\`.`
      : `Write for each entry \`[[${header}]]\`, and its keys below.`;
  }
  if (expected === "a table") return `Write \`[${header}]\`, and its keys below.`;
  if (expected === "true or false") return `Write \`${name} = true\`.`;
  // As a number it is decimal, and the digits that were meant are lost.
  if (name === "workspace-mode") return 'Write `workspace-mode = "0755"`, in quotes.';
  const own = scalarText(value);
  const text = own === undefined || /[^\x20-\x7e]/.test(own) ? "…" : own;
  const quoted = JSON.stringify(text);
  return key !== list || expected === "a list"
    ? `Write \`${name} = [${own === undefined ? '"…", "…"' : quoted}]\`.`
    : `Write \`${name} = ${quoted}\`.`;
}

function describeValue(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (value instanceof Date) return "a date";
  if (typeof value === "object") return "a table";
  if (typeof value === "string") return `the string ${JSON.stringify(value)}`;
  // Beyond 2^53 the parser gives big integers, and beyond 2^63 not even the right ones.
  return typeof value === "bigint" ? "a number" : `the ${typeof value} ${value}`;
}
