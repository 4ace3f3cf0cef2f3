import { execFileSync } from "node:child_process";
import { DockerfileParser } from "dockerfile-ast";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { printInstruction } from "../../../src/dockerfile/write/instruction.ts";
import {
  commentText,
  heredocDelimiter,
  plainWord,
  quotedWord,
  shellWord,
} from "../../../src/dockerfile/write/quote.ts";
import type { Instruction } from "../../../src/stages/stage.ts";
import { codesOf } from "../../helpers/errors.ts";
import { hostile } from "../../helpers/hostile.ts";
import { type ReadInstruction, readByRules, readQuoted } from "../../helpers/read-by-rules.ts";
import { itStarting } from "../../helpers/starting.ts";

/** Prints an instruction between two others and reads it back with two parsers. Throws where it became several. */
function readBack(instruction: Instruction): ReadInstruction {
  const text = `FROM scratch\n${printInstruction(instruction)}\nCMD ["end"]\n`;
  const read = readByRules(text);
  const keywords = read.map(({ keyword }) => keyword);
  expect(keywords).toEqual(["FROM", keywords[1], "CMD"]);
  const others = DockerfileParser.parse(text).getInstructions();
  expect(others.map((other) => other.getKeyword())).toEqual(keywords);
  return read[1] ?? { keyword: "", rest: "" };
}

/** Texts for arguments of programs, which end at a NUL. */
const argument = hostile.map((text) => text.replaceAll("\0", ""));

/** What a line of a Dockerfile cannot hold; the printer has to refuse it. */
const unprintable = /[\0\r\n]/;

describe("a hostile value", () => {
  it("stays what it is as an environment variable", () => {
    fc.assert(
      fc.property(hostile, (value) => {
        const env: Instruction = { kind: "env", name: "NAME", value: [value] };
        if (unprintable.test(value)) {
          expect(codesOf(() => printInstruction(env))).toEqual(["emit/control-character"]);
          return;
        }
        expect(readQuoted(readBack(env).rest.replace(/^NAME=/, ""))).toBe(value);
      }),
    );
  });

  it("stays what it is as a label", () => {
    fc.assert(
      fc.property(hostile, (value) => {
        const label: Instruction = { kind: "label", name: "a.b", value };
        if (unprintable.test(value)) {
          expect(codesOf(() => printInstruction(label))).toEqual(["emit/control-character"]);
          return;
        }
        expect(readQuoted(readBack(label).rest.replace(/^a\.b=/, ""))).toBe(value);
      }),
    );
  });

  it("stays what it is as an argument of a command", () => {
    fc.assert(
      fc.property(fc.array(argument, { minLength: 1, maxLength: 5 }), (argv) => {
        const { rest } = readBack({ kind: "run", network: true, mounts: [], argv });
        expect(JSON.parse(rest)).toEqual(argv);
      }),
    );
  });

  it("stays what it is as an argument of a long command with mounts", () => {
    fc.assert(
      fc.property(fc.array(argument, { minLength: 1, maxLength: 5 }), (values) => {
        const argv = ["a".repeat(120), ...values];
        const { rest } = readBack({
          kind: "run",
          network: false,
          mounts: [{ kind: "context", target: "/context" }],
          argv,
        });
        expect(JSON.parse(rest.slice(rest.indexOf("[")))).toEqual(argv);
        expect(rest.slice(0, rest.indexOf("[")).trim().split(/\s+/)).toEqual([
          "--network=none",
          "--mount=type=bind,target=/context",
        ]);
      }),
    );
  });

  it("stays what it is as an entrypoint", () => {
    fc.assert(
      fc.property(fc.array(argument, { minLength: 1 }), (argv) => {
        expect(JSON.parse(readBack({ kind: "entrypoint", argv }).rest)).toEqual(argv);
      }),
    );
  });

  it("stays what it is as a file", () => {
    // Carriage returns and the like go through the export program's file list instead.
    const texts = hostile.map((text) => `${text.replace(/[\0\r\v\u0085\u2028\u2029\ufeff]/g, "")}\n`);
    fc.assert(
      fc.property(texts, (text) => {
        const read = readBack({ kind: "file", path: "/a", mode: "0644", content: { format: "text", text } });
        expect(read.heredoc).toBe(text);
      }),
    );
  });

  it("stays what it is in the list of exact files", () => {
    fc.assert(
      fc.property(hostile, fc.string({ unit: "binary", maxLength: 10 }), (text, name) => {
        const files = [
          { path: `/platform/env/${name}`, mode: "0644", content: { format: "text", text } },
        ] as const;
        const read = readBack({
          kind: "file",
          path: "/a",
          mode: "0644",
          content: { format: "files", files },
        });
        const listed = JSON.parse(read.heredoc ?? "") as { readonly content: string | readonly string[] }[];
        // A long text is a list of pieces.
        const whole = listed.map((file) => ({ ...file, content: [file.content].flat().join("") }));
        expect(whole).toEqual([{ path: files[0].path, mode: "0644", content: text }]);
      }),
    );
  });

  it("cannot begin a line in a comment", () => {
    fc.assert(
      fc.property(hostile, (value) => {
        expect(readByRules(`# ${commentText(value)}\nFROM scratch\n`)).toHaveLength(1);
      }),
    );
  });
});

describe("quoting", () => {
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: the variables are the Dockerfile's
  it("expands nothing but the variables that are meant", () => {
    expect(quotedWord(["/a:$HOME:", { variable: "PATH" }], "PATH")).toBe('"/a:\\$HOME:${PATH}"');
  });
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: the variables are the Dockerfile's

  it("keeps `<` out of exec forms, where it could begin a heredoc", () => {
    expect(printInstruction({ kind: "cmd", argv: ["<<EOF"] })).toBe('CMD ["\\u003c\\u003cEOF"]');
  });

  it("refuses an argument that no program can be given", () => {
    expect(codesOf(() => printInstruction({ kind: "cmd", argv: ["a", "b\0"] }))).toEqual([
      "emit/control-character",
    ]);
  });

  it("ends a heredoc with a line that the text has not", () => {
    expect(heredocDelimiter("a\n")).toBe("EOF");
    expect(heredocDelimiter("EOF\r\nEOF1\nEOF2x\n")).toBe("EOF2");
    expect(heredocDelimiter("EOF\r\r\n")).toBe("EOF1");
  });

  it.each(["", "a b", 'a"', "a\n", "a,b", "a;b", "a\\", "ä", "$(id)", "<<EOF"])(
    "refuses %j where nothing is quoted",
    (word) => {
      expect(() => plainWord(word)).toThrow("not a plain Dockerfile word");
    },
  );
});

itStarting("a word of a command line is one word to a shell, and the same", () => {
  const words = fc.sample(hostile, { numRuns: 200, seed: 1 }).filter((word) => !word.includes("\0"));
  // Bytes that are no text come back as others.
  const texts = ["", "plain", "a b", "it's", "$(id)", ...words].filter((word) => word.isWellFormed());
  const script = `printf '%s\\0' ${texts.map(shellWord).join(" ")}`;
  expect(execFileSync("/bin/sh", ["-c", script]).toString()).toBe(texts.map((text) => `${text}\0`).join(""));
});
