import { describe, expect, it } from "vitest";
import { readDescriptor } from "../../src/descriptor/descriptor.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { codesOf, faultsOf } from "../helpers/errors.ts";

/** Reads a descriptor of schema 0.2. Out: what it says, and the warnings. */
function read(lines: string, head = '[_]\nschema-version = "0.2"\n') {
  const warnings: Diagnostic[] = [];
  const descriptor = readDescriptor({ file: "project.toml", text: head + lines }, (warning) =>
    warnings.push(warning),
  );
  return { ...descriptor, warnings };
}
const group = (entry: string) => `[[io.buildpacks.group]]\n${entry}\n`;

describe("a descriptor of schema 0.2", () => {
  it("that is empty asks for nothing", () => {
    expect(read("")).toEqual({
      file: "project.toml",
      text: '[_]\nschema-version = "0.2"\n',
      settings: "io.buildpacks",
      group: [],
      pre: [],
      post: [],
      buildEnv: [],
      secrets: [],
      bindings: [],
      warnings: [],
    });
  });

  it("takes an empty id and an empty builder for none", () => {
    const descriptor = read('id = ""\n[io.buildpacks]\nbuilder = ""\n');
    expect(descriptor).not.toHaveProperty("id");
    expect(descriptor).not.toHaveProperty("builder");
  });

  it("knows where its builder stands, for messages", () => {
    expect(read('[io.buildpacks]\nbuilder = "b"\n').builder).toEqual({
      reference: "b",
      keyPath: "io.buildpacks.builder",
    });
  });

  it.each([
    ['id = "a/b"', { kind: "named", id: "a/b" }],
    ['id = "a/b"\nversion = "1"', { kind: "named", id: "a/b", version: "1" }],
    ['id = "a/b"\nversion = ""', { kind: "named", id: "a/b" }],
    ['uri = "from=builder"', { kind: "uri", uri: "from=builder" }],
    ['id = "a/b"\nuri = "x"', { kind: "uri", uri: "x" }],
    ['id = "a"\nuri = "x"\nscript = { inline = "i" }', { kind: "uri", uri: "x" }],
    ['id = "a"\nscript = { api = "0.10" }', { kind: "named", id: "a" }],
    [
      'id = "a"\nscript = { api = "0.10", inline = "i" }',
      { kind: "inline", id: "a", version: "0.0.0", api: "0.10", shell: "/bin/sh", script: "i" },
    ],
  ])("reads the entry %j, which its id or uri stands for in messages", (entry, expected) => {
    const keyPath = `io.buildpacks.group[0].${expected.kind === "uri" ? "uri" : "id"}`;
    expect(read(group(entry)).group).toEqual([{ ...expected, location: { file: "project.toml", keyPath } }]);
  });

  it("reads pre and post, each entry with its place", () => {
    const { pre, post } = read(
      '[[io.buildpacks.pre.group]]\nid = "a"\n[[io.buildpacks.post.group]]\nid = "b"\n',
    );
    expect([...pre, ...post].map(({ location }) => location.keyPath)).toEqual([
      "io.buildpacks.pre.group[0].id",
      "io.buildpacks.post.group[0].id",
    ]);
  });

  it("uses the old key of variables only where the right one is absent", () => {
    const old = '[[io.buildpacks.env.build]]\nname = "A"\nvalue = "old"\n';
    expect(read(old).buildEnv).toMatchObject([{ name: "A", value: "old" }]);
    expect(read(`${old}[[io.buildpacks.build.env]]\nname = "B"\nvalue = "new"\n`).buildEnv).toMatchObject([
      { name: "B", value: "new" },
    ]);
  });

  it("knows secrets and bindings of our own table, and where each stands", () => {
    const { secrets, bindings, warnings } = read(
      '[io.github.cnb-dockerfile]\nsecrets = ["TOKEN"]\ntypo = 1\n[[io.github.cnb-dockerfile.bindings]]\nname = "db"\ntype = "pg"\nkeys = ["password"]\n',
    );
    expect(secrets).toMatchObject([
      { name: "TOKEN", location: { keyPath: "io.github.cnb-dockerfile.secrets[0]" } },
    ]);
    expect(bindings).toMatchObject([{ name: "db", type: "pg", keys: ["password"] }]);
    expect(warnings.map(({ code }) => code)).toEqual(["descriptor/unknown-key"]);
  });

  it.each(["a b", "", "-x", "x,y", "a/b"])("takes %j for no secret's name", (name) => {
    expect(codesOf(() => read(`[io.github.cnb-dockerfile]\nsecrets = ["${name}"]\n`))).toEqual([
      "descriptor/declared-name",
    ]);
  });

  const bindingWith = (key: string) =>
    read(`[[io.github.cnb-dockerfile.bindings]]\nname = "b"\ntype = "t"\nkeys = [${JSON.stringify(key)}]\n`);

  it.each([".npmrc", ".netrc", "-", "_x", "a..b", `sha256:${"0f".repeat(32)}`, "k".repeat(253)])(
    "takes %j for a binding's key, as Kubernetes or buildpacks do",
    (key) => {
      expect(bindingWith(key).bindings).toMatchObject([{ keys: [key] }]);
    },
  );

  it.each([".", "..", "..data", "..2024_01_01", "a b", "", "a/b", "a,b", "a:x", "k".repeat(254)])(
    "takes %j for no binding's key",
    (key) => {
      expect(codesOf(() => bindingWith(key))).toEqual(["descriptor/declared-name"]);
    },
  );

  it("keeps the bytes of a value", () => {
    const { buildEnv } = read('[[io.buildpacks.build.env]]\nname = "A"\nvalue = "\\r\\n\\t$x\\u0001"\n');
    expect(buildEnv[0]?.value).toBe("\r\n\t$x\u0001");
  });

  it("says nothing of tables that are the author's own", () => {
    expect(read("[com.heroku]\nx = 1\n[_.metadata]\ny = 2\n[io.other]\nz = 3\n").warnings).toEqual([]);
  });

  it("warns of each key that means nothing, wherever it stands", () => {
    const { warnings } = read(`nme = "x"\n[io.buildpacks]\nexlude = []\n${group('id = "a"\nscrip = 1')}`);
    expect(warnings.map(({ location, hint }) => [location?.keyPath, hint])).toEqual([
      ["_.nme", "Did you mean `name`?"],
      ["io.buildpacks.exlude", "Did you mean `exclude`?"],
      ["io.buildpacks.group[0].scrip", "Did you mean `script`?"],
    ]);
  });

  it.each(["project", "build", "buildpacks"])("warns of the table %s of schema 0.1", (table) => {
    expect(read(`[${table}]\n`).warnings.map(({ code }) => code)).toEqual(["descriptor/other-schema-table"]);
  });
});

describe("a descriptor without a schema version", () => {
  it("is read as 0.1, with a warning", () => {
    const { builder, warnings } = read('[build]\nbuilder = "b"\n', "");
    expect(builder).toEqual({ reference: "b", keyPath: "build.builder" });
    expect(warnings.map(({ code }) => code)).toEqual(["descriptor/schema-missing"]);
  });

  it("is told that its 0.2 tables have no effect", () => {
    expect(read('[io.buildpacks]\nbuilder = "b"\n', "").warnings.map(({ code }) => code)).toEqual([
      "descriptor/schema-missing",
      "descriptor/other-schema-table",
    ]);
  });

  it("gets no warning where it says that it is 0.1", () => {
    expect(read('[project]\nid = "x"\n', '[_]\nschema-version = "0.1"\n')).toMatchObject({
      id: "x",
      warnings: [],
    });
  });
});

describe("a descriptor of schema 0.3", () => {
  it("says in which execution environments an entry takes part; an older one does not", () => {
    const lines =
      '[[io.buildpacks.group]]\nid = "a"\nexec-env = ["test"]\n[[io.buildpacks.build.env]]\nname = "A"\nvalue = ""\nexec-env = ["*"]\n';
    const { group, buildEnv } = read(lines, '[_]\nschema-version = "0.3"\n');
    expect([group[0]?.execEnv, buildEnv[0]?.execEnv]).toEqual([["test"], ["*"]]);
    const older = read(lines);
    expect(older.group[0]).not.toHaveProperty("execEnv");
    expect(older.warnings.map(({ location }) => location?.keyPath)).toEqual([
      "io.buildpacks.group[0].exec-env",
      "io.buildpacks.build.env[0].exec-env",
    ]);
  });
});

describe("what cannot be read", () => {
  it("is placed by line and column where it is no TOML", () => {
    const [fault] = faultsOf(() => read("a = \n"));
    expect(fault).toMatchObject({ code: "descriptor/toml-syntax", location: { line: 3 } });
    expect(fault?.message).not.toMatch(/at row|\n/);
  });

  it.each(["0.4", "1.0", "0.20", ""])("is a schema version %j", (version) => {
    expect(codesOf(() => read("", `[_]\nschema-version = "${version}"\n`))).toEqual([
      "descriptor/schema-unsupported",
    ]);
  });

  it("is a schema version that is a number", () => {
    expect(codesOf(() => read("", "[_]\nschema-version = 0.2\n"))).toEqual(["descriptor/wrong-type"]);
  });

  it("is told all at once", () => {
    expect(
      codesOf(() =>
        read(`[io.buildpacks]\ninclude = []\nexclude = []\n${group('version = "1"')}[[_.licenses]]\n`),
      ),
    ).toEqual(["descriptor/license-empty", "descriptor/buildpack-unnamed", "descriptor/include-and-exclude"]);
  });

  it.each([
    ['include = "src"', "io.buildpacks.include", 'a list, but is the string "src"'],
    ["include = [1]", "io.buildpacks.include[0]", "a string, but is the number 1"],
    ["builder = 2020-01-01T00:00:00Z", "io.buildpacks.builder", "a string, but is a date"],
    ["group = {}", "io.buildpacks.group", "a list, but is a table"],
  ])("is %s, and the message says what it should be", (line, keyPath, says) => {
    expect(faultsOf(() => read(`[io.buildpacks]\n${line}\n`))).toMatchObject([
      { code: "descriptor/wrong-type", message: `${keyPath} must be ${says}.`, location: { keyPath } },
    ]);
  });
});

describe("an unknown key", () => {
  it.each(["constructor", "toString", "__proto__"])("is warned of, though every object has a %s", (key) => {
    const keyPaths: (string | undefined)[] = [];
    const text = `[_]\nschema-version = "0.2"\n[io.buildpacks]\n${key} = "x"\n`;
    readDescriptor({ file: "project.toml", text }, ({ location }) => keyPaths.push(location?.keyPath));
    expect(keyPaths).toEqual([`io.buildpacks.${key}`]);
  });
});

describe("a list where a table is meant", () => {
  it.each([
    ["[[io.buildpacks.pre]]\nid = 'a'\n", "io.buildpacks.pre"],
    ["[[io.buildpacks.build]]\nname = 'A'\n", "io.buildpacks.build"],
    ["[[io.buildpacks]]\n", "io.buildpacks"],
    [`${group("id = 'a'")}[[io.buildpacks.group.script]]\ninline = 'x'\n`, "io.buildpacks.group[0].script"],
  ])("is refused: %j", (lines, keyPath) => {
    expect(faultsOf(() => read(lines))).toEqual([
      expect.objectContaining({
        code: "descriptor/wrong-type",
        message: `${keyPath} must be a table, but is a list.`,
      }),
    ]);
  });
});

describe("a checkout with Windows line ends", () => {
  it("says the same as any other", () => {
    const lines = `[_]\nschema-version = "0.2"\n${group("id = 'a/b'")}script.api = "0.10"\nscript.inline = """\nx\ny\n"""\n`;
    expect(read(lines.replaceAll("\n", "\r\n"), "")).toEqual(read(lines, ""));
  });
});

describe("an inline buildpack's name", () => {
  const inline = (entry: string) => group(`${entry}\nscript.api = "0.10"\nscript.inline = "x"`);
  it.each([
    'id = ".."',
    'id = "a\\u0000b"',
    'id = "a"\nversion = "../../../etc"',
    `id = "${"x".repeat(256)}"`,
  ])("cannot be %j", (entry) => {
    expect(codesOf(() => read(inline(entry)))).toEqual(["descriptor/buildpack-name"]);
  });
});
