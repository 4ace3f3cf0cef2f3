import toml from "@iarna/toml";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fileText } from "../../../src/dockerfile/write/content.ts";
import { hostile } from "../../helpers/hostile.ts";

const listed = (text: string) => {
  const files = [{ path: "/a", mode: "0755", content: { format: "text", text } }] as const;
  return JSON.parse(fileText({ format: "files", files }))[0].content as string | string[];
};

describe("the list of exact files", () => {
  it("holds a short text as it is", () => {
    expect(listed("a\r\n")).toBe("a\r\n");
  });

  it("cuts a long text into pieces that fit on a line, and no character in two", () => {
    const text = `x${"🚀".repeat(9000)}`;
    const pieces = listed(text) as string[];
    expect(pieces.join("")).toBe(text);
    expect(pieces.length).toBeGreaterThan(3);
    expect(pieces.every((piece) => piece.isWellFormed() && piece.length <= 4001)).toBe(true);
  });
});

const spacedAndQuoted = fc.string({
  unit: fc.constantFrom("\n", " ", '"', '"""', "\\", "'", "=", "a", "]"),
  maxLength: 12,
});

// A lone surrogate is no character of any file.
const anyText = hostile.map((text) => text.toWellFormed());

describe("TOML", () => {
  it("has every number as a float, for which the lifecycle takes those of a label", () => {
    const table = { n: 1, list: [2, 1.5, "x"], table: { big: 1e21 } };
    expect(fileText({ format: "toml", table })).toBe(
      'n = 1.0\nlist = [ 2.0, 1.5, "x" ]\n\n[table]\nbig = 1e+21\n',
    );
  });

  it("reads back as what it was made from, and is not indented", () => {
    const table = {
      api: "0.10",
      empty: "",
      odd: 'a"\\\n\u0001é',
      order: [{ group: [{ id: "a/b", optional: true }, { id: "c" }] }],
    };
    const text = fileText({ format: "toml", table });
    expect(toml.parse(text)).toEqual(table);
    expect(text).not.toMatch(/^[ \t]+\S/m);
    expect(text.endsWith("\n")).toBe(true);
  });

  it("escapes every control character, with quotes about and without", () => {
    const table = { one: "\u0001\u0002\u007f", two: '"\u0001"' };
    const text = fileText({ format: "toml", table });
    expect(text).not.toMatch(/[^\P{Cc}\n]/u);
    expect(toml.parse(text)).toEqual(table);
  });

  it("keeps every value, whatever it has in it", () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.oneof(spacedAndQuoted, anyText))), (texts) => {
        const table = { order: texts.map((group) => ({ group: group.map((id) => ({ id, last: true })) })) };
        expect(toml.parse(fileText({ format: "toml", table }))).toEqual(table);
      }),
    );
  });
});
