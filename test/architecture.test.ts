import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, it } from "vitest";

interface Allowed {
  /** Rooms, or files of the root, that a room may import. */
  readonly rooms: readonly string[];
  /** Rooms of which it may import types only. */
  readonly types?: readonly string[];
  /** Packages, Node's own included. */
  readonly packages: readonly string[];
}

/** What knows of nothing in the product: every room may import it. */
const everybodys: readonly string[] = ["src/present.ts"];

/** Who may import whom. docs/design/code.md shows the same table; change both. */
const table: Readonly<Record<string, Allowed>> = {
  "src/diagnostics": { rooms: [], packages: ["node:util"] },
  "src/image": { rooms: ["src/diagnostics"], packages: ["node:crypto", "node:net", "valibot"] },
  "src/toml": { rooms: [], packages: ["@iarna/toml", "smol-toml"] },
  "src/options": {
    rooms: ["src/diagnostics", "src/image", "src/sbom", "src/scan", "src/version.ts"],
    packages: [],
  },
  "src/descriptor": {
    rooms: ["src/diagnostics", "src/image", "src/toml", "src/options"],
    packages: ["@iarna/toml", "toml-eslint-parser", "valibot"],
  },
  "src/builder": {
    rooms: ["src/diagnostics", "src/image", "src/contract", "src/options"],
    packages: ["valibot"],
  },
  "src/modules": {
    rooms: ["src/diagnostics", "src/image", "src/toml", "src/contract", "src/descriptor", "src/builder"],
    packages: ["semver", "valibot"],
  },
  "src/plan": {
    rooms: ["src/diagnostics", "src/image", "src/toml", "src/contract", "src/options"],
    types: ["src/descriptor", "src/builder", "src/modules", "src/sbom", "src/scan"],
    packages: ["node:crypto"],
  },
  "src/stages": { rooms: ["src/contract", "src/options"], types: ["src/toml", "src/plan"], packages: [] },
  "src/dockerfile": {
    rooms: [
      "src/diagnostics",
      "src/image",
      "src/toml",
      "src/contract",
      "src/options",
      "src/stages",
      "src/package",
    ],
    types: ["src/plan"],
    packages: ["dockerfile-ast", "handlebars", "node:fs", "node:path", "valibot"],
  },
  "src/compile.ts": {
    rooms: [
      "src/diagnostics",
      "src/image",
      "src/descriptor",
      "src/builder",
      "src/modules",
      "src/plan",
      "src/stages",
      "src/dockerfile",
      "src/compile-detected.ts",
    ],
    packages: [],
  },
  "src/compile-detected.ts": {
    rooms: ["src/diagnostics", "src/image", "src/contract", "src/builder", "src/plan", "src/dockerfile"],
    packages: [],
  },
  "src/version.ts": { rooms: [], packages: [] },
  "src/present.ts": { rooms: [], packages: [] },
  "src/package": {
    rooms: ["src/diagnostics", "src/private", "src/version.ts"],
    packages: ["node:crypto", "node:fs", "node:path"],
  },
  "src/sbom": {
    rooms: ["src/diagnostics", "src/version.ts"],
    packages: ["node:crypto", "valibot"],
  },
  "src/scan": { rooms: ["src/diagnostics"], packages: ["node:util", "valibot"] },
  "src/compile-options.ts": {
    rooms: ["src/options", "src/version.ts"],
    types: ["src/plan"],
    packages: [],
  },
  "src/index.ts": {
    rooms: ["src/compile.ts", "src/compile-options.ts", "src/version.ts", "src/diagnostics", "src/image"],
    types: ["src/modules"],
    packages: [],
  },
  "src/files": {
    rooms: ["src/diagnostics", "src/descriptor"],
    packages: ["node:crypto", "node:fs", "node:path"],
  },
  "src/contract": { rooms: ["src/diagnostics", "src/image", "src/toml"], packages: ["valibot"] },
  "src/layer": { rooms: ["src/contract"], packages: ["node:crypto", "node:fs"] },
  "src/archive": {
    rooms: ["src/diagnostics", "src/image", "src/files", "src/layer", "src/contract"],
    types: ["src/modules"],
    packages: [
      ...["modern-tar", "valibot", "yauzl"],
      ...["node:fs", "node:path", "node:stream", "node:util", "node:zlib"],
    ],
  },
  "src/export": {
    rooms: [
      "src/contract",
      "src/layer",
      "src/archive",
      "src/diagnostics",
      "src/image",
      "src/toml",
      "src/options",
      "src/sbom",
      "src/scan",
    ],
    packages: [
      ...["re2js", "valibot"],
      ...["node:child_process", "node:crypto", "node:fs", "node:os", "node:path", "node:stream", "node:util"],
    ],
  },
  "src/private": {
    rooms: ["src/diagnostics"],
    packages: ["node:crypto", "node:fs", "node:os", "node:path"],
  },
  "src/registry": {
    rooms: ["src/diagnostics", "src/image", "src/files", "src/private"],
    packages: [
      "valibot",
      ...[
        "node:child_process",
        "node:crypto",
        "node:fs",
        "node:http",
        "node:https",
        "node:net",
        "node:os",
        "node:path",
      ],
      ...["node:stream", "node:timers", "node:tls", "node:zlib"],
    ],
  },
  "src/rebase": {
    rooms: ["src/diagnostics", "src/image", "src/builder", "src/contract"],
    types: ["src/registry"],
    packages: ["node:crypto", "valibot"],
  },
  "src/private-buildkit": {
    rooms: ["src/diagnostics", "src/options", "src/private", "src/registry", "src/archive"],
    packages: [
      ...["execa", "valibot"],
      ...["node:child_process", "node:crypto", "node:fs", "node:http2", "node:net", "node:os", "node:path"],
      ...["node:stream", "node:timers"],
    ],
  },
  "src/engines": {
    rooms: [
      ...["src/diagnostics", "src/image", "src/files", "src/private", "src/registry", "src/private-buildkit"],
    ],
    types: ["src/options"],
    packages: [
      ...["csv-parse", "execa", "valibot"],
      ...[
        "node:child_process",
        "node:crypto",
        "node:fs",
        "node:os",
        "node:path",
        "node:readline",
        "node:stream",
      ],
    ],
  },
  "src/overview": {
    rooms: ["src/diagnostics", "src/image", "src/modules", "src/stages", "src/dockerfile"],
    types: ["src/compile.ts", "src/plan", "src/contract"],
    packages: ["@dagrejs/dagre", "node:util"],
  },
  // No package that starts a program.
  "src/git": { rooms: [], packages: ["node:crypto", "node:fs", "node:path", "node:zlib"] },
  "src/build": {
    rooms: [
      ...[
        "src/diagnostics",
        "src/image",
        "src/contract",
        "src/options",
        "src/descriptor",
        "src/modules",
        "src/plan",
      ],
      ...[
        "src/stages",
        "src/dockerfile",
        "src/sbom",
        "src/scan",
        "src/files",
        "src/private",
        "src/git",
        "src/registry",
      ],
      ...["src/archive", "src/private-buildkit", "src/engines", "src/package", "src/version.ts"],
    ],
    packages: [
      ...["modern-tar", "valibot"],
      ...["node:child_process", "node:crypto", "node:fs", "node:os", "node:path", "node:stream"],
    ],
  },
  "src/cli": {
    rooms: [
      ...["src/version.ts", "src/diagnostics", "src/image", "src/options", "src/descriptor", "src/modules"],
      ...[
        "src/plan",
        "src/stages",
        "src/dockerfile",
        "src/compile.ts",
        "src/scan",
        "src/files",
        "src/private",
      ],
      ...["src/git", "src/registry", "src/archive", "src/engines", "src/private-buildkit", "src/build"],
      ...["src/overview", "src/rebase", "src/package"],
    ],
    packages: [
      ...["commander", "diff", "execa", "valibot", "yaml"],
      ...[
        "node:crypto",
        "node:fs",
        "node:module",
        "node:os",
        "node:path",
        "node:process",
        "node:stream",
        "node:tls",
        "node:url",
        "node:zlib",
      ],
    ],
  },
  frontend: {
    rooms: [
      ...["src/version.ts", "src/diagnostics", "src/image", "src/options", "src/descriptor", "src/builder"],
      ...[
        "src/modules",
        "src/plan",
        "src/toml",
        "src/stages",
        "src/dockerfile",
        "src/compile.ts",
        "src/sbom",
        "src/scan",
        "src/contract",
      ],
    ],
    packages: [
      ...["@bufbuild/protobuf", "@connectrpc/connect", "@connectrpc/connect-node", "valibot"],
      ...["node:crypto", "node:events", "node:fs", "node:http2", "node:path", "node:process", "node:stream"],
    ],
  },
};

interface Import {
  /** A file of ours, or a package without a path inside of it. */
  readonly target: string;
  readonly typeOnly: boolean;
}

/** Texts of our source files by path: `src/plan/plan.ts`. */
type Sources = ReadonlyMap<string, string>;

/** Imports, re-exports and dynamic imports of a file. */
function importsOf(file: string, text: string): Import[] {
  const statements =
    /^(?:import|export)\s+(?<type>type\s)?(?:(?<names>[^;"']*?)\s*from\s*)?"(?<static>[^"]+)"|\bimport\(\s*"(?<dynamic>[^"]+)"/gm;
  return Array.from(text.matchAll(statements), ({ groups = {} }) => {
    const specifier = groups.static ?? groups.dynamic ?? "";
    const names = /^\{(?<list>[\s\S]*)\}$/.exec(groups.names ?? "")?.groups?.list?.split(",") ?? [""];
    const listed = names.map((name) => name.trim()).filter((name) => name !== "");
    return {
      target: specifier.startsWith(".")
        ? posix.join(posix.dirname(file), specifier)
        : (/^(?:node:|@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier),
      typeOnly:
        groups.type !== undefined || (listed.length > 0 && listed.every((name) => name.startsWith("type "))),
    };
  });
}

/** Row of the table that a file belongs to: its room, or itself where it lies in the root. */
function rowOf(file: string): string {
  const [top = "", room = "", ...rest] = file.split("/");
  return top === "frontend" ? top : rest.length === 0 ? file : `${top}/${room}`;
}

/** Imports that the table does not allow, as `file → target`. */
function forbiddenImports(sources: Sources): string[] {
  return [...sources].flatMap(([file, text]) => {
    const row = rowOf(file);
    const { rooms, types = [], packages } = table[row] ?? { rooms: [], packages: [] };
    return importsOf(file, text)
      .filter(({ target, typeOnly }) => {
        const own = sources.has(target) || /^(src|frontend)\//.test(target);
        const place = own ? rowOf(target) : target;
        if (own && place === row) return false;
        const allowed = own ? [...rooms, ...everybodys, ...(typeOnly ? types : [])] : packages;
        return !allowed.includes(place);
      })
      .map(({ target, typeOnly }) => `${file} → ${target}${typeOnly ? " (type)" : ""}`);
  });
}

/** Circles of imports, those that types close included, as `a → b → a`; each once. */
function cycles(sources: Sources): string[] {
  const found = new Set<string>();
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) found.add([...path.slice(path.indexOf(file)), file].join(" → "));
    if (path.includes(file) || done.has(file)) return;
    for (const { target } of importsOf(file, sources.get(file) ?? "")) {
      if (sources.has(target)) visit(target, [...path, file]);
    }
    done.add(file);
  };
  for (const file of sources.keys()) visit(file, []);
  return [...found];
}

/** Whether a file asks this process for its variables, its arguments or its terminal. */
function looksAround(text: string): boolean {
  return /\bprocess\.(?:env|argv|stdin|stdout|stderr)\b|"node:process"/.test(text);
}

/** In: folders beside each other. */
function readSources(tops: readonly string[] = ["src", "frontend"]): Sources {
  const root = posix.join(import.meta.dirname, "..");
  const files = tops.flatMap((top) =>
    readdirSync(posix.join(root, top), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"))
      .map((file) => `${top}/${file}`),
  );
  return new Map(files.map((file) => [file, readFileSync(posix.join(root, file), "utf8")]));
}

describe("our source files", () => {
  it("import only what the table allows", () => {
    expect(forbiddenImports(readSources())).toEqual([]);
  });

  it("of what a release is made by are no tests", () => {
    const rooms = { "own-images": ["src"], release: ["src", "own-images"] };
    const wrong = Object.entries(rooms).flatMap(([room, allowed]) =>
      [...readSources([room])].flatMap(([file, text]) =>
        importsOf(file, text)
          .filter(({ target }) => target.endsWith(".ts"))
          .filter(({ target }) => ![room, ...allowed].some((one) => target.startsWith(`${one}/`)))
          .map(({ target }) => `${file} → ${target}`),
      ),
    );
    expect(wrong).toEqual([]);
  });

  it("import each other in no circle, types included", () => {
    expect(cycles(readSources())).toEqual([]);
  });

  it("keep the program that runs inside the build to itself, but for what the contract says", () => {
    const importers = [...readSources()]
      .filter(([file]) => !file.startsWith("src/export/"))
      .filter(([file, text]) => importsOf(file, text).some(({ target }) => target.startsWith("src/export/")))
      .map(([file]) => file);
    expect(importers).toEqual([]);
  });

  it("of the room build know nothing of this process that they are not told", () => {
    const room = [...readSources()].filter(([file]) => rowOf(file) === "src/build");
    expect(room.length).toBeGreaterThan(50);
    expect(room.filter(([, text]) => looksAround(text)).map(([file]) => file)).toEqual([]);
  });

  it("have private members that are private at run time, too: `#name`", () => {
    const members = [...readSources()].flatMap(([file, text]) =>
      Array.from(text.matchAll(/^\s+private (?!constructor\b).*$/gm), ([line]) => `${file}: ${line.trim()}`),
    );
    expect(members).toEqual([]);
  });

  it("lose no key of an object that others made: valibot's own `record` does (src/image/record.ts)", () => {
    const files = [...readSources()].filter(([, text]) =>
      /\bv\.record\(|\brecord\b[^"']*from "valibot"/.test(text),
    );
    // The list of programs is ours, and that room imports no image.
    expect(files.map(([file]) => file)).toEqual(["src/private-buildkit/programs/program-list.ts"]);
  });

  it("all belong to a row of the table", () => {
    expect([...readSources().keys()].filter((file) => table[rowOf(file)] === undefined)).toEqual([]);
  });
});

describe("a planted mistake is found:", () => {
  const planted = (file: string, text: string) => forbiddenImports(new Map([[file, text]]));

  it.each([
    ["a pass's function", 'import { readBuilder } from "../builder/builder.ts";'],
    ["a function among types", 'import {\n  type Order,\n  readBuilder,\n} from "../builder/builder.ts";'],
    ["a room further down", 'import type { EmittedFiles } from "../dockerfile/write/emit.ts";'],
    ["a package of another room", 'import { execa } from "execa";'],
    ["a package's inner file", 'import parse from "@iarna/toml/parse-string.js";'],
    ["a dynamic import", 'const { execa } = await import("execa");'],
    ["a re-export", 'export { compile } from "../compile.ts";'],
    ["an import for its effects", 'import "node:fs";'],
  ])("%s in src/plan", (_, text) => {
    expect(planted("src/plan/x.ts", text)).toHaveLength(1);
  });

  it.each(["const { PATH } = process.env;", 'import { stdin } from "node:process";'])(
    "a look around: %s",
    (text) => {
      expect(looksAround(text)).toBe(true);
    },
  );

  it("though the types of the pass before, and what is the room's own, are fine", () => {
    const text =
      'import { type Order } from "../builder/builder.ts";\nimport { atLeast } from "./platform-api.ts";';
    expect(planted("src/plan/x.ts", text)).toEqual([]);
  });

  it.each(["import", "import type"])("a circle that an `%s` closes", (statement) => {
    const circle = (last: string) =>
      cycles(
        new Map([
          ["src/plan/a.ts", 'import { b } from "./b.ts";'],
          ["src/plan/b.ts", 'import { c } from "./c.ts";'],
          ["src/plan/c.ts", last],
        ]),
      );
    expect(circle(`${statement} { a } from "./a.ts";`)).toEqual([
      "src/plan/a.ts → src/plan/b.ts → src/plan/c.ts → src/plan/a.ts",
    ]);
  });
});
