import toml from "@iarna/toml";
import { warnOfSecret } from "../looks-like-secret.ts";
import { isTable } from "../schema/table.ts";

/** Buildpack API of the example that a script without one gets. */
const scriptApi = "0.10";

/**
 * TOML of build-time variables. In: key of their list (`build.env`), and what somebody wrote as variables: a table or list of them
 * in any usual form. A value that looks like a secret is not repeated. Out: undefined where it is not known which are meant.
 */
export function variableLines(list: string, said: unknown): string[] | undefined {
  const variables = variablesOf(said);
  return variables?.flatMap(({ name, value, more }) => {
    const isSecret = warnOfSecret({ name, value }, { file: "" }).length > 0;
    return [
      `[[${list}]]`,
      `name = ${tomlValue(name)}`,
      `value = ${isSecret ? '"…"' : tomlValue(value)}`,
      ...more.map(([key, other]) => `${key} = ${tomlValue(other)}`),
    ];
  });
}

interface SaidVariable {
  readonly name: string;
  readonly value: string;
  readonly more: readonly (readonly [string, Scalar])[];
}

function variablesOf(said: unknown): SaidVariable[] | undefined {
  if (Array.isArray(said)) return allOf(said.map(variablesOfEntry));
  if (!isTable(said)) return undefined;
  return allOf(Object.entries(said).map(([name, value]) => namedVariable(name, value)));
}

function variablesOfEntry(entry: unknown): SaidVariable[] | undefined {
  if (typeof entry === "string") {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(entry) ?? [];
    return name === undefined || value === undefined ? undefined : namedVariable(name, value);
  }
  if (!isTable(entry)) return undefined;
  const { name = entry.key, value = entry.val, "exec-env": execEnv } = entry;
  if (name === undefined && value === undefined) return variablesOf(entry);
  const text = scalarText(value);
  const known = ["name", "key", "value", "val", "exec-env"];
  if (typeof name !== "string" || text === undefined) return undefined;
  if (Object.keys(entry).some((key) => !known.includes(key))) return undefined;
  return [{ name, value: text, more: isScalar(execEnv) ? [["exec-env", execEnv]] : [] }];
}

function namedVariable(name: string, value: unknown): SaidVariable[] | undefined {
  const text = scalarText(value);
  return text === undefined || !/^[\w.-]+$/.test(name) ? undefined : [{ name, value: text, more: [] }];
}

/** A value as a text. Undefined: it has no text of its own, or, as 3.10, lost what was written. */
export function scalarText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "boolean" || Number.isSafeInteger(value) ? String(value) : undefined;
}

/**
 * TOML of the entries of a group. In: key of the list (`io.buildpacks.pre.group`), and what somebody wrote as one.
 * Out: undefined where no entry names a buildpack, or says what an entry has no place for.
 */
export function groupLines(list: string, said: unknown): string[] | undefined {
  if (!Array.isArray(said)) return isTable(said) ? entryLines(list, said) : undefined;
  return allOf(said.map((entry) => entryLines(list, entry)));
}

function entryLines(list: string, entry: unknown): string[] | undefined {
  if (typeof entry === "string") {
    const key = /^[\w.-]+\/[\w.-]+$/.test(entry) ? "id" : "uri";
    return [`[[${list}]]`, `${key} = ${tomlValue(entry)}`];
  }
  if (!isTable(entry) || (entry.id === undefined && entry.uri === undefined)) return undefined;
  const { script, inline, api, shell, ...others } = entry;
  const keys = Object.entries(others).map(([key, value]) =>
    isScalar(value) && /^[\w-]+$/.test(key) ? [`${key} = ${tomlValue(value)}`] : undefined,
  );
  const scripts = script === undefined && inline === undefined ? [] : scriptLines(list, entry);
  const rest = allOf([...keys, scripts]);
  return rest && [`[[${list}]]`, ...rest];
}

/**
 * TOML of an inline script, which stands below its entry. In: key of the entry's list, and an entry that has its script in
 * `script` or beside it. Out: undefined where there is none.
 */
export function scriptLines(list: string, entry: Readonly<Record<string, unknown>>): string[] | undefined {
  const { script } = entry;
  const own = typeof script === "string" ? { inline: script } : tableOr(script);
  const said: Readonly<Record<string, unknown>> = { ...entry, ...own };
  const { api = scriptApi, inline, shell } = said;
  if (typeof api !== "string" || typeof inline !== "string") return undefined;
  return [
    `[${list}.script]`,
    `api = ${tomlValue(api)}`,
    ...(typeof shell === "string" ? [`shell = ${tomlValue(shell)}`] : []),
    ...`inline = ${scriptValue(inline)}`.split("\n"),
  ];
}

function tableOr(value: unknown): Readonly<Record<string, unknown>> {
  return isTable(value) ? value : {};
}

/** A script of several lines keeps them, where that takes no escapes. */
function scriptValue(script: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: TOML's literal texts cannot hold them
  const isPlain = !/'''|[\u0000-\u0008\u000b-\u001f\u007f]/.test(script) && !script.endsWith("'");
  return script.includes("\n") && isPlain ? `'''\n${script}'''` : tomlValue(script);
}

type Scalar = string | boolean | number | readonly string[];

function isScalar(value: unknown): value is Scalar {
  if (Array.isArray(value)) return value.every((item) => typeof item === "string");
  return ["string", "boolean", "number"].includes(typeof value);
}

/** On one line. */
function tomlValue(value: Scalar): string {
  // The library's types know whole files only.
  const { value: write } = toml.stringify as unknown as { readonly value: (value: Scalar) => string };
  return write(value).replaceAll("\n", " ");
}

/** Undefined where one of the lists is, or all are empty. */
function allOf<Item>(lists: readonly (readonly Item[] | undefined)[]): Item[] | undefined {
  const all: Item[] = [];
  for (const list of lists) {
    if (list === undefined) return undefined;
    all.push(...list);
  }
  return all;
}
