import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readDescriptor } from "../../src/descriptor/descriptor.ts";
import { keyPlaces } from "../../src/descriptor/key-places.ts";
import { applyMend } from "../../src/descriptor/mends/apply-mend.ts";
import { CompileError, type Diagnostic } from "../../src/diagnostics/diagnostic.ts";

const fixtures = join(import.meta.dirname, "..", "fixtures", "descriptors");
const head = '[_]\nschema-version = "0.2"\n';
const fixture = (name: string) => readFileSync(join(fixtures, `${name}.toml`), "utf8");

/** All that is said of a descriptor, and what it says where it can be read. */
function read(text: string) {
  const said: Diagnostic[] = [];
  try {
    return { said, descriptor: readDescriptor({ file: "project.toml", text }, (one) => said.push(one)) };
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    return { said: [...said, ...error.diagnostics] };
  }
}

/** What there is to hear of a descriptor beside its missing schema version. */
const complaints = (text: string) =>
  read(text).said.filter(({ code }) => code !== "descriptor/schema-missing");

/** The descriptor with every change made that is offered, one after another; each has to take complaints away. */
function followed(text: string): string {
  const [first] = complaints(text).filter(({ mend }) => mend !== undefined);
  if (first?.mend === undefined) return text;
  const mended = applyMend(text, first.mend) ?? "";
  expect(complaints(mended).length).toBeLessThan(complaints(text).length);
  return followed(mended);
}

const jvm = [
  { name: "BP_JVM_VERSION", value: "25" },
  { name: "BP_JVM_TYPE", value: "JRE" },
];
const a = [{ name: "A", value: "1" }];
const npm = [{ kind: "named", id: "acme/npm" }];
const script = [{ kind: "inline", id: "acme/npm", api: "0.10", script: "echo hi" }];

describe("a descriptor of other people's", () => {
  it.each([
    ["io-buildpacks-env-array", "descriptor/wrong-type", 7, { buildEnv: jvm }],
    ["env-map-0.2", "descriptor/misplaced-key", 3, { buildEnv: a }],
    ["build-environment", "descriptor/misplaced-key", 3, { buildEnv: a }],
    [
      "env-key-as-name",
      "descriptor/missing-key",
      1,
      { buildEnv: [{ name: "DISABLE_COLLECTSTATIC", value: "1" }] },
    ],
    ["script-string", "descriptor/wrong-type", 5, { group: script }],
    ["inline-outside-script", "descriptor/misplaced-key", 5, { group: script }],
    ["pre-array", "descriptor/wrong-type", 3, { pre: npm }],
    ["pre-buildpacks", "descriptor/misplaced-key", 3, { pre: npm }],
    ["buildpacks-array", "descriptor/wrong-type", 3, { group: [{ kind: "named", id: "acme/node" }] }],
  ] as const)("%s is told once what to write, which then means what was meant", (name, code, line, meant) => {
    const text = fixture(name);
    const found = complaints(text);
    expect(found.map((one) => one.code)).toEqual([code]);
    expect(found.map(keyPlaces({ file: "project.toml", text }))[0]?.location?.line).toBe(line);
    expect(found[0]?.hint).toMatch(/^Replace (?:it|`.*` and `.*`|all of `[a-z.]+`) with:$/);
    const mended = followed(text);
    expect(complaints(mended)).toEqual([]);
    expect(read(mended).descriptor).toMatchObject(meant);
  });

  it.each(["research-config", "aligned-foreign", "app-version"])(
    "%s is another tool's, and not advised",
    (name) => {
      const { said, descriptor } = read(fixture(name));
      expect(said).toMatchObject([
        {
          code: "descriptor/foreign",
          severity: "warning",
          hint: expect.stringMatching(/`--builder REF`.*`--descriptor FILE`/),
        },
      ]);
      expect(said[0]?.message).toContain("not a buildpacks descriptor");
      expect(descriptor).toMatchObject({ group: [], buildEnv: [] });
      expect(descriptor).not.toHaveProperty("id");
      expect(descriptor).not.toHaveProperty("settings");
    },
  );

  it("quoted-io hears that quotes make another key of it", () => {
    const text = fixture("quoted-io");
    expect(complaints(text)).toMatchObject([
      { code: "descriptor/quoted-key", hint: "Write it without quotes: `[io.buildpacks]`." },
    ]);
    const mended = text.replace('["io.buildpacks"]', "[io.buildpacks]");
    expect(complaints(mended)).toEqual([]);
    expect(read(mended).descriptor?.builder).toMatchObject({ reference: "x/y" });
  });

  it("each of the fixtures is tried here or beside its check", () => {
    const names = readdirSync(fixtures).map((name) => name.replace(/\.toml$/, ""));
    const tests = ["misplaced.test.ts", "../cli/commands/check-offline.both.test.ts"].map((file) =>
      readFileSync(join(import.meta.dirname, file), "utf8"),
    );
    expect(names.filter((name) => !tests.join().includes(`"${name}"`))).toEqual([]);
    expect(names).toHaveLength(14);
  });
});

describe("variables in a wrong place or form", () => {
  it.each([
    ["a map for the list", '[io.buildpacks.build.env]\nA = "1"\n'],
    ["a map of the old spelling", '[io.buildpacks.env.build]\nA = "1"\n'],
    ["texts in a list", '[io.buildpacks.build]\nenv = ["A=1"]\n'],
    ["an inline table", '[io.buildpacks]\nenv = { A = "1" }\nbuilder = "x"\n'],
    ["an inline list", '[io.buildpacks]\nenv = [{ name = "A", value = "1" }]\n'],
    ["another word", '[[io.buildpacks.environment]]\nname = "A"\nvalue = "1"\n'],
    ["another word in build", '[io.buildpacks.build.variables]\nA = "1"\n'],
    ["key for name", '[[io.buildpacks.build.env]]\nkey = "A"\nvalue = "1"\n'],
    ["a number", "[io.buildpacks.env]\nA = 1\n"],
    ["dotted keys", 'io.buildpacks.env.A = "1"\n', '[_]\nschema-version = "0.2"\n', ""],
  ])("%s", (_, lines, before = head, ...rest) => {
    const text = rest.length === 0 ? before + lines : lines + before;
    const mended = followed(text);
    expect(complaints(mended)).toEqual([]);
    expect(read(mended).descriptor?.buildEnv).toMatchObject(a);
  });

  it("right in the table that has their list", () => {
    const mended = followed(`${head}[io.buildpacks.build]\nBP_A = "1"\nBP_B = true\n`);
    expect(complaints(mended)).toEqual([]);
    expect(read(mended).descriptor?.buildEnv).toMatchObject([
      { name: "BP_A", value: "1" },
      { name: "BP_B", value: "true" },
    ]);
  });

  it("of schema 0.1 go to its own place", () => {
    for (const lines of ['[build.env]\nA = "1"\n', '[[build.environment]]\nname = "A"\nvalue = "1"\n']) {
      const mended = followed(lines);
      expect(mended).toContain("[[build.env]]");
      expect(read(mended).descriptor?.buildEnv).toMatchObject(a);
    }
  });

  it("keep those beside them that are right, whatever stands between", () => {
    const text = `${head}[[io.buildpacks.env]]\nname = "A"\nvalue = "1"\n\n# of ours\n[[io.buildpacks.group]]\nid = "x/y"\n\n[[io.buildpacks.env]]\nname = "B"\nvalue = "2"\n[[io.buildpacks.build.env]]\nname = "C"\nvalue = "3"\n`;
    const mended = followed(text);
    expect(mended).toContain("# of ours\n");
    const { descriptor } = read(mended);
    expect(descriptor?.buildEnv.map(({ name }) => name)).toEqual(["A", "B", "C"]);
    expect(descriptor?.group).toMatchObject([{ id: "x/y" }]);
  });

  it("that look like secrets are not repeated", () => {
    const token = `ghp_${"x".repeat(30)}`;
    const found = complaints(`${head}[io.buildpacks.env]\nGIT = "${token}"\nA_PASSWORD = "hunter22"\n`);
    expect(JSON.stringify(found)).not.toMatch(/ghp_|hunter22/);
    expect(found[0]?.mend?.lines).toContain('value = "…"');
  });

  it("get general advice where it is not known what they are, or what was written", () => {
    for (const lines of [
      "[io.buildpacks.build.env]\nA = 3.10\n",
      "[io.buildpacks.build.env]\nA = { b = 1 }\n",
    ]) {
      expect(complaints(head + lines)).toMatchObject([
        { code: "descriptor/wrong-type", hint: expect.stringContaining("`[[io.buildpacks.build.env]]`") },
      ]);
    }
  });

  it("are not offered a change that breaks the file", () => {
    // A list of its own cannot be gone on with by `[[…]]`.
    const text = `${head}[io.buildpacks.build]\nenv = [{ name = "B", value = "2" }]\n[io.buildpacks.env]\nA = "1"\n`;
    expect(complaints(text)).toMatchObject([{ code: "descriptor/unknown-key" }]);
  });
});

describe("buildpacks and scripts in a wrong place or form", () => {
  it.each([
    ["[[io.buildpacks.buildpacks]]", 'id = "acme/npm"', "group"],
    ["[io.buildpacks.group]", 'id = "acme/npm"', "group"],
    ["[[io.buildpacks.group.buildpacks]]", 'id = "acme/npm"', "group"],
    ["[io.buildpacks]", 'group = ["acme/npm"]', "group"],
    ["[[io.buildpacks.post]]", 'id = "acme/npm"', "post"],
    ["[io.buildpacks.post]", 'id = "acme/npm"', "post"],
    ["[[io.buildpacks.post.buildpack]]", 'id = "acme/npm"', "post"],
  ] as const)("%s with %s", (header, line, list) => {
    const mended = followed(`${head}${header}\n${line}\n`);
    expect(complaints(mended)).toEqual([]);
    expect(read(mended).descriptor?.[list]).toMatchObject(npm);
  });

  it("of schema 0.1", () => {
    const mended = followed('[[build.group]]\nid = "acme/npm"\nscript = "echo hi"\n');
    expect(read(mended).descriptor?.group).toMatchObject(script);
  });

  it("a script of several lines keeps them, below its own entry", () => {
    const body = 'set -e\necho "hi"\n';
    const text = `${head}[[io.buildpacks.group]]\nid = "a/b"\ninline = """\n${body}"""\nshell = "/bin/bash"\n[[io.buildpacks.group]]\nid = "c/d"\n`;
    const mended = followed(text);
    expect(complaints(mended)).toEqual([]);
    expect(read(mended).descriptor?.group).toMatchObject([
      { kind: "inline", id: "a/b", shell: "/bin/bash", script: body },
      { kind: "named", id: "c/d" },
    ]);
  });

  it("a script that is begun in its place and gone on with beside it comes together there", () => {
    const text = `${head}[[io.buildpacks.pre.group]]\nid = "a/b"\ninline = "x"\n[io.buildpacks.pre.group.script]\napi = "0.9"\n`;
    expect(read(followed(text)).descriptor?.pre).toMatchObject([{ kind: "inline", api: "0.9", script: "x" }]);
  });
});

describe("what has no change", () => {
  it("a table of a list's entry is named as TOML has it", () => {
    const [fault] = complaints(`${head}[[io.buildpacks.group]]\nid = "a/b"\nscript = 7\n`);
    expect(fault?.hint).toBe("Write `[io.buildpacks.group.script]`, and its keys below.");
  });

  it("a descriptor of 0.1 with slips is no other tool's", () => {
    for (const text of [
      '[project]\nid = "x"\n',
      "[biuld]\n",
      '[project]\nnmae = "x"\n',
      '["build.env"]\n',
      "",
    ]) {
      expect(read(text).said.map(({ code }) => code)).not.toContain("descriptor/foreign");
    }
  });

  it.each([
    ['[build-system]\nrequires = ["x"]\n[project]\nname = "a"\n', "Python"],
    ['uuid = "1"\n[deps]\nX = "2"\n', "Julia"],
    ['[package]\nname = "a"\nedition = "2024"\n', "Rust"],
  ])("%j is told to be a file of %s", (text, tool) => {
    expect(complaints(text)[0]?.message).toContain(`It looks like a file of ${tool}`);
  });
});
