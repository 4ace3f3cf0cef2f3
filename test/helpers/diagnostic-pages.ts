import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CatalogEntry } from "../../src/diagnostics/catalog/entry.ts";
import { catalog, type DiagnosticCode } from "../../src/diagnostics/catalog.ts";
import { documentationPage } from "../../src/diagnostics/documentation.ts";
import { caseNames, goldenDirectory } from "./cases.ts";
import { commandCaseNames } from "./command-cases.ts";

/** Where each room's messages come from, in the order of the index. */
const rooms: Readonly<Record<string, string>> = {
  descriptor: "project.toml",
  builder: "Builder and run images",
  modules: "Added buildpacks",
  plan: "Build settings",
  emit: "Generated Dockerfiles",
  registry: "Registries",
  rebase: "Rebasing",
  cli: "Command line",
  files: "Links in a project",
  private: "Private directories",
  frontend: "BuildKit frontend",
  engines: "Engines",
  export: "Export program (inside the build)",
  sbom: "SBOMs",
  scan: "Vulnerability scans",
};

type Entry = readonly [DiagnosticCode, CatalogEntry<never>];

/**
 * The pages of everything we ever say: code, meaning, text and advice from the catalogue itself, an example from the
 * goldens. Out: name and text of each file of `docs/reference/diagnostics`.
 */
export function renderDiagnosticPages(): ReadonlyMap<string, string> {
  const entries = (Object.keys(catalog) as DiagnosticCode[]).map((code): Entry => [code, catalog[code]]);
  const unknown = entries.filter(([code]) => rooms[roomOf(code)] === undefined);
  if (unknown.length > 0) throw new Error(`no room for ${unknown.map(([code]) => code).join(", ")}`);
  const examples = findExamples();
  const pages = new Map([["README.md", index(entries)]]);
  for (const [room, title] of Object.entries(rooms)) {
    const own = entries.filter(([code]) => roomOf(code) === room);
    if (own.length === 0) continue;
    const sections = own.flatMap(([code, entry]) => section(code, entry, examples.get(code)));
    pages.set(`${room}.md`, page([`# ${title}`, "", "[All messages](README.md)", "", ...sections]));
  }
  return pages;
}

function roomOf(code: DiagnosticCode): string {
  return code.split("/")[0] ?? "";
}

function page(lines: readonly string[]): string {
  return lines.join("\n").replace(/\n*$/, "\n");
}

function index(entries: readonly Entry[]): string {
  return page([
    "# Errors and warnings",
    "",
    "Generated from `src/diagnostics/catalog` and `golden` by `npm test -- -u`. Exit codes: 1 for errors, 2 for usage errors, 75 for",
    "temporary failures. Warnings do not change the exit code, except with `check --strict`.",
    ...Object.entries(rooms).flatMap(([room, title]) => {
      const own = entries.filter(([code]) => roomOf(code) === room);
      if (own.length === 0) return [];
      const rows = own.map(
        ([code, { severity, summary }]) =>
          `| [${code}](${documentationPage(code)}) | ${severity} | ${summary} |`,
      );
      return ["", `## ${title}`, "", "| code | | meaning |", "|---|---|---|", ...rows];
    }),
  ]);
}

function section(
  code: DiagnosticCode,
  { severity, summary, message, hint }: CatalogEntry<never>,
  example: Example | undefined,
): string[] {
  const values = placeholders() as never;
  const advice = hint?.(values);
  return [
    `## ${code}`,
    "",
    `${summary} (${severity}). \`‹…›\` stands for a value:`,
    "",
    `> ${message(values)}`,
    "",
    ...(advice === undefined ? [] : [`Fix: ${advice}`, ""]),
    ...(example === undefined
      ? []
      : [
          `Example, from [golden/${example.name}](../../../golden/${example.name}):`,
          "",
          "```text",
          example.text,
          "```",
          "",
        ]),
  ];
}

interface Example {
  /** Of the case, from `golden`. */
  readonly name: string;
  readonly text: string;
}

/** One case for each code: of several the one that says the least else. */
function findExamples(): ReadonlyMap<string, Example> {
  const told = [
    ...caseNames().map((name) => ({ name, file: "diagnostics.txt" })),
    ...commandCaseNames().map((name) => ({ name: `cli/${name}`, file: "stderr.txt" })),
  ].flatMap(({ name, file }) => {
    const path = join(goldenDirectory, name, file);
    if (!existsSync(path)) return [];
    const texts = readFileSync(path, "utf8")
      .trimEnd()
      .split(/\n(?=error: |warning: )/);
    return [{ name, texts }];
  });
  const examples = new Map<string, Example>();
  for (const { name, texts } of told.sort((a, b) => a.texts.length - b.texts.length)) {
    for (const text of texts) {
      const code = /^[^\n]* \[([a-z]+\/[a-z0-9-]+)\](?=\n|$)/.exec(text)?.[1];
      if (code !== undefined && !examples.has(code)) examples.set(code, { name, text });
    }
  }
  return examples;
}

/** Any value there could be, as its name: good as a text, and as a list of one. */
function placeholders(): object {
  return new Proxy({}, { get: (_, name) => placeholder(`‹${String(name)}›`) });
}

function placeholder(text: string): object {
  const list = Object.assign([text], { toString: () => text, toJSON: () => text });
  return new Proxy(list, {
    get(target, name) {
      const own: unknown = Reflect.get(target, name);
      const ofText: unknown = Reflect.get(String.prototype, name);
      return own === undefined && typeof ofText === "function" ? ofText.bind(text) : own;
    },
  });
}

/** Names of the files that there are in `docs/reference/diagnostics`. */
export function diagnosticPages(): string[] {
  return readdirSync(pagesDirectory).sort();
}

export const pagesDirectory = join(import.meta.dirname, "..", "..", "docs", "reference", "diagnostics");
