import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type * as quoting from "../../../src/dockerfile/write/quote.ts";
import { DockerfileReader } from "../../helpers/dockerfile-reader.ts";

type Quoting = typeof quoting;

let reader: DockerfileReader;
beforeAll(async () => {
  reader = await DockerfileReader.start();
}, 600_000);
afterAll(() => reader.close());
afterEach(() => {
  vi.doUnmock("../../../src/dockerfile/write/quote.ts");
  vi.resetModules();
});

/** What the search for hostile texts that break out finds, with some of the quoting done wrong. */
async function found(mistake: (right: Quoting) => Partial<Quoting>): Promise<readonly string[]> {
  vi.resetModules();
  vi.doMock("../../../src/dockerfile/write/quote.ts", async (importOriginal) => {
    const right = await importOriginal<Quoting>();
    return { ...right, ...mistake(right) };
  });
  const { runHostile } = await import("../../helpers/hostile-runs.ts");
  const { failure } = await runHostile({ texts: 100_000, seed: 1, shrink: false }, reader);
  return failure?.faults ?? [];
}

describe("a mistake in the quoting is found:", () => {
  it.each<[string, (right: Quoting) => Partial<Quoting>]>([
    [
      "a `$` that is not escaped",
      ({ quotedWord }) => ({ quotedWord: (parts, what) => quotedWord(parts, what).replaceAll("\\$", "$") }),
    ],
    [
      "a backslash that is not escaped",
      ({ quotedWord }) => ({ quotedWord: (parts, what) => quotedWord(parts, what).replaceAll("\\\\", "\\") }),
    ],
    [
      "a quote that is not escaped",
      ({ quotedWord }) => ({ quotedWord: (parts, what) => quotedWord(parts, what).replaceAll('\\"', '"') }),
    ],
    ["a heredoc that ends at a line of its text", () => ({ heredocDelimiter: () => "EOF" })],
    [
      "a heredoc that knows one carriage return only",
      () => ({
        heredocDelimiter: (text) =>
          ["EOF", "EOF1", "EOF2", "EOF3"].find((name) => !text.split(/\r?\n/).includes(name)) ?? "END",
      }),
    ],
    ["an address whose `$` is not escaped", () => ({ literalWord: (text) => text })],
    ["a comment that lets a line break through", () => ({ commentText: (text) => text })],
  ])(
    "%s",
    async (_, mistake) => {
      expect(await found(mistake)).not.toEqual([]);
    },
    120_000,
  );
});
