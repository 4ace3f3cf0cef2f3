import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import toml from "@iarna/toml";
import { Ajv } from "ajv";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readDescriptor } from "../../src/descriptor/descriptor.ts";
import { CompileError } from "../../src/diagnostics/diagnostic.ts";
import { caseNames, goldenDirectory } from "../helpers/cases.ts";
import { commandCaseNames } from "../helpers/command-cases.ts";
import { renderDescriptorSchema } from "../helpers/descriptor-schema.ts";

const schema = renderDescriptorSchema();
const validate = new Ajv({ strict: true, strictRequired: false, strictTypes: false }).compile(
  JSON.parse(schema),
);

/** As editors see a file: dates and numbers beyond 2^53 as JSON has them. */
function bySchema(table: unknown): boolean {
  const plain = (_: string, value: unknown) => (typeof value === "bigint" ? Number(value) : value);
  return validate(JSON.parse(JSON.stringify(table, plain)));
}

function byCompiler(text: string): boolean {
  try {
    readDescriptor({ file: "project.toml", text }, () => {});
    return true;
  } catch (error) {
    if (error instanceof CompileError) return false;
    throw error;
  }
}

it("is what the file in the package says", async () => {
  await expect(schema).toMatchFileSnapshot("../../schema/project.schema.json");
});

describe("the schema finds right and wrong what the compiler does:", () => {
  const directories = [...caseNames(), ...commandCaseNames().map((name) => join("cli", name))];
  const files = directories.flatMap((name) => {
    const project = join(goldenDirectory, name, name.startsWith("cli") ? "project" : "");
    if (!existsSync(project)) return [];
    return readdirSync(project, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith("project.toml"))
      .map((file) => relative(goldenDirectory, join(project, file)));
  });
  // Not even TOML, so no editor asks a schema.
  const noToml = ["error-broken-toml", "error-duplicate-key"];

  it.each(files.filter((file) => !noToml.some((name) => file.includes(name))))("%s", (file) => {
    const text = readFileSync(join(goldenDirectory, file), "utf8");
    expect(bySchema(toml.parse(text))).toBe(byCompiler(text));
  });

  it("every file of the demo and of the lab", () => {
    const apps = join(import.meta.dirname, "..", "fixtures", "apps");
    // An app can do without.
    const described = readdirSync(apps).filter((app) => existsSync(join(apps, app, "project.toml")));
    expect(described).toContain("node-web");
    for (const app of described) {
      const text = readFileSync(join(apps, app, "project.toml"), "utf8");
      expect(bySchema(toml.parse(text)), app).toBe(true);
    }
  });

  it("files made of the schema's own keys and of values that are right, wrong and odd", () => {
    // What a schema cannot tell: a date from a text, and how many bytes a text has.
    const text = fc.oneof(
      { weight: 10, arbitrary: fc.constantFrom("x", "acme/node", "0.10") },
      { weight: 3, arbitrary: fc.constantFrom("", "a/b", "..", "a=b", "nul\0", "line\n", "x".repeat(256)) },
    );
    const value = fc.oneof(
      { weight: 40, arbitrary: text },
      { weight: 1, arbitrary: fc.constantFrom<unknown>(7, true, [], {}, ["x"]) },
    );
    const some = (keys: Readonly<Record<string, fc.Arbitrary<unknown>>>) =>
      fc.record(keys, { requiredKeys: [] });
    const list = (item: fc.Arbitrary<unknown>) => fc.array(item, { maxLength: 2 });
    const odd = (right: fc.Arbitrary<unknown>) =>
      fc.oneof({ weight: 40, arbitrary: right }, { weight: 1, arbitrary: value });
    const names = odd(list(text));
    const entry = odd(
      some({
        id: value,
        version: value,
        uri: value,
        script: odd(some({ api: value, shell: value, inline: value })),
        "exec-env": names,
        other: value,
      }),
    );
    const variable = odd(fc.oneof(some({ name: value, value }), fc.record({ name: text, value: text })));
    const projectKeys = {
      id: value,
      authors: names,
      licenses: odd(list(odd(some({ type: value, uri: value })))),
      metadata: value,
    };
    const lists = { builder: value, include: names, exclude: names };
    const own = odd(
      some({
        secrets: names,
        bindings: odd(list(odd(some({ name: text, type: text, keys: names })))),
      }),
    );
    const version = fc.constantFrom<unknown>("0.1", "0.2", "0.2", "0.3", "0.3", "0.4", 2, undefined);
    const file = some({
      _: odd(
        fc
          .tuple(version, some(projectKeys))
          .map(([said, keys]) => (said === undefined ? keys : { "schema-version": said, ...keys })),
      ),
      project: odd(some(projectKeys)),
      build: odd(some({ ...lists, buildpacks: odd(list(entry)), env: odd(list(variable)) })),
      io: odd(
        some({
          buildpacks: odd(
            some({
              ...lists,
              group: odd(list(entry)),
              pre: odd(some({ group: odd(list(entry)) })),
              build: odd(some({ env: odd(list(variable)) })),
              env: odd(some({ build: odd(list(variable)) })),
            }),
          ),
          github: odd(some({ "cnb-dockerfile": own })),
        }),
      ),
      custom: value,
    });
    let [right, wrong] = [0, 0];
    fc.assert(
      fc.property(file, (table) => {
        const text = stringify(table);
        fc.pre(text !== undefined);
        const verdict = byCompiler(text);
        if (verdict) right++;
        else wrong++;
        expect(bySchema(toml.parse(text))).toBe(verdict);
      }),
      { numRuns: 2000 },
    );
    // Neither verdict may be the only one, or nothing would have been compared.
    expect(Math.min(right, wrong), `${right} right, ${wrong} wrong`).toBeGreaterThan(100);
  });
});

/** Undefined: lists of mixed types, which the writer does not write. */
function stringify(table: object): string | undefined {
  try {
    return toml.stringify(table as toml.JsonMap);
  } catch {
    return undefined;
  }
}
