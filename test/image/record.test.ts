import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { entries } from "../../src/image/entries.ts";
import { record } from "../../src/image/record.ts";
import { oddNames } from "../helpers/odd-names.ts";

const json = `{${oddNames.map((name, index) => `"${name}":${index}`).join(",")}}`;
const pairs = oddNames.map((name, index) => [name, index]);

describe("an object whose keys are names that others chose", () => {
  it("has all of them, as a Map and as properties of its own", () => {
    expect([...v.parse(entries(v.string(), v.number()), JSON.parse(json))]).toEqual(pairs);
    const read = v.parse(record(v.string(), v.number()), JSON.parse(json));
    expect(Object.entries(read)).toEqual(pairs);
    expect(JSON.stringify({ ...read })).toBe(json);
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    expect(Object.getOwnPropertyNames(Object.prototype)).toContain("toString");
  });

  it("is checked key by key, and value by value", () => {
    const schema = v.object({ labels: record(v.pipe(v.string(), v.regex(/^[a-z]+$/)), v.number()) });
    const places = (value: unknown) => v.safeParse(schema, value).issues?.map((issue) => v.getDotPath(issue));
    expect(places({ labels: { a: 1 } })).toBeUndefined();
    expect(places({ labels: { a: "1" } })).toEqual(["labels.a"]);
    expect(places({ labels: { A: 1 } })).toEqual(["labels.A"]);
    expect(places({ labels: JSON.parse('{"__proto__":1}') })).toEqual(["labels.__proto__"]);
    for (const labels of [null, "a", 1, undefined]) expect(places({ labels })).toEqual(["labels"]);
  });
});
