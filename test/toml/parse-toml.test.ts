import fc from "fast-check";
import { stringify } from "smol-toml";
import { describe, expect, it } from "vitest";
import { parseToml } from "../../src/toml/parse-toml.ts";
import { testSeed } from "../helpers/test-seed.ts";

/** Names that every object has. */
const inherited = Object.getOwnPropertyNames(Object.prototype);

/** What all objects and functions of the program have: nothing that is read may change it. */
const shared = () =>
  [Object.prototype, Object, Function.prototype, Array.prototype, ...inherited].map((one) => {
    const owner = typeof one === "string" ? Reflect.get(Object.prototype, one) : one;
    return owner === null || owner === undefined ? [] : Reflect.ownKeys(owner);
  });

describe("a key that is called as what every object has", () => {
  const forms: readonly (readonly [string, (name: string) => string, (name: string) => object])[] = [
    ["a value", (name) => `${name} = 1`, (name) => ({ [name]: 1 })],
    ["a dotted key", (name) => `${name}.call = 1`, (name) => ({ [name]: { call: 1 } })],
    ["two of them", (name) => `a.${name}.${name} = 1`, (name) => ({ a: { [name]: { [name]: 1 } } })],
    ["a table", (name) => `[${name}]\ncall = 1`, (name) => ({ [name]: { call: 1 } })],
    [
      "a table in tables",
      (name) => `[a.${name}.${name}]\ncall = 1`,
      (name) => ({ a: { [name]: { [name]: { call: 1 } } } }),
    ],
    ["a list of tables", (name) => `[[a.${name}]]\ncall = 1`, (name) => ({ a: { [name]: [{ call: 1 }] } })],
    [
      "an inline table",
      (name) => `a = { ${name}.call = 1, b = { ${name} = 1 } }`,
      (name) => ({ a: { [name]: { call: 1 }, b: { [name]: 1 } } }),
    ],
  ];
  it.each(forms)("is a key as any other: %s", (_, text, expected) => {
    const before = shared();
    for (const name of inherited) {
      // A text, for a matcher takes `__proto__` for the prototype.
      expect([name, JSON.stringify(parseToml(text(name)))]).toEqual([name, JSON.stringify(expected(name))]);
    }
    expect(shared()).toEqual(before);
  });

  it.each([
    ["a = 1\na = 2", "constructor = 1\nconstructor = 2"],
    ["a.b = 1\na = 2", "constructor.b = 1\nconstructor = 2"],
    ["[a]\n[a]", "[constructor]\n[constructor]"],
    ["a = 1\n[a.b]", "constructor = 1\n[constructor.b]"],
    ["a = 1\na.b = 1", "constructor = 1\nconstructor.b = 1"],
    ["[a]\nb = 1\n[a.b]", "[constructor]\nb = 1\n[constructor.b]"],
  ])("is refused twice, as any other: %j", (usual, text) => {
    for (const twice of [usual, text, text.replaceAll("constructor", "__proto__")]) {
      expect(() => parseToml(twice)).toThrow("Can't redefine existing key");
    }
  });
});

it("any table comes back as it was written", () => {
  const key = fc.oneof(fc.constantFrom(...inherited, "prototype", "a"), fc.string({ minLength: 1 }));
  const { table } = fc.letrec((tie) => ({
    table: fc.array(fc.tuple(key, tie("value")), { maxLength: 4 }).map((pairs) => Object.fromEntries(pairs)),
    value: fc.oneof(
      { maxDepth: 4 },
      fc.string(),
      fc.boolean(),
      tie("table"),
      fc.array(tie("table") as fc.Arbitrary<object>, { minLength: 1, maxLength: 2 }),
    ),
  }));
  fc.assert(
    fc.property(table as fc.Arbitrary<object>, (written) => {
      const sorted = (value: unknown): unknown =>
        Array.isArray(value)
          ? value.map(sorted)
          : typeof value === "object" && value !== null
            ? Object.entries(value)
                .sort(([a], [b]) => (a < b ? -1 : 1))
                .map(([name, item]) => [name, sorted(item)])
            : value;
      expect(sorted(parseToml(stringify(written)))).toEqual(sorted(written));
    }),
    { numRuns: 500, seed: testSeed("tables") },
  );
});
