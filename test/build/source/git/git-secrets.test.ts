import { expect, it } from "vitest";
import { reasonOf } from "../../../../src/build/source/git/git-program.ts";

const token = "ghp_Zx/9+ö";
const bytes = [...Buffer.from(token)];
const hex = (byte: number) => byte.toString(16).padStart(2, "0");
const remote = `https://ci:${encodeURIComponent(token)}@git.example/a`;

it.each([
  ["as it is", token],
  ["with every byte encoded", bytes.map((byte) => `%${hex(byte)}`).join("")],
  ["the same in upper case", bytes.map((byte) => `%${hex(byte).toUpperCase()}`).join("")],
  ["with some bytes encoded", `%67hp%5F${encodeURIComponent(token.slice(4)).toLowerCase()}`],
  ["encoded twice", encodeURIComponent(encodeURIComponent(token))],
  ["in hexadecimal", Buffer.from(token).toString("hex")],
  ["the same in upper case", Buffer.from(token).toString("hex").toUpperCase()],
  ["in hexadecimal with separators", bytes.map(hex).join(":")],
  ["in escapes of C", bytes.map((byte) => `\\x${hex(byte)}`).join("")],
  ["in JSON", token.replace("/", "\\/")],
  ["in HTML", [...token].map((character) => `&#${character.codePointAt(0)};`).join("")],
  ["in base64", Buffer.from(token).toString("base64")],
  ["in base64 for URLs", Buffer.from(token).toString("base64url")],
  ["as HTTP sends it", Buffer.from(`ci:${token}`).toString("base64")],
  ["the same, encoded", encodeURIComponent(Buffer.from(`ci:${token}`).toString("base64"))],
])("a token that a server repeats is not shown: %s", (_, form) => {
  expect(reasonOf(`remote: denied to ${form} here\n`, remote)).toMatch(/^denied to \*\*\*(?:%3D|=)* here$/i);
});

it("other words stay", () => {
  const said = "remote: denied to ghp_Zx, 100%25 of 67:68\n";
  expect(reasonOf(said, remote)).toBe("denied to ghp_Zx, 100%25 of 67:68");
});
