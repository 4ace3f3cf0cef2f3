import { describe, expect, it } from "vitest";
import { readDescriptor } from "../../src/descriptor/descriptor.ts";
import { CompileError, type Diagnostic } from "../../src/diagnostics/diagnostic.ts";

function fault(text: string): Diagnostic {
  try {
    readDescriptor({ file: "project.toml", text }, () => {});
  } catch (error) {
    if (error instanceof CompileError && error.diagnostics[0] !== undefined) return error.diagnostics[0];
    throw error;
  }
  throw new Error(`this is TOML: ${text}`);
}

describe("what is no TOML is explained, with the place where a person would look:", () => {
  it.each([
    ["a = ", 1, 4, "the key has no value"],
    ["a = # none", 1, 4, "the key has no value"],
    ["a = text", 1, 5, "the value is not a quoted string"],
    ["a = https://x", 1, 5, "the value is not a quoted string"],
    ["a = 1.2.3", 1, 8, "the value is not a quoted string"],
    ["a = True", 1, 5, "`True` is not a value"],
    ["a = yes", 1, 5, "`yes` is not a value"],
    ["a = null", 1, 5, "`null` is not a value"],
    ["a = “x”", 1, 5, "`“` is not a TOML quote"],
    ["a: 1", 1, 2, "there is a colon instead of `=`"],
    ["a\nb = 1", 1, 2, "the key has no `=` and no value"],
    ["a b = 1", 1, 3, "`=` is missing after the key"],
    ["= 1", 1, 1, "the key before `=` is missing"],
    ["é = 1", 1, 1, "cannot contain the character é (U+00E9)"],
    ["// x", 1, 1, "this is not a key"],
    ['{"a": 1}', 1, 1, "this looks like JSON"],
    ['a = "x\nb = 1', 1, 7, "the string is not closed on its line"],
    ["a = '''\nx\n\nb = 1", 1, 5, "the string that starts here is not closed"],
    ['a = "C:\\Users"', 1, 9, "the backslash does not start a valid escape"],
    ['a = "x\u0001y"', 1, 7, "the control character U+0001"],
    ["a = [1, 2\nb = 3", 2, 1, "an array is not closed, or a comma is missing"],
    ["a = [\n  1,\n[b]\nc = 1", 3, 2, "an array is not closed, or a comma is missing"],
    ['a = ["x" "y"]', 1, 10, "a comma is missing between two entries"],
    ["a = { b = 1, }", 1, 14, "there is a comma before `}`"],
    ["a = { b = 1,\n c = 2 }", 2, 2, "an inline table must be on one line"],
    ["[a\nb = 1", 1, 3, "the table's name is not closed"],
    ["[[a]\nb = 1", 1, 5, "the table's name is not closed"],
    ["[a] b = 1", 1, 5, "there is text after the table's name"],
    ["[a..b]", 1, 3, "a part of the dotted name is empty"],
    ["[]", 1, 2, "a name is missing"],
    ["[ [a] ]", 1, 3, "there are spaces between two brackets"],
    ["a = 1 b = 2", 1, 7, "there is text after the value"],
    ["a = 1,", 1, 6, "a comma follows the value"],
    ["a = 1;", 1, 6, "a semicolon follows the value"],
    ["a = 01", 1, 5, "a number starts with a zero"],
    ["a = 1__0", 1, 7, "an underscore in a number"],
    ["a = 2020-13-01", 1, 14, "the date or time does not exist"],
    ["a = 1\rb = 2", 1, 7, "there is text after the value"],
  ])("%j", (text, line, column, reason) => {
    const { code, message, location } = fault(`${text}\n`);
    expect(message).toContain(reason);
    expect({ code, ...location }).toEqual({
      code: "descriptor/toml-syntax",
      file: "project.toml",
      line,
      column,
    });
  });
});

describe("what is given twice is named, with the line of the first:", () => {
  it.each([
    ["a = 1\nb = 2\na = 3", 3, "a", 1],
    ['"a b".c = 1\n"a b".c = 2', 2, "a b.c", 1],
    ["[a]\nx = 1\n[b]\n[a]", 4, "a", 1],
    ["[x]\n[x.y]\n[x . y]", 3, "x.y", 2],
    ["a.b = 1\n[a]", 2, "a", 1],
    ["a = 1\n[a]", 2, "a", 1],
    ["[[a]]\n[a]", 2, "a", 1],
    ["a = { b = 1 }\n[a.c]", 2, "a.c", 1],
    ["[[e]]\nn = 1\n[[e]]\nn = 2\nv = 3\nn = 4", 6, "e[1].n", 4],
    ["[[e]]\n[e.x]\n[[e]]\n[e.x]\n[e.x]", 5, "e.x", 4],
  ])("%j", (text, line, key, firstLine) => {
    const { code, message, location } = fault(`${text}\n`);
    expect(message).toBe(`${key} is defined a second time; the first is in line ${firstLine}.`);
    expect({ code, line: location?.line, keyPath: location?.keyPath }).toEqual({
      code: "descriptor/duplicate-key",
      line,
      keyPath: key,
    });
  });

  it("within one line without it", () => {
    expect(fault("a = { b = 1, b = 2 }\n").message).toBe("b is defined a second time.");
  });
});
