/**
 * `npm run compare -- COMMIT [COMMIT]`: builds ten apps with the program of two commits, by the frontend and by a generated
 * Dockerfile, and compares the digests of the images' indexes. For changes that are to change no image.
 */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process, { argv, execPath, stderr, stdout } from "node:process";
import { execa } from "execa";
import { addMoves, renamingLines } from "./e2e/caching/renaming-app.ts";
import type { Lab } from "./lab/lab.ts";
import { checkout } from "./lab/paths.ts";
import { startLab } from "./lab/start.ts";
import { copySampleApp } from "./workspace.ts";

const usage = `npm run compare -- BEFORE [AFTER]

Builds ten apps with the program of two commits and compares the images. AFTER is what is checked out unless you name another.
Ends with 1 where an image differs.
`;

/** A program as a commit has it, and its helper image in the lab's registry. */
interface Version {
  readonly title: string;
  readonly program: string;
  readonly image: string;
}

interface App {
  readonly name: string;
  /** Folder of `test/fixtures/apps`. */
  readonly fixture: string;
  /** Buildpacks of the builder, in place of what the fixture names. */
  readonly group?: readonly string[];
  /** Lines behind `[io.buildpacks]`, in place of those that the fixture has. */
  readonly lines?: string;
  readonly words?: readonly string[];
  readonly prepare?: (directory: string) => void | Promise<void>;
}

const apps: readonly App[] = [
  { name: "procfile", fixture: "procfile" },
  { name: "static-slices", fixture: "static-slices" },
  { name: "node-web", fixture: "node-web" },
  { name: "inline", fixture: "inline" },
  { name: "clear-env", fixture: "clear-env" },
  { name: "odd-files", fixture: "static-slices", group: ["lab/procfile", "lab/slices", "lab/odd-files"] },
  {
    name: "renames",
    fixture: "procfile",
    lines: renamingLines,
    prepare: async (directory) => {
      put(directory, { step: "1\n", "src/deep/a.txt": "a\n" });
      await addMoves(directory);
    },
  },
  {
    name: "local-buildpack",
    fixture: "procfile",
    lines: `
[[io.buildpacks.group]]
uri = "buildpack"

[[io.buildpacks.group]]
id = "lab/procfile"
`,
    prepare: (directory) => {
      const script = (lines: string) => `#!/bin/sh\nset -eu\n${lines}`;
      put(directory, {
        "buildpack/buildpack.toml":
          'api = "0.10"\n[buildpack]\nid = "example/local"\nversion = "1"\n[[targets]]\nos = "linux"\n',
        "buildpack/bin/detect": script(""),
        "buildpack/bin/build": script(
          `mkdir -p "$1/made/env.launch"\nprintf local >"$1/made/env.launch/MADE.default"\nprintf '[types]\\nlaunch = true\\n' >"$1/made.toml"\n`,
        ),
      });
      for (const name of ["detect", "build"]) chmodSync(join(directory, "buildpack/bin", name), 0o755);
    },
  },
  {
    name: "modes",
    fixture: "static-slices",
    words: ["--keep-modes", "--workspace-mode=0755"],
    prepare: (directory) => chmodSync(join(directory, "Procfile"), 0o664),
  },
  {
    name: "options",
    fixture: "procfile",
    words: ["--env=LAB_VALUE=one", "--process-type=web", "--exec-env=test"],
  },
];

/** Ways to the image: words that build it, after the app's own. */
const doors = ["frontend", "generated"] as const;

async function main(): Promise<number> {
  const [before, after, ...more] = argv.slice(2);
  if (before === undefined || before.startsWith("-") || more.length > 0) {
    stderr.write(usage);
    return 2;
  }
  const work = mkdtempSync(join(tmpdir(), "cnb-dockerfile-compare-"));
  const lab = await startLab();
  try {
    const versions = [await versionOf(lab, work, before), await versionOf(lab, work, after)];
    stdout.write(`${["app", "door", ...versions.map(({ title }) => title)].join("\t")}\n`);
    let differing = 0;
    for (const app of apps) {
      for (const door of doors) {
        const digests: string[] = [];
        for (const version of versions) digests.push(await digestOf(lab, version, app, door));
        const isSame = new Set(digests).size === 1;
        if (!isSame) differing += 1;
        stdout.write(`${[app.name, door, ...digests, isSame ? "equal" : "DIFFERENT"].join("\t")}\n`);
      }
    }
    stdout.write(`${apps.length * doors.length - differing} equal, ${differing} different\n`);
    return differing === 0 ? 0 : 1;
  } finally {
    await lab.close();
    await execa("git", ["worktree", "prune"], { cwd: checkout, reject: false });
    rmSync(work, { recursive: true, force: true });
  }
}

/** In: a commit; absent: what is checked out, with what is not committed. */
async function versionOf(lab: Lab, work: string, commit: string | undefined): Promise<Version> {
  const title = commit ?? "checked out";
  const directory = commit === undefined ? checkout : await checkOut(work, commit);
  const image = `${lab.registry}/compare/own:${title.replaceAll(/[^\w.]/g, "-")}`;
  stderr.write(`building the program and the helper image of ${title}\n`);
  await execa(
    execPath,
    ["tasks.mjs", "image", `--tag=${image}`, "--push", `--node-image=${lab.images.node}`],
    {
      cwd: directory,
      env: {
        BUILDKIT_HOST: lab.buildkitHost,
        PATH: `${dirname(lab.tools.buildctl)}:${process.env.PATH ?? ""}`,
      },
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  return { title, program: join(directory, "dist/main.js"), image };
}

/** Absolute path of a checkout of that commit, which goes with `work`. */
async function checkOut(work: string, commit: string): Promise<string> {
  const directory = mkdtempSync(join(work, "commit-"));
  await execa("git", ["worktree", "add", "--quiet", "--force", "--detach", directory, commit], {
    cwd: checkout,
  });
  return directory;
}

/** Digest of the index that a build makes, run as if nothing had been built before. */
async function digestOf(lab: Lab, version: Version, app: App, door: (typeof doors)[number]): Promise<string> {
  const { directory, remove } = copySampleApp(app.fixture);
  try {
    const id = `com.example.compare-${app.name}`;
    await app.prepare?.(directory);
    describe(lab, directory, app, id);
    const metadata = join(directory, "..", "metadata.json");
    const common = [
      ...["--platform=linux/amd64,linux/arm64", "--provenance=false", "--no-cache", "--progress=plain"],
      ...["--engine=buildkit", `--image=${version.image}`, `--metadata-file=${metadata}`],
      ...[`--tag=${lab.registry}/compare/${app.name}:${door}`, "--push"],
    ];
    const words = app.words ?? [];
    if (door === "frontend") {
      await run(lab, version, directory, ["build", ...common, ...words]);
    } else {
      const file = join(directory, "..", "Dockerfile");
      const text = await run(lab, version, directory, ["generate", ...words]);
      writeFileSync(file, text);
      await run(lab, version, directory, ["build", `--file=${file}`, ...common]);
    }
    const { "containerimage.digest": digest }: Record<string, string> = JSON.parse(
      readFileSync(metadata, "utf8"),
    );
    if (digest === undefined) throw new Error(`${app.name}: BuildKit named no digest`);
    return digest;
  } finally {
    remove();
  }
}

/** Names the builder, and the group in place of the fixture's. */
function describe(lab: Lab, directory: string, { group, lines }: App, id: string): void {
  const file = join(directory, "project.toml");
  const text = readFileSync(file, "utf8");
  const builder = `[io.buildpacks]\nbuilder = "${lab.images.builder}"\n`;
  const named = group?.map((name) => `\n[[io.buildpacks.group]]\nid = "${name}"\n`).join("");
  const more = lines ?? named;
  if (more !== undefined) {
    writeFileSync(file, `[_]\nschema-version = "0.2"\nid = "${id}"\n\n${builder}${more}`);
  } else if (text.includes("[io.buildpacks]\n")) {
    writeFileSync(file, text.replace("[io.buildpacks]\n", builder));
  } else {
    // A table can be opened behind those that lie in it.
    writeFileSync(file, `${text}\n${builder}`);
  }
}

function put(directory: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
}

/** Throws with what the program said. Out: its standard output. */
async function run(
  lab: Lab,
  { program, image }: Version,
  directory: string,
  words: readonly string[],
): Promise<string> {
  const { stdout: text } = await execa(execPath, ["--", program, ...words], {
    cwd: directory,
    env: { ...lab.environment, CNB_DOCKERFILE_IMAGE: image },
    stripFinalNewline: false,
  });
  return text;
}

process.exitCode = await main();
