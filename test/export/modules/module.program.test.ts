import { execFileSync } from "node:child_process";
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { CompileError, type Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import { copyModule } from "../../../src/export/modules/module.ts";
import { parsePlatform } from "../../../src/image/platform.ts";
import { type OddEntry, oddTar, type PackageImage, pack, writeLayout } from "../../helpers/archives.ts";
import { zerosArchive } from "../../helpers/bombs.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { oddNames } from "../../helpers/odd-names.ts";
import { chownTree, listTree, modeAt, writeTree } from "../trees.ts";

const toml = '[buildpack]\nid = "acme/tool"\nversion = "1.2"\n';
const inside = "cnb/buildpacks/acme_tool/1.2";

/** A checkout of a buildpack as it may lie about: odd modes, odd owner, times of today. */
function checkout(): string {
  const directory = temporaryDirectory();
  writeTree(directory, {
    "buildpack.toml": toml,
    "bin/build": "b",
    "bin/detect": "d",
    "lib/x.sh": "x",
    "empty/": "",
  });
  chmodSync(join(directory, "lib/x.sh"), 0o710);
  chmodSync(join(directory, "lib"), 0o2775);
  chmodSync(join(directory, "buildpack.toml"), 0o664);
  symlinkSync("../lib/x.sh", join(directory, "bin/link"));
  symlinkSync("/etc/passwd", join(directory, "lib/away"));
  chownTree(directory, "1234:1234");
  return directory;
}

/** What pack makes of it. */
const expectedTree = [
  ["bin", "755"],
  ["bin/build", "755"],
  ["bin/detect", "755"],
  ["bin/link", "→ ../lib/x.sh"],
  ["buildpack.toml", "644"],
  ["empty", "755"],
  ["lib", "755"],
  ["lib/away", "→ /etc/passwd"],
  ["lib/x.sh", "755"],
];

interface Call {
  readonly kind?: "buildpack" | "extension";
  readonly from: string;
  readonly isImage?: boolean;
  readonly expected?: readonly string[];
  readonly platform?: string;
}

async function run({ kind = "buildpack", from, ...call }: Call) {
  const { isImage = false, expected = ["acme/tool@1.2"], platform } = call;
  const to = join(temporaryDirectory(), "out");
  const warnings: Diagnostic[] = [];
  const parsed = platform === undefined ? undefined : parsePlatform(platform);
  const totals = await copyModule(
    {
      kind,
      from,
      isImage,
      to,
      expected: expected.map((name) => {
        const [id = "", version = ""] = name.split("@");
        return { id, version };
      }),
      ...(parsed === undefined ? {} : { platform: parsed }),
    },
    (warning) => warnings.push(warning),
  );
  return { to, warnings, totals };
}

/** Names with modes or targets, below the module. */
function shown(to: string, below = inside): [string, string][] {
  const root = join(to, below);
  return listTree(root).map((line) => {
    const [name = "", target] = line.replace(/\/$/, "").split(" → ");
    return [name, target === undefined ? modeAt(join(root, name)) : `→ ${target}`];
  });
}

async function fault(call: Call): Promise<Diagnostic | undefined> {
  const error: unknown = await run(call).catch((thrown) => thrown);
  if (!(error instanceof CompileError)) throw error;
  return error.diagnostics[0];
}

function fileOf(bytes: Buffer): string {
  const file = join(temporaryDirectory(), "module.tar");
  writeFileSync(file, bytes);
  return file;
}

const oddFile = (...entries: OddEntry[]) =>
  fileOf(oddTar({ name: "buildpack.toml", content: toml }, ...entries));

describe("a module comes out the same", () => {
  const forms: [string, (directory: string) => string][] = [
    ["from a directory", (directory) => directory],
    ["from a tar", (directory) => pack(directory, `${temporaryDirectory()}/a.tar`)],
    ["from a gzipped tar", (directory) => pack(directory, `${temporaryDirectory()}/a.tgz`, "-z")],
    ["from a pax archive", (directory) => pack(directory, `${temporaryDirectory()}/a.tar`, "--format=pax")],
    ["from a v7 archive", (directory) => pack(directory, `${temporaryDirectory()}/a.tar`, "--format=v7")],
    [
      "from an archive whose names have no ./ and no directories",
      (directory) => {
        const file = `${temporaryDirectory()}/a.tar`;
        const names = [
          "bin/build",
          "bin/detect",
          "bin/link",
          "buildpack.toml",
          "empty",
          "lib/away",
          "lib/x.sh",
        ];
        execFileSync("tar", ["-C", directory, "-cf", file, ...names]);
        return file;
      },
    ],
    [
      "from a link to its directory",
      (directory) => {
        const link = join(temporaryDirectory(), "link");
        symlinkSync(directory, link);
        return link;
      },
    ],
  ];

  it.each(forms)("%s", async (_, form) => {
    const { to, totals, warnings } = await run({ from: form(checkout()) });
    expect(shown(to)).toEqual(expectedTree);
    expect(totals).toEqual({ files: 6, sizeBytes: 3 + toml.length });
    expect(warnings).toEqual([]);
    for (const name of readdirSync(to, { recursive: true, encoding: "utf8" })) {
      const { uid, gid, mtimeMs } = lstatSync(join(to, name));
      expect([name, uid, gid, mtimeMs]).toEqual([name, 0, 0, 315532801000]);
    }
  });

  it("whatever the umask", async () => {
    const before = process.umask(0o077);
    try {
      const { to } = await run({ from: pack(checkout(), `${temporaryDirectory()}/a.tar`) });
      expect([modeAt(join(to, "cnb/buildpacks")), modeAt(join(to, inside, "lib"))]).toEqual(["755", "755"]);
    } finally {
      process.umask(before);
    }
  });
});

describe("an archive", () => {
  it("keeps hard links, long names and names beyond ASCII", async () => {
    const directory = checkout();
    const long = `${"d".repeat(90)}/${"e".repeat(90)}/${"é".repeat(60)}`;
    writeTree(directory, { [long]: "long" });
    linkSync(join(directory, "bin/build"), join(directory, "bin/same"));
    for (const format of ["gnu", "pax"]) {
      const { to } = await run({
        from: pack(directory, `${temporaryDirectory()}/a.tar`, `--format=${format}`),
      });
      expect(readFileSync(join(to, inside, long), "utf8")).toBe("long");
      const [one, other] = ["bin/build", "bin/same"].map((name) => statSync(join(to, inside, name)).ino);
      expect(one).toBe(other);
    }
  });

  it("may have a file twice; the last one counts", async () => {
    const from = oddFile({ name: "a", content: "1" }, { name: "./a", content: "2" });
    const { to, totals } = await run({ from });
    expect([readFileSync(join(to, inside, "a"), "utf8"), totals.files]).toEqual(["2", 2]);
  });

  it("takes a leading slash for its own root", async () => {
    const { to } = await run({ from: oddFile({ name: "/bin/build", content: "b" }) });
    expect(modeAt(join(to, inside, "bin/build"))).toBe("755");
  });

  it("is read though it is larger than memory shall be", async () => {
    const directory = checkout();
    execFileSync("truncate", ["-s", "64M", join(directory, "big")]);
    const { to } = await run({ from: pack(directory, `${temporaryDirectory()}/a.tgz`, "-z") });
    expect(statSync(join(to, inside, "big")).size).toBe(64 << 20);
  });

  it("loses its devices and FIFOs, with a warning", async () => {
    const directory = checkout();
    execFileSync("mkfifo", [join(directory, "pipe")]);
    execFileSync("mknod", [join(directory, "null"), "c", "1", "3"]);
    for (const from of [directory, pack(directory, `${temporaryDirectory()}/a.tar`)]) {
      const { to, warnings } = await run({ from });
      expect(shown(to)).toEqual(expectedTree);
      expect(warnings.map(({ code }) => code)).toEqual(["export/left-out", "export/left-out"]);
    }
  });
});

describe("nothing is written outside of the module", () => {
  const cases: [string, OddEntry[], string][] = [
    ["by ..", [{ name: "../../../../x", content: "!" }], "points outside the archive"],
    ["by .. inside a name", [{ name: "a/../../x", content: "!" }], "points outside the archive"],
    ["by .. after a slash", [{ name: "/../x", content: "!" }], ""],
    [
      "through a link to a directory",
      [
        { name: "out", kind: "symlink", link: "OUTSIDE" },
        { name: "out/x", content: "!" },
      ],
      "both a directory and something else",
    ],
    [
      "through a link that a directory entry follows",
      [
        { name: "out", kind: "symlink", link: "OUTSIDE" },
        { name: "out/", kind: "directory", mode: 0o777 },
        { name: "out/x", content: "!" },
      ],
      "both a directory and something else",
    ],
    [
      "through a link of a file's own name",
      [
        { name: "x", kind: "symlink", link: "OUTSIDE/x" },
        { name: "x", content: "!" },
      ],
      "",
    ],
    [
      "by a hard link to a file outside",
      [{ name: "x", kind: "hardlink", link: "../../secret" }],
      "points outside the archive",
    ],
    [
      "by a hard link to an absolute name",
      [{ name: "x", kind: "hardlink", link: "OUTSIDE/secret" }],
      "not an earlier file",
    ],
    [
      "by a hard link through a link",
      [
        { name: "out", kind: "symlink", link: "OUTSIDE" },
        { name: "x", kind: "hardlink", link: "out/secret" },
      ],
      "both a directory and something else",
    ],
    [
      "by a hard link to a link",
      [
        { name: "out", kind: "symlink", link: "OUTSIDE/secret" },
        { name: "x", kind: "hardlink", link: "out" },
      ],
      "not an earlier file",
    ],
    [
      "by a directory where a file is",
      [{ name: "buildpack.toml/x", content: "!" }],
      "both a directory and something else",
    ],
    [
      "by a file where a directory is",
      [
        { name: "a/b", content: "" },
        { name: "a", content: "!" },
      ],
      "both a directory and something else",
    ],
  ];

  it.each(cases)("%s", async (_, entries, reason) => {
    const outside = temporaryDirectory();
    writeFileSync(join(outside, "secret"), "s", { mode: 0o600 });
    const link = (text: string | undefined) => text?.replace("OUTSIDE", outside) ?? "";
    const from = oddFile(...entries.map((entry) => ({ ...entry, link: link(entry.link) })));
    if (reason === "") await run({ from });
    else expect((await fault({ from }))?.message).toContain(reason);
    expect(listTree(outside)).toEqual(["secret"]);
    expect([modeAt(join(outside, "secret")), statSync(join(outside, "secret")).nlink]).toEqual(["600", 1]);
  });
});

describe("a buildpackage", () => {
  const layer = (name: string, content: string) =>
    oddTar(
      { name: "/cnb", kind: "directory", mode: 0o755 },
      { name: "/cnb/buildpacks", kind: "directory", mode: 0o755 },
      { name: `/cnb/buildpacks/${name}`, kind: "directory", mode: 0o700 },
      { name: `/cnb/buildpacks/${name}/buildpack.toml`, content },
      { name: `/cnb/buildpacks/${name}/tool`, mode: 0o4711, content },
      { name: `/cnb/buildpacks/${name}/bin/build`, mode: 0o600, content },
    );
  const image = (platform: string, more: Partial<PackageImage> = {}): PackageImage => ({
    platform,
    modules: { "acme/tool": { "1.2": {} }, "acme/lib": { "3": {} } },
    layers: [layer("acme_tool/1.2", `tool ${platform}`), layer("acme_lib/3", `lib ${platform}`)],
    ...more,
  });
  const cnb = (images: readonly PackageImage[], nested?: boolean) => {
    const directory = temporaryDirectory();
    writeLayout(directory, images, nested);
    return pack(directory, `${temporaryDirectory()}/package.cnb`);
  };
  const expected = ["acme/tool@1.2", "acme/lib@3"];

  it("holds buildpacks whatever they are called", async () => {
    const modules = Object.fromEntries(oddNames.map((name) => [name, Object.fromEntries([[name, {}]])]));
    const layers = oddNames.map((name) => layer(`${name}/${name}`, name));
    const from = cnb([image("linux/amd64", { modules, layers })]);
    const { to } = await run({ from, expected: oddNames.map((name) => `${name}@${name}`) });
    expect(readdirSync(join(to, "cnb/buildpacks")).sort()).toEqual([...oddNames].sort());
  });

  it.each([true, false])("keeps the permissions of its layers (gzipped: %s)", async (gzipped) => {
    const { to } = await run({ from: cnb([image("linux/amd64", { gzipped })]), expected });
    expect(shown(to, "cnb/buildpacks")).toEqual([
      ["acme_lib", "755"],
      ["acme_lib/3", "700"],
      ["acme_lib/3/bin", "755"],
      ["acme_lib/3/bin/build", "600"],
      ["acme_lib/3/buildpack.toml", "644"],
      ["acme_lib/3/tool", "711"],
      ["acme_tool", "755"],
      ["acme_tool/1.2", "700"],
      ["acme_tool/1.2/bin", "755"],
      ["acme_tool/1.2/bin/build", "600"],
      ["acme_tool/1.2/buildpack.toml", "644"],
      ["acme_tool/1.2/tool", "711"],
    ]);
  });

  it("may have all its modules in one layer", async () => {
    const both = Buffer.concat([layer("acme_tool/1.2", "t").subarray(0, -1024), layer("acme_lib/3", "l")]);
    const { to } = await run({ from: cnb([image("linux/amd64", { layers: [both] })]), expected });
    expect(readdirSync(join(to, "cnb/buildpacks")).sort()).toEqual(["acme_lib", "acme_tool"]);
  });

  it.each([false, true])("has an image for each platform (index in the index: %s)", async (nested) => {
    const from = cnb([image("linux/amd64"), image("linux/arm64")], nested);
    for (const platform of ["linux/amd64", "linux/arm64"]) {
      const { to } = await run({ from, expected, platform });
      expect(readFileSync(join(to, inside, "tool"), "utf8")).toBe(`tool ${platform}`);
    }
    expect(await fault({ from, expected, platform: "linux/s390x" })).toMatchObject({
      code: "export/module-platform",
      message: `${from} has no image for linux/s390x, only for linux/amd64, linux/arm64.`,
    });
    expect((await fault({ from, expected }))?.hint).toBe("Choose one with --platform.");
  });

  it("with one image serves every platform, as with pack", async () => {
    const { to } = await run({ from: cnb([image("linux/amd64")]), expected, platform: "linux/arm64" });
    expect(readFileSync(join(to, inside, "tool"), "utf8")).toBe("tool linux/amd64");
  });

  it("has to hold the modules that it held", async () => {
    const from = cnb([image("linux/amd64")]);
    expect(await fault({ from, expected: ["acme/tool@1.2"] })).toMatchObject({
      code: "export/module-changed",
      message: `${from} contains acme/lib@3, acme/tool@1.2, but contained acme/tool@1.2 when the Dockerfile was generated.`,
    });
  });

  it.each<[string, Partial<PackageImage>, string]>([
    ["a label", {}, "it has no label io.buildpacks.buildpack.layers"],
    [
      "a module's files",
      { layers: [layer("acme_tool/1.2", "t")] },
      "it has no cnb/buildpacks/acme_lib/3/buildpack.toml",
    ],
    [
      "no files of others",
      { layers: [oddTar({ name: "/etc/passwd", content: "x" })] },
      'its layer has "etc/passwd", which belongs to no buildpack',
    ],
    [
      "directories that are no links",
      { layers: [oddTar({ name: "/cnb/buildpacks/acme_tool", kind: "symlink", link: "/" })] },
      'its layer has "cnb/buildpacks/acme_tool", which belongs to no buildpack',
    ],
  ])("has to have %s", async (what, more, reason) => {
    const { modules, ...bare } = image("linux/amd64");
    const from = cnb([what === "a label" ? bare : { ...bare, ...(modules && { modules }), ...more }]);
    const diagnostic = await fault({ from, expected });
    expect(diagnostic).toMatchObject({ code: "export/module-unusable" });
    expect(diagnostic?.message).toContain(reason);
  });
});

describe("a module whose programs Linux cannot start is refused by name:", () => {
  const windows = { "bin/detect": "#!/bin/sh\r\n", "bin/build": "#!/bin/sh\r\n" };
  const files = (programs: Readonly<Record<string, string>>, below = "") =>
    Object.fromEntries(
      Object.entries({ "buildpack.toml": toml, ...programs }).map(([name, text]) => [
        `${below}${name}`,
        text,
      ]),
    );
  const tree = (made: Readonly<Record<string, string>>) => {
    const directory = temporaryDirectory();
    writeTree(directory, made);
    return directory;
  };
  const packed = (made: Readonly<Record<string, string>>) =>
    pack(tree(made), join(temporaryDirectory(), "module.tgz"), "-z");
  const cnb = (made: Readonly<Record<string, string>>) => {
    const directory = temporaryDirectory();
    const entries = Object.entries(made).map(([name, content]) => ({ name, content }));
    const modules = { "acme/tool": { "1.2": {} } };
    writeLayout(directory, [{ platform: "linux/amd64", modules, layers: [oddTar(...entries)] }]);
    return pack(directory, join(temporaryDirectory(), "package.cnb"));
  };
  const forms: [string, (programs: Readonly<Record<string, string>>) => Call][] = [
    ["a directory", (programs) => ({ from: tree(files(programs)) })],
    ["an archive", (programs) => ({ from: packed(files(programs)) })],
    ["a buildpackage's file", (programs) => ({ from: cnb(files(programs, `${inside}/`)) })],
    ["a buildpackage's image", (programs) => ({ from: tree(files(programs, `${inside}/`)), isImage: true })],
  ];

  it.each(forms)("%s", async (_, call) => {
    expect(await fault(call(windows))).toMatchObject({
      code: "export/module-line-ends",
      message: expect.stringContaining("The first line of bin/detect in acme/tool@1.2 ends in"),
    });
    expect(await fault(call({ "linux/amd64/bin/detect": "" }))).toMatchObject({
      code: "export/module-unusable",
      message: expect.stringContaining("its programs are in linux/amd64/bin"),
    });
    await run(call({ "bin/detect": "#!/bin/sh\n", "linux/amd64/bin/detect": "" }));
  });
});

describe("a buildpackage's image", () => {
  const plain: Record<string, string> = {
    "cnb/buildpacks/acme_tool/1.2/buildpack.toml": toml,
    "cnb/buildpacks/acme_tool/1.2/bin/build": "b",
    "cnb/buildpacks/acme_lib/3/buildpack.toml": toml,
    "cnb/buildpacks/acme_other/1/buildpack.toml": toml,
    "etc/passwd": "root",
  };
  const root = (change: (root: string) => void = () => {}): string => {
    const directory = temporaryDirectory();
    writeTree(directory, plain);
    change(directory);
    return directory;
  };
  const expected = ["acme/tool@1.2", "acme/lib@3"];

  it("gives the modules that its label names, root's, with their permissions and of 1980", async () => {
    const from = root((made) => {
      chmodSync(join(made, inside, "bin"), 0o700);
      chownTree(made, "1001:1000");
    });
    const { to, totals, warnings } = await run({ from, isImage: true, expected });
    expect(listTree(to)).toEqual([
      ...["cnb/", "cnb/buildpacks/", "cnb/buildpacks/acme_lib/", "cnb/buildpacks/acme_lib/3/"],
      ...[
        "cnb/buildpacks/acme_lib/3/buildpack.toml",
        "cnb/buildpacks/acme_tool/",
        `${inside}/`,
        `${inside}/bin/`,
      ],
      ...[`${inside}/bin/build`, `${inside}/buildpack.toml`],
    ]);
    expect([modeAt(join(to, inside, "bin")), modeAt(join(to, inside, "bin/build"))]).toEqual(["700", "644"]);
    expect([totals.files, warnings]).toEqual([3, []]);
    for (const path of listTree(to)) {
      const { uid, gid, mtimeMs } = lstatSync(join(to, path));
      expect([path, uid, gid, mtimeMs]).toEqual([path, 0, 0, 315532801000]);
    }
  });

  it.each<readonly [string, (root: string) => void, string]>([
    [
      "a module",
      (made) => rmSync(join(made, inside), { recursive: true }),
      `it has no ${inside}/buildpack.toml`,
    ],
    [
      "a module that is no link",
      (made) => {
        rmSync(join(made, inside), { recursive: true });
        symlinkSync("../acme_lib/3", join(made, inside));
      },
      `its ${inside} is a symbolic link, not a directory`,
    ],
    [
      "directories that are no links",
      (made) => {
        rmSync(join(made, "cnb"), { recursive: true });
        symlinkSync("/etc", join(made, "cnb"));
      },
      "its cnb is a symbolic link, not a directory",
    ],
    [
      "a buildpack.toml that is a file",
      (made) => {
        rmSync(join(made, inside, "buildpack.toml"));
        symlinkSync("/etc/passwd", join(made, inside, "buildpack.toml"));
      },
      `it has no ${inside}/buildpack.toml`,
    ],
  ])("has to have %s", async (_, change, reason) => {
    const diagnostic = await fault({ from: root(change), isImage: true, expected });
    expect(diagnostic).toMatchObject({ code: "export/module-unusable" });
    expect(diagnostic?.message).toContain(reason);
  });
});

describe("nothing of a module makes who runs it another user, in whatever form it comes:", () => {
  /** A module whose program would run as root, by its mode and by its capabilities. */
  const privileged = (): string => {
    const directory = checkout();
    for (const [name, mode] of [
      ["tool", 0o4755],
      ["group-tool", 0o2755],
      ["both", 0o6777],
    ] as const) {
      writeFileSync(join(directory, name), "program");
      chmodSync(join(directory, name), mode);
    }
    mkdirSync(join(directory, "shared"));
    chmodSync(join(directory, "shared"), 0o7777);
    // cap_setuid=ep, as the kernel keeps it.
    const capability = "0x0100000280000000000000000000000000000000";
    execFileSync("python3", [
      "-c",
      "import os,sys; os.setxattr(sys.argv[1], 'security.capability', bytes.fromhex(sys.argv[2][2:]))",
      ...[join(directory, "bin/build"), capability],
    ]);
    return directory;
  };
  const tarOf = (directory: string, ...words: string[]) =>
    pack(directory, `${temporaryDirectory()}/a.tar`, "--xattrs", "--xattrs-include=*", ...words);
  const inBuildpackage = (directory: string): string => {
    const root = temporaryDirectory();
    mkdirSync(join(root, "cnb/buildpacks/acme_tool"), { recursive: true });
    execFileSync("cp", ["-a", directory, join(root, inside)]);
    return root;
  };
  const cnb = (directory: string): string => {
    const layer = readFileSync(
      pack(inBuildpackage(directory), `${temporaryDirectory()}/layer.tar`, "--xattrs", "--xattrs-include=*"),
    );
    const layout = temporaryDirectory();
    writeLayout(layout, [
      { platform: "linux/amd64", modules: { "acme/tool": { "1.2": {} } }, layers: [layer] },
    ]);
    return pack(layout, `${temporaryDirectory()}/package.cnb`);
  };

  it.each<readonly [string, (directory: string) => Call]>([
    ["a directory", (directory) => ({ from: directory })],
    ["a tar", (directory) => ({ from: tarOf(directory) })],
    ["a gzipped tar", (directory) => ({ from: tarOf(directory, "-z") })],
    ["a .cnb", (directory) => ({ from: cnb(directory) })],
    ["a buildpackage's image", (directory) => ({ from: inBuildpackage(directory), isImage: true })],
  ])("%s", async (_, form) => {
    const { to } = await run(form(privileged()));
    const privilegedEntries = execFileSync("find", [to, "-perm", "/7000"], { encoding: "utf8" });
    expect(privilegedEntries).toBe("");
    const foreign = execFileSync("find", [to, "(", "-not", "-uid", "0", "-o", "-not", "-gid", "0", ")"]);
    expect(foreign.toString()).toBe("");
    const attributes = execFileSync("python3", [
      "-c",
      "import os,sys\nfor d,ds,fs in os.walk(sys.argv[1]):\n for n in ds+fs: print(*os.listxattr(os.path.join(d,n),follow_symlinks=False),end='')",
      to,
    ]);
    expect(attributes.toString()).toBe("");
    expect(readFileSync(join(to, inside, "tool"), "utf8")).toBe("program");
  });
});

describe("an image extension comes out the same", () => {
  const text = '[extension]\nid = "acme/fonts"\nversion = "1.0"\n';
  const place = "cnb/extensions/acme_fonts/1.0";
  const source = () => {
    const directory = temporaryDirectory();
    writeTree(directory, {
      "extension.toml": text,
      "bin/detect": "d",
      "bin/generate": "g",
      "generate/note": "n",
    });
    return directory;
  };
  const call = { kind: "extension", expected: ["acme/fonts@1.0"] } as const;
  const packed = () => {
    const directory = temporaryDirectory();
    const layer = oddTar(
      { name: `${place}/extension.toml`, content: text },
      ...["detect", "generate"].map((name) => ({ name: `${place}/bin/${name}`, mode: 0o755 })),
      { name: `${place}/generate/note` },
    );
    const modules = { "acme/fonts": { "1.0": {} } };
    writeLayout(directory, [{ kind: "extension", platform: "linux/amd64", modules, layers: [layer] }]);
    return pack(directory, join(temporaryDirectory(), "fonts.cnb"));
  };

  it.each<[string, () => string, boolean]>([
    ["from a directory", source, false],
    ["from an archive", () => pack(source(), join(temporaryDirectory(), "a.tgz"), "-z"), false],
    ["from a package's file", packed, false],
    [
      "from a package's image",
      () => {
        const root = temporaryDirectory();
        execFileSync("cp", ["-a", source(), join(root, "x")]);
        mkdirSync(join(root, "cnb/extensions/acme_fonts"), { recursive: true });
        execFileSync("mv", [join(root, "x"), join(root, place)]);
        for (const name of ["detect", "generate"]) chmodSync(join(root, place, "bin", name), 0o755);
        return root;
      },
      true,
    ],
  ])("%s", async (_, make, isImage) => {
    const { to } = await run({ ...call, from: make(), isImage });
    expect(shown(to, place)).toEqual([
      ...[
        ["bin", "755"],
        ["bin/detect", "755"],
        ["bin/generate", "755"],
        ["extension.toml", "644"],
      ],
      ...[
        ["generate", "755"],
        ["generate/note", "644"],
      ],
    ]);
  });

  it("and is told apart from a buildpack", async () => {
    const { message } = (await fault({ ...call, from: checkout() })) ?? {};
    expect(message).toContain("is not a usable image extension: it has no extension.toml.");
    expect((await fault({ ...call, from: oddFile() }))?.message).toContain("it is a buildpack");
  });
});

describe("what cannot be a module is told apart:", () => {
  const empty = temporaryFile("");
  const cases: [string, () => string, string][] = [
    ["a directory without buildpack.toml", () => temporaryDirectory(), "it has no buildpack.toml"],
    ["an empty file", empty, "it is an empty file"],
    ["a text", temporaryFile("<html>".repeat(200)), "it is not a tar archive"],
    ["a short text", temporaryFile("not found"), "it is not a tar archive"],
    ["a zip file", temporaryFile("PK\x03\x04xxxxxxx"), "it is a zip file"],
    ["an empty tar", () => fileOf(Buffer.alloc(10240)), "it is empty"],
    [
      "a tar that is cut off",
      () => fileOf(oddTar({ name: "a", content: "x".repeat(600) }).subarray(0, 700)),
      "it is damaged",
    ],
    [
      "a gzip that is cut off",
      () => fileOf(gzipSync(oddTar({ name: "buildpack.toml", content: toml })).subarray(0, 60)),
      "unexpected end of file",
    ],
    [
      "a header with a wrong sum",
      () => fileOf(withFlippedBit(oddTar({ name: "a" }))),
      "it is not a tar archive",
    ],
    [
      "an archive with a directory around it",
      () => fileOf(oddTar({ name: "tool-1.2/buildpack.toml", content: toml })),
      "but one in tool-1.2/",
    ],
    ["an image extension", () => fileOf(oddTar({ name: "extension.toml" })), "it is an image extension"],
    [
      "a buildpack.toml in latin1",
      () => fileOf(oddTar({ name: "buildpack.toml" }, { name: "caf\xe9" })),
      "is not UTF-8",
    ],
    [
      "a buildpack.toml of 2 MB",
      () => fileOf(oddTar({ name: "buildpack.toml", content: "#".repeat(2 << 20) })),
      "larger than 1048576 bytes",
    ],
  ];

  it.each<[string, () => string, string]>([
    [
      "3 MB that become 3 GB",
      () => fileOf(zerosArchive(oddTar({ name: "buildpack.toml", content: toml }), "zeros", 3 * 2 ** 30)),
      "it unpacks to more than 100 times its size",
    ],
    [
      "3 GB in a layer of 3 MB",
      () => {
        const directory = temporaryDirectory();
        const layer = zerosArchive(
          oddTar({ name: `${inside}/buildpack.toml`, content: toml }),
          `${inside}/z`,
          3 * 2 ** 30,
        );
        const modules = { "acme/tool": { "1.2": {} } };
        writeLayout(directory, [{ platform: "linux/amd64", modules, layers: [layer], gzipped: false }]);
        // Packed already, and said to be.
        for (const file of readdirSync(join(directory, "blobs/sha256"))) {
          const path = join(directory, "blobs/sha256", file);
          if (statSync(path).size < 10_000) {
            writeFileSync(path, readFileSync(path, "utf8").replaceAll('layer.v1.tar"', 'layer.v1.tar+gzip"'));
          }
        }
        return pack(directory, join(temporaryDirectory(), "bomb.cnb"));
      },
      "it unpacks to more than 100 times its size",
    ],
  ])("and so is what becomes too much: %s", async (_, make, reason) => {
    const diagnostic = await fault({ from: make() });
    expect(diagnostic?.code).toBe("export/module-unusable");
    expect(diagnostic?.message).toContain(`${reason}; a directory in the project or an image`);
  });

  it.each(cases)("%s", async (_, make, reason) => {
    const from = make();
    const diagnostic = await fault({ from });
    expect(diagnostic).toMatchObject({ code: "export/module-unusable", location: { file: from } });
    expect(diagnostic?.message).toContain(reason);
  });

  it("nothing at all", async () => {
    const from = join(temporaryDirectory(), "buildpacks/tool");
    expect(await fault({ from })).toMatchObject({ code: "export/module-missing" });
  });

  it.each(["directory", "archive"])("another buildpack in the %s", async (form) => {
    const directory = checkout();
    writeFileSync(join(directory, "buildpack.toml"), toml.replace("1.2", "1.3"));
    const from = form === "archive" ? pack(directory, `${temporaryDirectory()}/a.tar`) : directory;
    expect(await fault({ from })).toMatchObject({
      code: "export/module-changed",
      message: `${from} contains acme/tool@1.3, but contained acme/tool@1.2 when the Dockerfile was generated.`,
    });
  });

  it.each(["directory", "archive"])("a buildpack.toml without version in the %s", async (form) => {
    const directory = checkout();
    writeFileSync(join(directory, "buildpack.toml"), '[buildpack]\nid = "x"');
    const from = form === "archive" ? pack(directory, `${temporaryDirectory()}/a.tar`) : directory;
    expect(await fault({ from })).toMatchObject({ code: "export/invalid-file" });
  });

  it("a buildpack.toml that is a directory", async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, "buildpack.toml"));
    expect(await fault({ from: directory })).toMatchObject({ code: "export/module-unusable" });
  });
});

function temporaryFile(content: string): () => string {
  return () => fileOf(Buffer.from(content, "latin1"));
}

function withFlippedBit(bytes: Buffer): Buffer {
  bytes[1] = 0x7f;
  return bytes;
}
