import fc from "fast-check";
import { expect, it, vi } from "vitest";
import { Terminal } from "../../src/cli/terminal.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { diagnosticJson, formatDiagnostic, visibleLines } from "../../src/diagnostics/format.ts";
import { testSeed } from "../helpers/test-seed.ts";

/** What a terminal acts on: C0, DEL, C1, and what turns the direction of a line. */
const acting = /(?![\t\n])[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;
const hostile = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      "\u001b[2J",
      "\u001b]0;x\u0007",
      "\u009b31m",
      "\r",
      "\n",
      "\u0000",
      "\u202e",
      "\u2028",
      "\u007f",
      "a",
    ),
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
  ),
  maxLength: 20,
});

it("no text of a stranger's acts on the terminal, and a diagnostic has the lines that it should", () => {
  fc.assert(
    fc.property(hostile, hostile, hostile, hostile, (message, hint, file, line) => {
      const location = { file, line: 1, column: 2, keyPath: message };
      const diagnostic: Diagnostic = {
        code: "descriptor/unknown-key",
        severity: "error",
        message,
        hint,
        location,
      };
      const text = formatDiagnostic(diagnostic, { color: false, texts: new Map([[file, line]]) });
      expect(text).not.toMatch(acting);
      expect(text.split("\n").length).toBe(5);
      // What tools read is as it was found.
      expect(JSON.parse(JSON.stringify(diagnosticJson(diagnostic)))).toMatchObject({
        message,
        hint,
        location,
      });
    }),
    { seed: testSeed("hostile text"), numRuns: 500 },
  );
});

it("no line about what goes on acts on the terminal", () => {
  const written: string[] = [];
  const write = vi
    .spyOn(process.stderr, "write")
    .mockImplementation((text) => written.push(String(text)) > 0);
  try {
    new Terminal("text").tell("sending \u001b[2J\u009b31m\nerror: of its own");
  } finally {
    write.mockRestore();
  }
  expect(written).toEqual(["sending ␛[2J\ufffd31m␊error: of its own\n"]);
});

it.each(["##[error]", "##vso[task.setvariable variable=PATH]", "##teamcity[x]"])(
  "no %s of a stranger's commands a CI system",
  (text) => {
    const diagnostic: Diagnostic = {
      code: "descriptor/unknown-key",
      severity: "error",
      message: `a ${text}b`,
    };
    const shown = formatDiagnostic(diagnostic, { color: false, texts: new Map() });
    expect(shown).toContain(`a # #${text.slice(2)}b`);
    expect(visibleLines("## heading [x] #[y]")).toBe("## heading [x] #[y]");
  },
);

it("the stack of a mistake of ours keeps its lines", () => {
  expect(visibleLines("Error: \u001b[2J\n    at x")).toBe("Error: ␛[2J\n    at x");
});
