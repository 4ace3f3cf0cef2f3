import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { platformApiBuilder, platformApis } from "../../lab/images.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { addMoves, renamingInPlaceLines, renamingSteps } from "../caching/renaming-app.ts";
import { configOf, frontendBuild, predictedDigests } from "../frontend-steps.ts";
import { readImage } from "../image-reading.ts";
import { differencesFromPack, packBuild } from "./pack-comparison.ts";

const platform = "linux/amd64";
const fixtures = join(import.meta.dirname, "..", "..", "fixtures", "apps");
let lab: Lab;
let parent: string;
const run = Date.now();

beforeAll(async () => {
  lab = await startLab();
  parent = mkdtempSync(join(tmpdir(), "cnb-dockerfile-compare-"));
});
afterAll(async () => {
  rmSync(parent, { recursive: true, force: true });
  await lab.close();
});

interface App {
  readonly title: string;
  /** Folder of `test/fixtures/apps` that it begins with. */
  readonly fixture?: string;
  readonly files?: Readonly<Record<string, string>>;
  /** Lines of project.toml behind `[io.buildpacks]`. */
  readonly lines?: string;
  /** Puts more into its directory. */
  readonly prepare?: (directory: string) => Promise<void>;
  /** What is changed before each further build. Absent: there is but one. */
  readonly changes?: readonly Readonly<Record<string, string>>[];
  /** How the image is started: arguments for its entrypoint's place, `launcher` and a process. */
  readonly start?: readonly string[];
}

const group = (...ids: readonly string[]) =>
  ids.map((id) => `\n[[io.buildpacks.group]]\nid = "${id}"\n`).join("");
const script = (list: string, id: string, text: string) => `
[[io.buildpacks.${list}.group]]
id = "${id}"
[io.buildpacks.${list}.group.script]
api = "0.10"
inline = """
${text}
"""
`;

/** Its buildpack keeps a layer without contents from the second build on. */
const keepingApp = { files: { "app.txt": "app\n", "tool.version": "1" }, lines: group("lab/keep") };

const apps: App[] = [
  { title: "a Procfile", fixture: "procfile" },
  { title: "slices", fixture: "static-slices" },
  {
    title: "exec.d and profile.d",
    files: { "app.txt": "app\n" },
    lines: group("lab/exec-d"),
    start: ["launcher", "print-env"],
  },
  {
    title: "a buildpack with clear-env",
    files: { "app.txt": "app\n" },
    lines: `${group("lab/clear-env")}\n[[io.buildpacks.build.env]]\nname = "LAB_USER_VALUE"\nvalue = "from the user"\n`,
  },
  {
    title: "inline scripts before and behind",
    fixture: "procfile",
    lines:
      script(
        "pre",
        "example/before",
        'mkdir -p "$1/a"; echo a >"$1/a/a"; echo "types.launch = true" >"$1/a.toml"',
      ) + script("post", "example/behind", "true"),
  },
  {
    title: "store.toml, built twice",
    files: { "app.txt": "app\n" },
    lines: group("lab/store"),
    changes: [{ "app.txt": "changed\n" }],
  },
  {
    title: "a Node app with a lockfile, built twice",
    fixture: "node-web",
    changes: [{ "server.js": "console.log('changed');\n" }],
  },
  {
    title: "a layer that is kept from the previous image",
    ...keepingApp,
    changes: [{ "app.txt": "changed\n" }],
    start: ["launcher", "tell"],
  },
  {
    title: "directories that are renamed, and a layer that is no longer wanted, built three times",
    ...{ files: renamingSteps[0] ?? {}, prepare: addMoves },
    lines: renamingInPlaceLines,
    changes: renamingSteps.slice(1),
  },
  {
    title: "dates and times in a layer's metadata",
    files: { "app.txt": "app\n", Procfile: "web: cat app.txt\n" },
    lines: `${script(
      "pre",
      "example/dates",
      `mkdir "$1/dates" && cat >"$1/dates.toml" <<'TOML'
types.launch = true
[metadata]
date = 1979-05-27
local = 1979-05-27T07:32:00.500
time = 07:32:15.000015
zone = 1979-05-27T00:32:00.999999-07:00
half = 1979-05-27 00:32:00+05:30
utc = [1979-05-27T07:32:00.1234567899Z, 1979-05-27T07:32:00-00:00, 1979-05-27]
TOML`,
    )}${group("lab/procfile")}`,
  },
  { title: "a bill of materials in each format", files: { "app.txt": "app\n" }, lines: group("lab/sboms") },
  {
    title: "odd files: setuid, links, long and foreign names",
    files: { "app.txt": "app\n" },
    lines: group("lab/odd-files"),
  },
];

/** Modes of the app's directory and of a layer's own, as a buildpack leaves them. */
function modesApp(mode: string, slices = ""): App {
  const text = `chmod ${mode} . && mkdir -m ${mode} "$1/own" && echo "types.launch = true" >"$1/own.toml"`;
  return {
    title: `directories that a buildpack gave the mode ${mode}${slices === "" ? "" : ", and slices"}`,
    files: { "app.txt": "app\n", "static/a.txt": "a\n", Procfile: "web: cat app.txt\n" },
    lines: `${script("pre", "example/modes", `${text}${slices}`)}${group("lab/procfile")}`,
  };
}
const slices = `\nprintf '[[slices]]\\npaths = [\\"static\\"]\\n' >"$1/launch.toml"`;

apps.push(...["700", "1777", "2775"].map((mode) => modesApp(mode)), modesApp("2770", slices), {
  title: "a source whose modes are kept",
  files: { "app.txt": "app\n", "shared/a": "a\n", closed: "c\n", "odd/b": "b\n", tool: "t\n" },
  lines: `${group("lab/procfile")}\n[io.github.cnb-dockerfile]\nkeep-modes = true\n`,
  prepare: async (directory) => {
    write(directory, { Procfile: "web: cat app.txt\n" });
    const modes = { "app.txt": 0o664, "shared/a": 0o600, closed: 0o400, "odd/b": 0o511, tool: 0o6775 };
    for (const [path, mode] of Object.entries({ ...modes, shared: 0o2777, odd: 0o1770 })) {
      chmodSync(join(directory, path), mode);
    }
  },
});

function makeApp({ fixture, files = {}, lines = "" }: App, builder: string, name: string): string {
  const directory = mkdtempSync(join(parent, "app-"));
  if (fixture !== undefined) cpSync(join(fixtures, fixture), directory, { recursive: true });
  writeFileSync(
    join(directory, "project.toml"),
    `# syntax=${inject("toolImage")}\n[_]\nschema-version = "0.2"\nid = "${name}"\n\n[io.buildpacks]\nbuilder = "${builder}"\n${lines}`,
  );
  write(directory, files);
  return directory;
}

function write(directory: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
}

async function ourBuild(directory: string, name: string, previous: string): Promise<void> {
  const words = ["--file=project.toml", `--build-arg=CNB_PREVIOUS_IMAGE=${previous}`];
  await frontendBuild(lab, { context: directory, platforms: [platform], name, words });
}

/** Builds an app with both, and again after each change, and compares the two images each time. Out: their names. */
async function compareBoth(
  app: App,
  builder: string,
  tag: string,
): Promise<{ readonly pack: string; readonly ours: string }> {
  // Names that no earlier run has left an image under: pack takes one that it finds for the previous one.
  const pack = `${lab.registry}/e2e/compare-pack:${tag}-${run}`;
  const ours = `${lab.registry}/e2e/compare-ours:${tag}-${run}`;
  const directory = makeApp(app, builder, `com.example.compare-${tag}-${run}`);
  await app.prepare?.(directory);
  const build = async () => {
    await Promise.all([packBuild(lab, directory, pack), ourBuild(directory, ours, ours)]);
    expect(await differencesFromPack(lab, { pack, ours, platform })).toEqual([]);
  };
  await build();
  for (const files of app.changes ?? []) {
    write(directory, files);
    await build();
  }
  return { pack, ours };
}

describe("pack and we make the same image, but for what is permitted, of", () => {
  it.each(apps.map((app, index) => ({ ...app, tag: `app-${index}` })))("$title", async (app) => {
    const { pack, ours } = await compareBoth(app, lab.images.builder, app.tag);
    if (app.start === undefined) return;
    const [entrypoint = "launcher", ...args] = app.start;
    const [a, b] = await Promise.all(
      [pack, ours].map((name) => lab.execute(name, platform, { entrypoint, args })),
    );
    expect(b).toEqual(a);
  });
});

it("our build keeps a layer of an image that pack made, and its label has the digest that the layer has here", async () => {
  const pack = `${lab.registry}/e2e/compare-pack:kept-${run}`;
  const ours = `${lab.registry}/e2e/compare-ours:kept-${run}`;
  const directory = makeApp({ title: "kept", ...keepingApp }, lab.images.builder, `com.example.kept-${run}`);
  await packBuild(lab, directory, pack);
  write(directory, { "app.txt": "changed\n" });
  await ourBuild(directory, ours, pack);
  const config = await configOf(lab, ours, platform);
  const predicted = predictedDigests(config);
  expect(config.rootfs.diff_ids.slice(-predicted.length)).toEqual(predicted);
  const [theirs, own] = await Promise.all([readImage(lab, pack, platform), readImage(lab, ours, platform)]);
  const kept = ({ files }: typeof own) => [...files].filter(([path]) => path.startsWith("/layers/lab_keep/"));
  expect(kept(own).length).toBeGreaterThan(4);
  expect(kept(own)).toEqual(kept(theirs));
  expect((await lab.execute(ours, platform)).stdout).toBe("app\n");
});

describe.each(platformApis)("at Platform API %s", (api) => {
  it("pack and we make the same image, but for what is permitted", async () => {
    const app = { title: api, files: { "app.txt": "app\n", Procfile: "web: cat app.txt\n" } };
    await compareBoth(app, platformApiBuilder(lab.registry, api), `api-${api}`);
  });
});
