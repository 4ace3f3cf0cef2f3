import { describe, expect, it } from "vitest";
import { decodeText, maxTextBytes } from "../../src/descriptor/decode-text.ts";
import { CompileError, type Diagnostic } from "../../src/diagnostics/diagnostic.ts";

const decode = (bytes: Buffer) => decodeText(bytes, "project.toml");

function fault(bytes: Buffer): Diagnostic | undefined {
  try {
    decode(bytes);
  } catch (error) {
    if (error instanceof CompileError) return error.diagnostics[0];
    throw error;
  }
  return undefined;
}

describe("a text", () => {
  it.each(["", "a", "é\r\n漢 😀\n", "\ufeff\n"])("is taken as it is: %j", (text) => {
    // The first of two byte order marks is the file's, the second is text.
    expect(decode(Buffer.from(`\ufeff${text}`))).toBe(text);
    expect(decode(Buffer.from(text))).toBe(text.replace(/^\ufeff/, ""));
  });

  it("may be as large as the limit, and not larger", () => {
    expect(decode(Buffer.alloc(maxTextBytes, "a"))).toHaveLength(maxTextBytes);
    expect(fault(Buffer.alloc(maxTextBytes + 1, "a"))).toMatchObject({ code: "descriptor/too-large" });
  });
});

describe("the first byte that is no text is found, with its line and column:", () => {
  it.each<[string, Buffer, number, number]>([
    ["Latin 1", Buffer.from('a = 1\nb = "café"\n', "latin1"), 2, 9],
    ["at the beginning", Buffer.from([0xff, 0x61]), 1, 1],
    ["a byte that goes on with nothing", Buffer.from([0x61, 0x0a, 0x80]), 2, 1],
    ["a character cut off at the end", Buffer.from("a\né", "utf8").subarray(0, 3), 2, 1],
    ["a character cut off by another", Buffer.from([0xf0, 0x9f, 0x98, 0x61]), 1, 1],
    ["behind a character of two units", Buffer.concat([Buffer.from("😀"), Buffer.from([0xc0])]), 1, 3],
    [
      "far into a file",
      Buffer.concat([Buffer.from("é\r\n".repeat(100_000)), Buffer.from([0xe9])]),
      100_001,
      1,
    ],
  ])("%s", (_, bytes, line, column) => {
    expect(fault(bytes)).toMatchObject({ code: "descriptor/not-utf8", location: { line, column } });
  });

  it("a NUL", () => {
    expect(fault(Buffer.from("a = 1\nb = \0"))).toMatchObject({
      code: "descriptor/nul",
      location: { line: 2, column: 5 },
    });
  });
});

describe("UTF-16 is known", () => {
  const little = Buffer.from('a = "x"\r\n', "utf16le");
  it.each<[string, Buffer]>([
    ["by its byte order mark", Buffer.concat([Buffer.from([0xff, 0xfe]), little])],
    ["by the other byte order's", Buffer.concat([Buffer.from([0xff, 0xfe]), little]).swap16()],
    ["without one", little],
    ["without one, in the other order", Buffer.from(little).swap16()],
  ])("%s", (_, bytes) => {
    expect(fault(bytes)?.code).toBe("descriptor/utf-16");
  });
});
