import { execFileSync } from "node:child_process";
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { writeDescriptor } from "../frontend-steps.ts";
import { startSecondBuildkit } from "../second-buildkit.ts";

let lab: Lab;
const directories: string[] = [];
/** BuildKit may know what an earlier run of these tests has copied, and times do not count for it. */
const nonce = String(Math.random());

beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  await lab.close();
});

function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), "frontend-source-"));
  directories.push(directory);
  return directory;
}

/** A pattern has the step run, whatever the source is. */
const forStep = '[io.buildpacks]\nexclude = ["no/such/file"]\n';

interface Source {
  /** Whether the step `source` has run its program. */
  readonly isStep: boolean;
  /** What the buildpacks see: a line of `tar` for each file, with the hash of its content. */
  readonly files: readonly string[];
}

/** Makes a source and builds its stage alone. In: what goes into the directory, and more for the descriptor. */
async function sourceOf(
  make: (root: string) => void,
  more = "",
  words: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Source> {
  const root = temporary();
  writeFileSync(join(root, "app.js"), nonce);
  make(root);
  writeDescriptor(lab, root, "com.example.source", "");
  const descriptor = join(root, "project.toml");
  const text = readFileSync(descriptor, "utf8");
  // The same bytes in both: the pattern stands in a file that is no part of what is compared.
  writeFileSync(descriptor, text.replace("[io.buildpacks]\n", more === "" ? "[io.buildpacks]\n" : more));
  // As everything else under that umask.
  const isOpen = ((lstatSync(join(root, "app.js"), { throwIfNoEntry: false })?.mode ?? 0) & 0o020) !== 0;
  chmodSync(descriptor, isOpen ? 0o664 : 0o644);
  // Both have the same times, whichever BuildKit copies.
  execFileSync("find", [
    root,
    "!",
    "-name",
    "run.sh",
    "-exec",
    "touch",
    "-h",
    "-d",
    "@1000000000",
    "{}",
    "+",
  ]);
  const output = join(temporary(), "source.tar");
  const { stderr } = await lab.buildx(
    [
      ...["build", "--progress=plain", "--platform=linux/amd64", "--file=project.toml", "--target=source"],
      ...[`--output=type=tar,dest=${output}`, ...words, "."],
    ],
    { cwd: root, env },
  );
  const listed = execFileSync("tar", ["-tvf", output, "--full-time", "--numeric-owner"], {
    encoding: "utf8",
  });
  const below = "cnb-dockerfile/app/workspace/";
  const contents = temporary();
  execFileSync("tar", ["-xf", output, "-C", contents, below]);
  const sums = execFileSync("sh", ["-c", "find . -type f ! -name project.toml -exec sha256sum {} + | sort"], {
    ...{ cwd: join(contents, below), encoding: "utf8" },
  });
  const isCompared = (line: string) => line.includes(below) && !line.endsWith("/project.toml");
  const shown = listed.split("\n").filter(isCompared).sort();
  return {
    isStep: /source 1\/1\] RUN /.test(stderr),
    files: [
      // The directory itself has the time of the build.
      ...shown.map((line) => (line.endsWith(` ${below}`) ? line.replace(/ \d{4}-\S+ \S+ /, " ") : line)),
      ...sums.trimEnd().split("\n"),
    ],
  };
}

const plain = (root: string) => {
  mkdirSync(join(root, "lib/empty"), { recursive: true });
  writeFileSync(join(root, "lib/größe 1.js"), "x".repeat(70_000));
  writeFileSync(join(root, "run.sh"), "#!/bin/sh\n");
  chmodSync(join(root, "run.sh"), 0o755);
  utimesSync(join(root, "run.sh"), 1e9 + 0.5, 1e9 + 0.5);
  symlinkSync("lib", join(root, "link"));
  symlinkSync("/etc/nothing", join(root, "dangling"));
  linkSync(join(root, "app.js"), join(root, "same.js"));
};

describe("a source that BuildKit can copy by itself is what the step would have made of it:", () => {
  it.each<[string, (root: string) => void, readonly string[]]>([
    ["files, directories and links", plain, []],
    [
      "modes of another umask",
      (root) => {
        plain(root);
        execFileSync("chmod", ["-R", "g+w", root]);
        chmodSync(join(root, "app.js"), 0o664);
      },
      [],
    ],
    [
      "repositories in it, and generated files",
      (root) => {
        plain(root);
        for (const path of [".git", "lib/.git/objects", "lib/sub"])
          mkdirSync(join(root, path), { recursive: true });
        writeFileSync(join(root, ".git/config"), "");
        writeFileSync(join(root, "lib/sub/.git"), "gitdir: elsewhere\n");
        writeFileSync(join(root, "lib/.gitignore"), "");
        writeFileSync(join(root, "made"), "# syntax=x\n# Made by cnb-dockerfile 0.1.0 from project.toml\n");
        writeFileSync(join(root, "lib/my.Dockerfile.txt"), "# Made by cnb-dockerfile 0.1.0\n");
        writeFileSync(join(root, "lib/notes"), "# Made by cnb-dockerfile 0.1.0\n");
        writeFileSync(join(root, "Dockerfile"), "FROM scratch\n");
      },
      [],
    ],
    [
      "a repository that is kept, and a mode of the directory itself",
      (root) => {
        plain(root);
        mkdirSync(join(root, ".git"));
        writeFileSync(join(root, ".git/HEAD"), "ref: refs/heads/main\n");
      },
      ["--build-arg=BUILDKIT_CONTEXT_KEEP_GIT_DIR=1", "--build-arg=CNB_WORKSPACE_MODE=0750"],
    ],
  ])("%s", async (_, make, words) => {
    const [copied, made] = await Promise.all([sourceOf(make, "", words), sourceOf(make, forStep, words)]);
    expect([copied.isStep, made.isStep]).toEqual([false, true]);
    expect(copied.files).toEqual(made.files);
  });
});

it("the oldest BuildKit copies it the same way", async () => {
  const oldest = await startSecondBuildkit(lab, { name: "source-oldest", program: "buildkitd-oldest" });
  try {
    const make = (root: string) => {
      plain(root);
      mkdirSync(join(root, "lib/.git"));
      execFileSync("chmod", ["-R", "g+w", root]);
    };
    const copied = await sourceOf(make, "", [], oldest.environment);
    expect(copied.isStep).toBe(false);
    expect(copied.files).toEqual((await sourceOf(make, forStep)).files);
  } finally {
    await oldest.close();
  }
});

describe("the step runs where a copy would be another, or has nothing to say:", () => {
  it.each<[string, (root: string) => void]>([
    [
      "a program with set-id bits and the mode of another umask",
      (root) => chmodSync(join(root, "app.js"), 0o4775),
    ],
    ["a file that is a program for others alone", (root) => chmodSync(join(root, "app.js"), 0o645)],
    [
      "a file that only its owner can read, among others",
      (root) => {
        writeFileSync(join(root, "open"), "");
        chmodSync(join(root, "app.js"), 0o600);
      },
    ],
    [
      "a name that is no plain pattern, left out",
      (root) => mkdirSync(join(root, "a [b]/.git"), { recursive: true }),
    ],
    ["nothing but the descriptor", (root) => rmSync(join(root, "app.js"))],
    [
      "more directories than are listed",
      (root) => {
        for (let index = 0; index < 60; index += 1) mkdirSync(join(root, `d${index}`));
      },
    ],
  ])("%s", async (_, make) => {
    expect((await sourceOf(make)).isStep).toBe(true);
  });
});
