import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as processVariables from "../../src/options/process-variables.ts";
import * as stepVariables from "../../src/options/step-variables.ts";
import { optionRows } from "../../src/options/table.ts";

const root = join(import.meta.dirname, "..", "..");

/** Names that are others', and why they are written where they are used. */
const others: Readonly<Record<string, string>> = {
  CNB_USER_ID: "platform spec, set by builder images",
  CNB_GROUP_ID: "platform spec, set by builder images",
  CNB_APP_DIR: "platform spec, of the launcher and the phases",
  CNB_LAYERS_DIR: "platform spec, of the launcher and the phases",
  CNB_BUILD_CONFIG_DIR: "platform spec, of the phases",
  CNB_PLATFORM_API: "platform spec, of the phases; the build argument is called after it",
  CNB_EXEC_ENV: "platform spec, of the phases; the build argument is called after it",
  CNB_DEPRECATION_MODE: "the launcher's own",
  CNB_EXPERIMENTAL_MODE: "platform spec, of the phases, for image extensions below Platform API 0.13",
};

/** Files that are no code of ours, with names that they declare for themselves. */
const elsewhere: Readonly<Record<string, readonly string[]>> = {
  "scanner/Dockerfile": ["CNB_DOCKERFILE_IMAGE"],
};

const ours = new Set([
  ...optionRows.flatMap(({ argument = [], variable = [], containerVariable = [] }) =>
    [argument, variable, containerVariable].flat(),
  ),
  ...Object.values(stepVariables),
  ...Object.values(processVariables),
]);

/** Names beginning with `CNB_` in a text. */
const namesIn = (text: string) => [...new Set(text.match(/\bCNB_[A-Z0-9_]+/g) ?? [])];

/** A file's text without its comments, which may call things by their names. */
function codeOf(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|[\s;,{}()])\/\/ .*$/gm, "$1");
}

function filesBelow(top: string): string[] {
  return readdirSync(join(root, top), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
}

/** Names that are neither the table's own place nor allowed, as `file: name`. */
function strayNames(file: string, text: string): string[] {
  const allowed = [...Object.keys(others), ...(elsewhere[file] ?? [])];
  return namesIn(codeOf(text))
    .filter((name) => !allowed.includes(name))
    .map((name) => `${file}: ${name}`);
}

const texts = ["src", "frontend", "templates", "container", "scanner", "types"]
  .flatMap(filesBelow)
  .filter((file) => !file.startsWith("src/options/"))
  .map((file) => [file, readFileSync(join(root, file), "utf8")] as const);
// Hints call options by their names, for people.
const isText = (file: string) => file.startsWith("src/diagnostics/catalog/");

describe("a name beginning with CNB_", () => {
  it("is written nowhere but in the room of options", () => {
    expect(texts.length).toBeGreaterThan(400);
    const stray = texts.flatMap(([file, text]) => (isText(file) ? [] : strayNames(file, text)));
    expect(stray).toEqual([]);
  });

  it("of a hint, a comment, a page or a help text is one that there is", () => {
    // Pages of diagnostics quote commands that are wrong.
    const pages = [...filesBelow("docs"), "README.md", "SECURITY.md"].filter(
      (file) => !file.startsWith("docs/reference/diagnostics/"),
    );
    const told = [
      ...texts,
      ...pages.map((file) => [file, readFileSync(join(root, file), "utf8")] as const),
      ...filesBelow("src/options").map((file) => [file, readFileSync(join(root, file), "utf8")] as const),
    ];
    const unknown = told.flatMap(([file, text]) =>
      namesIn(text)
        .filter((name) => !ours.has(name) && !Object.hasOwn(others, name))
        .map((name) => `${file}: ${name}`),
    );
    expect(unknown).toEqual([]);
  });

  it("that is allowed elsewhere is used there", () => {
    const used = new Set(texts.flatMap(([, text]) => namesIn(codeOf(text))));
    expect(Object.keys(others).filter((name) => !used.has(name))).toEqual([]);
  });

  it("is found when it strays", () => {
    expect(strayNames("src/x.ts", '// CNB_A\n/** CNB_B */\nconst name = "CNB_BUILDER";')).toEqual([
      "src/x.ts: CNB_BUILDER",
    ]);
  });
});
