import { expect, it } from "vitest";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { formatDiagnostic } from "../../src/diagnostics/format.ts";

const fault: Diagnostic = { code: "descriptor/toml-syntax", severity: "error", message: "It is wrong." };
const at = (line: number, column?: number): Diagnostic => ({
  ...fault,
  location: { file: "project.toml", line, ...(column === undefined ? {} : { column }) },
});
const draw = (diagnostic: Diagnostic, text?: string) =>
  formatDiagnostic(diagnostic, {
    color: false,
    texts: new Map(text === undefined ? [] : [["project.toml", text]]),
  }).split("\n");

it("says what, and by which code", () => {
  expect(draw(fault)).toEqual(["error: It is wrong. [descriptor/toml-syntax]"]);
});

it("says where, with line, column and key", () => {
  const location = { file: "project.toml", line: 3, column: 5, keyPath: "_.id" };
  expect(draw({ ...fault, location })[1]).toBe("  at project.toml:3:5: _.id");
});

it("says a flag once, though it is file and key at the same time", () => {
  expect(draw({ ...fault, location: { file: "--env", keyPath: "--env" } })[1]).toBe("  at --env");
});

it("says what to do", () => {
  expect(draw({ ...fault, severity: "warning", hint: "Do better." })).toEqual([
    "warning: It is wrong. [descriptor/toml-syntax]",
    "  fix: Do better.",
  ]);
});

it("shows the line, with a caret below the column", () => {
  expect(draw(at(2, 5), "one\ntwo = x\nthree").slice(2)).toEqual(["  2 | two = x", "    |     ^"]);
});

it("puts the caret below its place on lines with tabs and in files of many lines", () => {
  expect(draw(at(10, 3), `${"\n".repeat(9)}\ta = 1`).slice(2)).toEqual(["  10 | \ta = 1", "     | \t ^"]);
});

it("shows a line that ends in a carriage return without it", () => {
  expect(draw(at(1, 2), "ab\r\ncd")[2]).toBe("  1 | ab");
});

it("shows the line alone where no column is known", () => {
  expect(draw(at(1), "ab").slice(2)).toEqual(["  1 | ab"]);
});

it("shows nothing where the line is not in the text, or the text is not known", () => {
  expect(draw(at(9, 1), "ab")).toHaveLength(2);
  expect(draw(at(1, 1))).toHaveLength(2);
});

it("colours only where it is asked to", () => {
  const colored = formatDiagnostic(at(1), { color: true, texts: new Map() });
  expect(colored).toContain("\u001b[");
  expect(draw(at(1)).join("")).not.toContain("\u001b");
});

it("shows of a very long line what is around the fault", () => {
  const line = `${"a".repeat(500)}X${"b".repeat(500)}`;
  expect(draw(at(1, 501), line).slice(2)).toEqual([
    `  1 | …${"a".repeat(60)}X${"b".repeat(59)}…`,
    `    | ${" ".repeat(61)}^`,
  ]);
});

it("lets nothing that a file holds act on the terminal", () => {
  const location = { file: "\u001b[2Jx", line: 1, column: 1 };
  const drawn = formatDiagnostic(
    { ...fault, message: "a\u001b]0;b\u0007", hint: "c\u202ed", location },
    { color: false, texts: new Map([["\u001b[2Jx", "e\u001b[31mf\u009bg\u007f"]]) },
  );
  expect(drawn.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
  expect(drawn).toContain("e␛[31mf\ufffdg␡");
});

it("keeps a value with line breaks on the line that is its own", () => {
  const location = { file: "a\nb", keyPath: "c\nd" };
  const drawn = formatDiagnostic(
    { ...fault, message: "e\nerror: f", hint: "g\nh", location },
    { color: false, texts: new Map() },
  );
  expect(drawn.split("\n")).toEqual([
    expect.stringContaining("e␊error: f"),
    "  at a␊b: c␊d",
    expect.stringContaining("g␊h"),
  ]);
});
