import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { limits, maxLaunchLayers } from "../../../src/export/limits.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { chownTree, listTree, writeTree } from "../trees.ts";

/** The bundle starts in a twentieth of the time that the sources take. */
const program = join(import.meta.dirname, "../../../dist/export.mjs");

const build = {
  "layers/group.toml":
    '[[group]]\nid = "acme/evil"\nversion = "1"\n[[group]]\nid = "acme/good"\nversion = "1"\n',
  "layers/config/metadata.toml": '[[processes]]\ntype = "web"\ncommand = ["x"]\ndirect = true\n',
  "layers/acme_evil/tool.toml": "[types]\nlaunch = true\ncache = true\n",
  "layers/acme_evil/tool/file": "tool",
  "layers/acme_evil/store.toml": "[metadata]\nk = 1\n",
  "layers/sbom/launch/acme_evil/tool/sbom.cdx.json": "{}",
  "layers/sbom/cache/acme_evil/tool/sbom.cdx.json": "{}",
  "workspace/app.js": "app",
  "workspace/sub/x": "x",
  "cnb/lifecycle/launcher": "launcher",
  "cnb/lifecycle/launcher.sbom.cdx.json": "{}",
  "cnb/lifecycle/launcher.sbom.spdx.json": "{}",
  "cnb/lifecycle/launcher.sbom.syft.json": "{}",
  "secret/shadow": "root:secret",
  "secret/sbom.cdx.json": "secret",
};

/** A build, and what the buildpack did to it. */
function hostile(change: (root: string) => void): string {
  const root = temporaryDirectory();
  writeTree(root, build);
  chownTree(join(root, "layers"), "1001:1000");
  chownTree(join(root, "workspace"), "1001:1000");
  change(root);
  return root;
}

interface Outcome {
  readonly status: number | null;
  readonly stderr: string;
  readonly output: string;
  readonly cache: string;
}

/** As it runs in the build. A run that waits for ever is ended. */
function run(root: string, part?: string, flags: readonly string[] = []): Outcome {
  const output = join(temporaryDirectory(), "image");
  const cache = temporaryDirectory();
  const words = [
    ...["export", `--root=${root}`, "--layers=/layers", "--app=/workspace", "--lifecycle=/cnb/lifecycle"],
    ...["--user=1001:1000", `--output=${output}`, `--cache=${cache}`, "--platform-api=0.15"],
    ...["--launch-slots=10", "--app-slots=4", ...flags],
  ];
  const { status, stderr } = spawnSync(process.execPath, [program, ...words], {
    ...{ encoding: "utf8", timeout: 20_000 },
    env: { ...process.env, ...(part === undefined ? {} : { CNB_DOCKERFILE_ASSEMBLE: part }) },
  });
  return { status, stderr, output, cache };
}

const at = (root: string, path: string) => join(root, "layers", path);
const link = (path: string, target: string) => (root: string) => {
  rmSync(at(root, path), { recursive: true, force: true });
  symlinkSync(target.replace("ROOT", root), at(root, path));
};
const fifo = (path: string) => (root: string) => {
  rmSync(at(root, path), { recursive: true, force: true });
  execFileSync("mkfifo", [at(root, path)]);
};
const directory = (path: string) => (root: string) => {
  rmSync(at(root, path), { recursive: true, force: true });
  mkdirSync(at(root, path));
};

/** Everything below a directory that need not be there; unlike node's own way, no link is followed. */
function filesIn(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return execFileSync("find", [directory], { encoding: "utf8" }).trimEnd().split("\n");
}

type Case = readonly [
  what: string,
  change: (root: string) => void,
  path: string,
  buildpack: string | undefined,
];

const odd: readonly Case[] = [
  [
    "a buildpack's directory is a link",
    link("acme_evil", "ROOT/secret"),
    "acme_evil is a symbolic link",
    "acme/evil",
  ],
  [
    "a buildpack's directory is a link to another's",
    link("acme_good", "acme_evil"),
    "acme_good is a sym",
    "acme/good",
  ],
  ["a buildpack's directory is a FIFO", fifo("acme_good"), "acme_good is a FIFO", "acme/good"],
  [
    "a layer's metadata is a link",
    link("acme_evil/tool.toml", "/proc/self/environ"),
    "tool.toml is a sym",
    "acme/evil",
  ],
  ["a layer's metadata is a FIFO", fifo("acme_evil/tool.toml"), "acme_evil/tool.toml is a FIFO", "acme/evil"],
  ["a layer's metadata is a directory", directory("acme_evil/tool.toml"), "tool.toml is a dir", "acme/evil"],
  [
    "store.toml is a link",
    link("acme_evil/store.toml", "ROOT/secret/shadow"),
    "store.toml is a sym",
    "acme/evil",
  ],
  ["store.toml is a FIFO", fifo("acme_evil/store.toml"), "store.toml is a FIFO", "acme/evil"],
  [
    "metadata.toml is a link",
    link("config/metadata.toml", "/proc/self/environ"),
    "config/metadata.toml is a sym",
    undefined,
  ],
  ["metadata.toml is a FIFO", fifo("config/metadata.toml"), "config/metadata.toml is a FIFO", undefined],
  [
    "the launch configuration is a link",
    link("config", "ROOT/secret"),
    "layers/config is a symbolic link",
    undefined,
  ],
  [
    "group.toml is a link",
    link("group.toml", "/proc/self/environ"),
    "group.toml is a symbolic link",
    undefined,
  ],
  ["group.toml is a FIFO", fifo("group.toml"), "group.toml is a FIFO", undefined],
  ["the SBOMs are elsewhere", link("sbom", "ROOT/secret"), "layers/sbom is a symbolic link", undefined],
  [
    "the launch SBOMs are elsewhere",
    link("sbom/launch", "ROOT/secret"),
    "sbom/launch is a symbolic link",
    undefined,
  ],
  ["the launch SBOMs are a FIFO", fifo("sbom/launch"), "sbom/launch is a FIFO", undefined],
  [
    "the place of the launcher's SBOMs is a link",
    (root) => symlinkSync(join(root, "secret"), at(root, "sbom/launch/buildpacksio_lifecycle")),
    "sbom/launch/buildpacksio_lifecycle is a symbolic link",
    undefined,
  ],
];

describe("root follows nothing that a buildpack left, where", () => {
  it.each(odd)("%s", (_, change, path, buildpack) => {
    const root = hostile(change);
    const before = listTree(join(root, "secret"));
    const { status, stderr, output } = run(root);
    expect([status, stderr.split(":", 1)[0]]).toEqual([1, "error[export/odd-entry]"]);
    expect(stderr).toContain(path);
    expect(stderr).not.toMatch(/^\s+at /m);
    if (buildpack !== undefined) expect(stderr).toContain(`Buildpack ${buildpack} left it.`);
    expect(listTree(join(root, "secret"))).toEqual(before);
    expect(filesIn(output).join("\n")).not.toContain("shadow");
  });

  it("analyzed.toml is a link, which only whoever assembles the image reads", () => {
    const root = hostile(link("analyzed.toml", "/proc/self/environ"));
    const { status, stderr } = run(root, "image");
    expect([status, stderr.split(":", 1)[0]]).toEqual([1, "error[export/odd-entry]"]);
  });

  it("the SBOMs of cached layers are elsewhere: the image is made, the old cache stays", () => {
    const root = hostile(link("sbom/cache", "ROOT/secret"));
    const { status, stderr, cache } = run(root);
    expect(status).toBe(0);
    expect(stderr).toContain("warning[export/cache-failed]");
    expect(listTree(join(cache, "committed"))).toEqual([]);
  });
});

describe("links in layers and app stay links, where", () => {
  it.each([
    ["a layer's directory is one, which is no layer then", "layers/acme_evil/tool", 1],
    ["a directory in a layer is one", "layers/acme_evil/tool/file", 0],
    ["a directory of the app is one", "workspace/sub", 0],
    ["a file of the app is one", "workspace/app.js", 0],
  ])("%s", (_, path, expected) => {
    const root = hostile((made) => {
      rmSync(join(made, path), { recursive: true });
      symlinkSync(join(made, "secret"), join(made, path));
    });
    const { status, output } = run(root);
    expect(status).toBe(expected);
    const files = filesIn(output);
    expect(files.filter((file) => file.includes("shadow"))).toEqual([]);
    const [copy] = files.filter((file) => file.endsWith(path));
    if (expected === 0) expect(lstatSync(copy ?? "").isSymbolicLink()).toBe(true);
  });

  it("one has the name of the launcher's bill of materials: it is replaced, not written through", () => {
    const inside = "sbom/launch/buildpacksio_lifecycle/launcher/sbom.cdx.json";
    const root = hostile((made) => {
      mkdirSync(join(at(made, inside), ".."), { recursive: true });
      symlinkSync(join(made, "secret/shadow"), at(made, inside));
    });
    const { status, output } = run(root);
    expect(status).toBe(0);
    expect(readFileSync(join(root, "secret/shadow"), "utf8")).toBe("root:secret");
    expect(lstatSync(join(output, "sbom/layers", inside)).isFile()).toBe(true);
  });

  it("a directory has the name of the launcher's bill of materials: it is replaced as well", () => {
    const inside = "sbom/launch/buildpacksio_lifecycle/launcher/sbom.cdx.json";
    const root = hostile((made) => mkdirSync(at(made, `${inside}/x`), { recursive: true }));
    const { status, output } = run(root);
    expect([status, lstatSync(join(output, "sbom/layers", inside)).isFile()]).toEqual([0, true]);
  });
});

describe("what is too much is told, and takes neither memory nor time:", () => {
  const sized = (path: string, sizeBytes: number) => (root: string) => {
    mkdirSync(join(at(root, path), ".."), { recursive: true });
    writeFileSync(at(root, path), "");
    truncateSync(at(root, path), sizeBytes);
  };
  const written = (path: string, text: string) => (root: string) => writeFileSync(at(root, path), text);
  const deep = (open: string, close: string) => `a = ${open.repeat(20_000)}1${close.repeat(20_000)}\n`;

  it.each<readonly [string, (root: string) => void, string]>([
    ["a huge layer's metadata", sized("acme_evil/tool.toml", 2 ** 31), "export/too-large"],
    ["a huge store.toml", sized("acme_evil/store.toml", 2 ** 31), "export/too-large"],
    ["a huge metadata.toml", sized("config/metadata.toml", 560e6), "export/too-large"],
    ["a huge group.toml", sized("group.toml", 560e6), "export/too-large"],
    ["deep arrays", written("acme_evil/store.toml", `[metadata]\n${deep("[", "]")}`), "export/invalid-file"],
    [
      "deep tables",
      written("acme_evil/store.toml", `[metadata]\n${deep("{b=", "}")}`),
      "export/invalid-file",
    ],
    [
      "a deep key",
      written("acme_evil/store.toml", `[metadata${".a".repeat(20_000)}]\nb = 1\n`),
      "export/invalid-file",
    ],
    ["deep arrays in metadata.toml", written("config/metadata.toml", deep("[", "]")), "export/invalid-file"],
    [
      "a layer's deep metadata",
      written("acme_evil/tool.toml", `[metadata]\n${deep("[", "]")}`),
      "export/malformed-layers",
    ],
    [
      "labels of several megabytes, from many files",
      (root) => {
        for (let index = 0; index < 6; index += 1) {
          const text = `[types]\nlaunch = true\n[metadata]\nv = "${"x".repeat(limits.metadataBytes / 5)}"\n`;
          writeFileSync(at(root, `acme_evil/l${index}.toml`), text);
          mkdirSync(at(root, `acme_evil/l${index}`));
        }
      },
      "export/too-large",
    ],
    [
      "more layers than an image can have",
      (root) => {
        for (let index = 0; index <= maxLaunchLayers; index += 1) {
          writeFileSync(at(root, `acme_evil/l${index}.toml`), "[types]\nlaunch = true\n");
          mkdirSync(at(root, `acme_evil/l${index}`));
        }
      },
      "export/too-many-layers",
    ],
  ])("%s", (_, change, code) => {
    const { status, stderr } = run(hostile(change));
    expect([status, stderr.split(":", 1)[0]]).toEqual([1, `error[${code}]`]);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stderr.length).toBeLessThan(2_000);
  });

  it("a hundred thousand descriptions of layers of no type are no layers", () => {
    const root = hostile((made) => {
      writeFileSync(at(made, "acme_evil/l.toml"), "");
      for (let index = 0; index < 100_000; index += 1) {
        linkSync(at(made, "acme_evil/l.toml"), at(made, `acme_evil/l${index}.toml`));
        if (index % 30_000 === 0) renewed(at(made, "acme_evil/l.toml"));
      }
    });
    const { status, stderr } = run(root);
    expect([status, stderr.split(":", 1)[0]]).toEqual([0, ""]);
  }, 60_000);

  it.each([70e6, 560e6])("a bill of materials of %i bytes, which is left out with a warning", (sizeBytes) => {
    const root = hostile((made) => {
      sized("sbom/launch/acme_evil/big/sbom.cdx.json", sizeBytes)(made);
      const cdx = {
        bomFormat: "CycloneDX",
        specVersion: "1.5",
        components: [{ type: "library", name: "lodash" }],
      };
      writeFileSync(at(made, "sbom/launch/acme_evil/tool/sbom.cdx.json"), JSON.stringify(cdx));
    });
    const { status, stderr, output } = run(root, "image", ["--sboms"]);
    expect(status).toBe(0);
    expect(stderr).toContain("warning[sbom/left-out]: acme_evil/big/sbom.cdx.json is left out");
    expect(readFileSync(join(output, "launch.cdx.json"), "utf8")).toContain("lodash");
  });

  it("bills of materials that are too much together, of which the first are taken", () => {
    const names = ["a", "b", "c", "d"];
    const root = hostile((made) => {
      for (const name of names) {
        sized(`sbom/launch/${name}/sbom.cdx.json`, limits.sbomBytes)(made);
      }
    });
    const { status, stderr } = run(root, "image", ["--sboms"]);
    expect(status).toBe(0);
    for (const name of ["c", "d"])
      expect(stderr).toContain(`${name}/sbom.cdx.json is left out of the SBOM: with`);
  });

  it("bills of materials that are links or FIFOs, which say nothing", () => {
    const root = hostile((made) => {
      link("sbom/launch/sbom.cdx.json", "ROOT/secret/sbom.cdx.json")(made);
      fifo("sbom/launch/sbom.spdx.json")(made);
    });
    const { status, stderr, output } = run(root, "image", ["--sboms"]);
    expect([status, stderr.includes("secret")]).toEqual([0, false]);
    expect(readdirSync(output).filter((name) => name.endsWith("dx.json"))).toEqual([]);
  });
});

/** Another file of that name: one has 65,000 names at most. */
function renewed(path: string): void {
  writeFileSync(`${path}.new`, "");
  renameSync(`${path}.new`, path);
}
