import { expect, it } from "vitest";
import { BoundedText } from "../../../../src/build/source/processes/bounded-text.ts";

const kept = 64 * 2 ** 10;

/** In: what is said, in pieces of so many bytes. */
function textOf(said: string, pieceBytes: number): string {
  const text = new BoundedText();
  const bytes = Buffer.from(said);
  for (let at = 0; at < bytes.length; at += pieceBytes) text.add(bytes.subarray(at, at + pieceBytes));
  expect(text.sizeBytes).toBe(bytes.length);
  return text.text();
}

it.each([1000, 65_536, 1e6])("keeps all that goes into both ends, in pieces of %i bytes", (pieceBytes) => {
  const said = "ä line\n".repeat(16_000);
  expect(said.length).toBeLessThan(2 * kept);
  expect(textOf(said, pieceBytes)).toBe(said);
});

it.each([1000, 65_536, 1e7])("keeps whole lines of both ends, in pieces of %i bytes", (pieceBytes) => {
  const said = Array.from({ length: 200_000 }, (_, index) => `line ${index}\n`).join("");
  const text = textOf(said, pieceBytes);
  expect(text.length).toBeLessThan(2 * kept + 1);
  const lines = text.split("\n");
  expect([lines[0], lines.at(-2)]).toEqual(["line 0", "line 199999"]);
  const all = new Set(said.split("\n"));
  expect(lines.filter((line) => !all.has(line))).toEqual([]);
});

it("keeps the beginning of a line that has no end, so that no secret is cut in what is shown", () => {
  const text = textOf(`${"a".repeat(5 * kept)}secret\nlast\n`, 4000);
  expect(text).toBe(`${"a".repeat(kept)}\nlast\n`);
  expect(textOf("b".repeat(5 * kept), 4000)).toBe(`${"b".repeat(kept)}\n`);
});
