import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import toml from "@iarna/toml";
import { describe, expect, it } from "vitest";
import { readDescriptor } from "../../src/descriptor/descriptor.ts";
import { keyPlaces } from "../../src/descriptor/key-places.ts";
import type { CatalogEntry } from "../../src/diagnostics/catalog/entry.ts";
import { catalog } from "../../src/diagnostics/catalog.ts";
import { CompileError, type Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { answeredPackFlags } from "../../src/options/other-programs/pack-flags.ts";
import { goldenDirectory } from "../helpers/cases.ts";
import { commandCaseNames } from "../helpers/command-cases.ts";
import { idleProgram } from "../helpers/idle-program.ts";
import { itStarting } from "../helpers/starting.ts";

/** A piece of a hint between backticks, and where it was read. */
interface Piece {
  readonly text: string;
  readonly from: string;
}

const pieces = [...ofCatalogue(), ...ofGoldens(), ...ofPackFlags()];
const isToml = ({ text }: Piece) => /^\[\[?[^\]]*\]\]?$|^[\w.-]+ = /.test(text);
const isCommand = ({ text }: Piece) =>
  /^(?:cnb-dockerfile|docker|git|iconv|chmod|mkdir|tar|pack|sudo|sysctl)\s/.test(text);
const isFlag = ({ text }: Piece) => text.startsWith("--");

describe("every hint", () => {
  it("that shows TOML shows TOML", () => {
    const shown = pieces.filter(isToml);
    expect(shown.length).toBeGreaterThan(30);
    expect(shown.filter(({ text }) => !parses(text))).toEqual([]);
  });

  it("with lines to write has lines that are TOML together", () => {
    const blocks = goldenTexts().flatMap(({ text, from }) =>
      Array.from(text.matchAll(/^ {2}fix: .*:\n((?: {4}.*\n)+)/gm), ([, lines = ""]) => ({
        text: lines.replace(/^ {4}/gm, ""),
        from,
      })),
    );
    expect(blocks.length).toBeGreaterThan(2);
    expect(blocks.filter(({ text }) => !parses(text))).toEqual([]);
  });

  itStarting("that shows a command shows one that a shell can read", () => {
    const shown = pieces.filter(isCommand);
    expect(shown.length).toBeGreaterThan(20);
    for (const { text, from } of shown) {
      // Three dots and words of theirs stand for what the reader has.
      const words = text.replaceAll("…", "X").replaceAll(/[<>‹›]/g, "");
      expect(
        () => execFileSync("sh", ["-n", "-c", words], { stdio: "pipe" }),
        `${text} of ${from}`,
      ).not.toThrow();
    }
  });

  it("that shows a flag shows one that there is", () => {
    const known = new Set(ourFlags());
    expect(known).toContain("--no-cache-filter");
    const shown = pieces.filter((piece) => isFlag(piece) || /^cnb-dockerfile /.test(piece.text));
    expect(shown.length).toBeGreaterThan(60);
    const unknown = shown.flatMap(({ text, from }) =>
      Array.from(text.matchAll(/(?:^| )(--[a-z][a-z-]*)/g), ([, flag = ""]) => `${flag} of ${from}`),
    );
    expect(unknown.filter((flag) => !known.has(flag.split(" ")[0] ?? "") && !elsewhere.has(flag))).toEqual(
      [],
    );
  });
});

/** Every flag that the program declares, on whatever command. */
function ourFlags(): string[] {
  return idleProgram().commands.flatMap(({ options }) => options.flatMap(({ long }) => long ?? []));
}

/** Flags of other programs, which hints show without their commands, and samples. */
const elsewhere = new Set([
  ...["--privileged of engines/filtered", "--privileged of engines/namespaces-denied"],
  ...["--security-opt of engines/filtered", "--security-opt of engines/no-new-privileges"],
  ...["--call of frontend/unknown-request", "--import-cache of frontend/bad-cache-imports"],
  ...["--flag of cli/flag-without-value", "--flag of cli/error-flag-without-value/stderr.txt"],
  ...["--acme-image of export/no-tool", "--help of cli/wrong-use"],
]);

describe("a hint of one line that mends a descriptor does", () => {
  const cases = ["error-wrong-types", "warns-of-unknown-keys", "error-schema-version", "error-env-as-list"];
  it.each(cases)("golden/%s", (name) => {
    const text = readFileSync(join(goldenDirectory, name, "project.toml"), "utf8");
    const found = said(text).filter(
      ({ hint, mend }) => mend === undefined && replacement(hint, "") !== undefined,
    );
    for (const fault of found) {
      const line = fault.location?.line ?? 0;
      const lines = text.split("\n");
      lines[line - 1] = replacement(fault.hint, lines[line - 1] ?? "") ?? "";
      const left = said(lines.join("\n")).filter(
        ({ code, location }) => code === fault.code && location?.keyPath === fault.location?.keyPath,
      );
      expect(left, `${fault.hint} for ${fault.location?.keyPath}`).toEqual([]);
    }
    if (name !== "error-env-as-list") expect(found.length).toBeGreaterThan(0);
  });
});

/** A line as a hint would have it. Undefined: the hint names none. */
function replacement(hint: string | undefined, line: string): string | undefined {
  const word = /^Did you mean `([^`]+)`\?$/.exec(hint ?? "")?.[1];
  if (word !== undefined) return line.replace(/^\s*[\w-]+/, word);
  return /^(?:Write|Set) `([\w-]+ = [^`]+)`/.exec(hint ?? "")?.[1];
}

function said(text: string): Diagnostic[] {
  const found: Diagnostic[] = [];
  const file = { file: "project.toml", text };
  try {
    readDescriptor(file, (one) => found.push(one));
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    found.push(...error.diagnostics);
  }
  return found.map(keyPlaces(file));
}

function parses(text: string): boolean {
  try {
    toml.parse(`${text}\n`);
    return true;
  } catch {
    return false;
  }
}

function piecesOf(hint: string, from: string): Piece[] {
  return Array.from(hint.matchAll(/`([^`]+)`/g), ([, text = ""]) => ({ text, from }));
}

/** Every hint of the catalogue, with a word in place of each value; of those that choose, the way that words take. */
function ofCatalogue(): Piece[] {
  return Object.entries<CatalogEntry<never>>(catalog).flatMap(([code, { hint }]) =>
    piecesOf(hint?.(sampleValues() as never) ?? "", code),
  );
}

function sampleValues(): object {
  const word = Object.assign(["acme"], { toString: () => "acme", toJSON: () => "acme" });
  const sample: object = new Proxy(word, {
    get(target, name) {
      const own: unknown = Reflect.get(target, name);
      const ofText: unknown = Reflect.get(String.prototype, name);
      if (own !== undefined) return own;
      return typeof ofText === "function"
        ? ofText.bind("acme")
        : typeof name === "string"
          ? sample
          : undefined;
    },
  });
  return new Proxy({}, { get: () => sample });
}

function ofPackFlags(): Piece[] {
  return answeredPackFlags.flatMap(({ flags, insteadOfBuild = "" }) => piecesOf(insteadOfBuild, flags));
}

function ofGoldens(): Piece[] {
  return goldenTexts().flatMap(({ text, from }) =>
    Array.from(text.matchAll(/^ {2}fix: (.*)$/gm)).flatMap(([, hint = ""]) => piecesOf(hint, from)),
  );
}

function goldenTexts(): Piece[] {
  const cases = readdirSync(goldenDirectory).map((name) => join(name, "diagnostics.txt"));
  const commands = commandCaseNames().map((name) => join("cli", name, "stderr.txt"));
  return [...cases, ...commands].flatMap((file) => {
    try {
      return [{ text: readFileSync(join(goldenDirectory, file), "utf8"), from: file }];
    } catch {
      return [];
    }
  });
}
