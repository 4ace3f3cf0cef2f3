import type { Mend } from "../../diagnostics/diagnostic.ts";
import { parseToml } from "../../toml/parse-toml.ts";
import { isTable } from "../schema/table.ts";
import { applyMend } from "./apply-mend.ts";
import { groupLines, scriptLines, variableLines } from "./entry-lines.ts";

/** Keys that stand where they mean nothing, and are known from elsewhere. */
export interface Misplaced {
  /** Where the first of them stands. */
  readonly keyPath: string;
  readonly mend: Mend;
}

type Table = Readonly<Record<string, unknown>>;

/** Where a schema version has what people write in the wrong places. */
interface Places {
  /** Table of the build's settings: `io.buildpacks`. */
  readonly root: string;
  /** Keys of variables, from the root. */
  readonly env: readonly string[];
  /** Lists of buildpacks, from the root; the first is the usual one. */
  readonly groups: readonly (readonly string[])[];
}

const places: Readonly<Record<string, Places>> = {
  "0.1": { root: "build", env: ["env"], groups: [["buildpacks"]] },
  "0.2": {
    root: "io.buildpacks",
    env: ["build", "env"],
    groups: [["group"], ["pre", "group"], ["post", "group"]],
  },
};

const envNames = ["env", "envs", "environment", "variables", "vars"];
const groupNames = ["group", "groups", "buildpack", "buildpacks"];

/** Longest descriptor that changes are tried on, in characters. */
const maxTriedLength = 1_000_000;

/**
 * Finds variables, buildpacks and scripts that were written in a wrong place or form, each with a change that mends it.
 * In: the parsed file, its text with bare newlines, and its schema version. Changes that do not help are left out.
 */
export function findMisplaced(table: Table, text: string, version: string): Misplaced[] {
  const all = misplacedIn(table, version);
  if (all.length === 0 || text.length > maxTriedLength) return [];
  return all.filter(({ mend }) => {
    const mended = parse(applyMend(text, mend));
    return mended !== undefined && misplacedIn(mended, version).length < all.length;
  });
}

function parse(text: string | undefined): Table | undefined {
  try {
    return text === undefined ? undefined : parseToml(text);
  } catch {
    return undefined;
  }
}

function misplacedIn(table: Table, version: string): Misplaced[] {
  const at = places[version === "0.1" ? "0.1" : "0.2"];
  if (at === undefined) return [];
  const root = valueAt(table, at.root.split("."));
  if (Array.isArray(root)) {
    return found([at.root], groupLines(joined(at.root, at.groups[0] ?? []), root));
  }
  if (!isTable(root)) return [];
  return [...misplacedVariables(root, at), ...misplacedGroups(root, at), ...misplacedScripts(root, at)];
}

/** Nothing where the lines are not known. */
function found(removes: readonly string[], lines: readonly string[] | undefined): Misplaced[] {
  const [keyPath] = removes;
  return keyPath === undefined || lines === undefined || lines.length === 0
    ? []
    : [{ keyPath, mend: { removes, lines } }];
}

function misplacedVariables(root: Table, { root: base, env }: Places): Misplaced[] {
  const target = joined(base, env);
  const wrong = (path: readonly string[], said: unknown) =>
    found([joined(base, path)], variableLines(target, said));
  const own = valueAt(root, env);
  const elsewhere = [[], ...(env.length > 1 ? [env.slice(0, -1)] : [])].flatMap((table) =>
    envNames.map((name) => [...table, name]),
  );
  return [
    ...(own === undefined || isVariables(own) ? [] : wrong(env, own)),
    ...elsewhere
      .filter((path) => path.join(".") !== env.join("."))
      .flatMap((path) => {
        const said = valueAt(root, path);
        // An old misspelling that is read: `env.build`.
        if (path.join(".") === "env" && isTable(said)) return ofOldEnv(said, own);
        return said === undefined ? [] : wrong(path, said);
      }),
    ...ofEnvParent(),
  ];

  function ofOldEnv(said: Table, right: unknown): Misplaced[] {
    const { build, ...others } = said;
    const lines = [others, ...(right === undefined && build !== undefined ? [build] : [])]
      .filter((each) => Object.keys(each as object).length > 0)
      .map((each) => variableLines(target, each));
    const isRight = Object.keys(others).length === 0 && (build === undefined || isVariables(build));
    if (isRight || lines.includes(undefined)) return [];
    return found(
      [`${base}.env`],
      lines.flatMap((each) => each ?? []),
    );
  }

  /** Variables right in the table that has the list of them: `[io.buildpacks.build]`, `NAME = "VALUE"`. */
  function ofEnvParent(): Misplaced[] {
    const parent = env.slice(0, -1);
    const said = valueAt(root, parent);
    if (parent.length === 0 || !isTable(said)) return [];
    const names = Object.keys(said).filter((name) => /^[A-Z][A-Z0-9]*_[A-Z0-9_]*$/.test(name));
    return found(
      names.map((name) => joined(base, [...parent, name])),
      variableLines(target, Object.fromEntries(names.map((name) => [name, said[name]]))),
    );
  }
}

/** Whether a value is a list of variables as it should be, or has a fault that is told in its own words. */
function isVariables(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every((entry) => isTable(entry) && ("name" in entry || "value" in entry) && !("key" in entry))
  );
}

function misplacedGroups(root: Table, { root: base, groups }: Places): Misplaced[] {
  const wrong = (path: readonly string[], group: readonly string[], said: unknown) =>
    found([joined(base, path)], groupLines(joined(base, group), said));
  return groups.flatMap((group) => {
    const [list, parent] = [valueAt(root, group), group.slice(0, -1)];
    const around = parent.length === 0 ? undefined : valueAt(root, parent);
    // `[[io.buildpacks.pre]]`, and `[io.buildpacks.pre]` with an id.
    if (Array.isArray(around) || (isTable(around) && ("id" in around || "uri" in around))) {
      return wrong(parent, group, around);
    }
    const beside = groupNames
      .map((name) => [...parent, name])
      .filter((path) => path.join(".") !== group.join("."));
    const within = isTable(list) ? groupNames.map((name) => [...group, name]) : [];
    return [
      ...(Array.isArray(list) && list.some((entry) => typeof entry === "string")
        ? wrong(group, group, list)
        : []),
      ...(isTable(list) && ("id" in list || "uri" in list) ? wrong(group, group, list) : []),
      ...[...beside, ...within].flatMap((path) => {
        const said = valueAt(root, path);
        return said === undefined ? [] : wrong(within.includes(path) ? group : path, group, said);
      }),
    ];
  });
}

function misplacedScripts(root: Table, { root: base, groups }: Places): Misplaced[] {
  return groups.flatMap((group) => {
    const entries = valueAt(root, group);
    if (!Array.isArray(entries)) return [];
    return entries.flatMap((entry: unknown, index) => {
      if (!isTable(entry)) return [];
      const isInside = isTable(entry.script) && entry.inline === undefined;
      if (typeof entry.script !== "string" && entry.inline === undefined && !isInside) return [];
      const keys = ["inline", "script", "api", "shell"].filter((key) => key in entry);
      if (isInside && keys.length === 1) return [];
      const list = joined(base, group);
      return found(
        keys.map((key) => `${list}[${index}].${key}`),
        scriptLines(list, entry),
      );
    });
  });
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => (isTable(inner) ? inner[key] : undefined), value);
}

function joined(base: string, path: readonly string[]): string {
  return [base, ...path].join(".");
}
