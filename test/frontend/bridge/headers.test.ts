import fc from "fast-check";
import { expect, it } from "vitest";
import { Headers as OurHeaders } from "../../../frontend/bridge/headers.ts";

const name = fc.stringMatching(/^[A-Za-z-]{1,8}$/);
const value = fc.stringMatching(/^[ -~]{0,12}$/);
const call = fc.oneof(
  fc.tuple(fc.constant("append" as const), name, value),
  fc.tuple(fc.constant("set" as const), name, value),
  fc.tuple(fc.constant("delete" as const), name),
);

it("does what the global of its name does", () => {
  const entries = fc.array(fc.tuple(name, value), { maxLength: 4 });
  fc.assert(
    fc.property(entries, fc.array(call, { maxLength: 20 }), name, (init, calls, asked) => {
      const [ours, theirs] = [new OurHeaders(init), new Headers(init)];
      for (const [kind, key, text = ""] of calls) {
        for (const headers of [ours, theirs]) {
          if (kind === "delete") headers.delete(key);
          else headers[kind](key, text);
        }
      }
      expect([...ours]).toEqual([...theirs]);
      expect([...new OurHeaders(ours)]).toEqual([...new Headers(theirs)]);
      expect([ours.get(asked), ours.has(asked)]).toEqual([theirs.get(asked), theirs.has(asked)]);
      const seen: [string, string][] = [];
      ours.forEach((text, key) => void seen.push([key, text]));
      expect(seen).toEqual([...theirs]);
    }),
    {
      examples: [
        [
          [],
          [
            ["append", "-", ""],
            ["append", "-", ""],
          ],
          "-",
        ],
      ],
    },
  );
  expect([...new OurHeaders({ Accept: "x" })]).toEqual([["accept", "x"]]);
});
