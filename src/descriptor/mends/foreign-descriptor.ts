import { closest } from "../../diagnostics/did-you-mean.ts";
import { isTable } from "../schema/table.ts";
import { quotedKeys } from "./quoted-keys.ts";

/** Keys of a descriptor of schema 0.1 that has no `[build]`. */
const projectKeys = [
  "id",
  "name",
  "version",
  "authors",
  "documentation-url",
  "source-url",
  "licenses",
  "metadata",
];
const ownKeys = ["_", "build", "buildpacks", "io"];
const topKeys = ["build", "buildpacks"];

/** Tools whose project files people call project.toml, by keys that are theirs alone. */
const tools: readonly { readonly tool: string; readonly has: readonly (readonly string[])[] }[] = [
  {
    tool: "Python (pyproject.toml)",
    has: [["build-system"], ["project", "requires-python"], ["project", "dependencies"], ["tool", "poetry"]],
  },
  { tool: "Julia (Project.toml)", has: [["uuid"], ["deps"], ["compat"]] },
  { tool: "Rust (Cargo.toml)", has: [["package", "edition"], ["workspace", "members"], ["dependencies"]] },
];

/**
 * Tells whether a file called project.toml is another tool's. In: the parsed file.
 * Out: undefined for a descriptor, also one with slips; else the tool, where its keys tell.
 */
export function foreignDescriptor(
  table: Readonly<Record<string, unknown>>,
): { readonly tool: string | undefined } | undefined {
  const keys = Object.keys(table);
  const isOurs =
    keys.length === 0 ||
    keys.some((key) => ownKeys.includes(key) || isNear(key, topKeys)) ||
    quotedKeys(table).length > 0;
  if (isOurs) return undefined;
  const tool = tools.find(({ has }) => has.some((path) => hasPath(table, path)))?.tool;
  // Without a build, `[project]` and tables of its author's own make a descriptor, too.
  const isProjectAlone =
    "project" in table ? isProject(table.project) : keys.every((key) => key === "metadata");
  return tool === undefined && isProjectAlone ? undefined : { tool };
}

/** Whether a table has keys of schema 0.1 alone, perhaps mistyped. */
function isProject(value: unknown): boolean {
  return (
    !isTable(value) ||
    Object.keys(value).every((key) => projectKeys.includes(key) || isNear(key, projectKeys))
  );
}

function isNear(key: string, names: readonly string[]): boolean {
  return key.length > 3 && closest(key, names) !== undefined;
}

function hasPath(value: unknown, [key, ...rest]: readonly string[]): boolean {
  return key === undefined || (isTable(value) && key in value && hasPath(value[key], rest));
}
