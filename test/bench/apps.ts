import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import type { LabImages } from "../lab/images.ts";
import { fixtures } from "../lab/paths.ts";
import { dockerfileOf, type HandWritten } from "./hand-written.ts";
import { filesBuildpack, layersBuildpack, npmBuildpack } from "./inline-buildpacks.ts";

/** An app that is built by all doors. */
export interface App {
  /** As the report calls it: `a small Node.js app`. */
  readonly title: string;
  readonly builder: keyof LabImages;
  /** Behind `[io.buildpacks]` of project.toml. Absent: the builder's own order. */
  readonly buildpacks?: string;
  /** Writes the source, without project.toml. */
  readonly make: (directory: string) => Promise<void> | void;
  /** What a user would write for it by hand. */
  readonly handWritten: HandWritten;
  /** Changes what it depends on. In: a number that no earlier change had. Absent: it depends on nothing. */
  readonly changeDependency?: (directory: string, change: number) => void;
}

/** The Node.js that the sample app names. */
const sampleNode = "22.23.3";

export const apps = {
  procfile: {
    title: "a Procfile alone",
    builder: "builder",
    make: (directory) => writeProcfile(directory),
    handWritten: { kind: "files" },
  },
  node: {
    title: "a small Node.js app",
    builder: "builder",
    // As the sample itself has it.
    buildpacks: `\n[[io.buildpacks.build.env]]\nname = "BP_NODE_VERSION"\nvalue = "${sampleNode}"\n`,
    make: (directory) => {
      cpSync(join(fixtures, "apps/node-web"), directory, { recursive: true });
      writeNodePackage(directory, 0);
    },
    changeDependency: writeNodePackage,
    handWritten: { kind: "node", packages: ".", node: sampleNode },
  },
  npm: {
    title: "npm packages in a launch-only layer",
    builder: "builder",
    buildpacks: npmBuildpack,
    make: async (directory) => {
      const packages = join(directory, "packages");
      mkdirSync(packages);
      const dependencies = { express: "4.21.2", lodash: "4.17.21", "core-js": "3.39.0", typescript: "5.6.3" };
      put(packages, "package.json", JSON.stringify({ name: "bench", version: "1.0.0", dependencies }));
      await execa("npm", ["install", "--package-lock-only", "--omit-lockfile-registry-resolved"], {
        cwd: packages,
      });
      put(directory, "server.js", "");
      put(directory, "package.json", "{}\n");
    },
    handWritten: { kind: "node", packages: "packages", node: "14.21.3" },
  },
  static: {
    title: "a static file of 300 MB",
    builder: "builder",
    make: (directory) => {
      writeProcfile(directory);
      mkdirSync(join(directory, "large"));
      put(directory, "large/file.bin", randomBytes(300_000_000));
    },
    handWritten: { kind: "files", first: "large" },
  },
  "layer-files": {
    title: "50,000 files in a launch layer",
    builder: "builder",
    buildpacks: filesBuildpack,
    make: (directory) => writeProcfile(directory),
    handWritten: {
      kind: "made",
      script: "mkdir /made && cd /made && seq 50000 | split -l 1 -a 5 -d - file-",
    },
  },
  // As `BenchmarkBuild/FileTransfer` of moby/buildkit-bench, with ten times as many files.
  "source-files": {
    title: "50,000 files in the source",
    builder: "builder",
    make: (directory) => {
      writeProcfile(directory);
      for (let folder = 0; folder < 100; folder++) {
        mkdirSync(join(directory, "many", String(folder)), { recursive: true });
        for (let file = 0; file < 500; file++)
          put(directory, `many/${folder}/${file}.txt`, `${folder} ${file}\n`);
      }
    },
    handWritten: { kind: "files", first: "many" },
  },
  layers: {
    title: "100 launch layers",
    builder: "builder",
    buildpacks: layersBuildpack,
    make: (directory) => writeProcfile(directory),
    handWritten: {
      kind: "made",
      script: "for n in $(seq 100); do mkdir -p /made/$n; echo $n > /made/$n/file; done",
    },
  },
  order: {
    title: "40 buildpacks in the builder's order",
    builder: "builderLarge",
    make: (directory) => put(directory, "web.txt", "web\n"),
    handWritten: { kind: "files" },
  },
} satisfies Record<string, App>;

export type AppName = keyof typeof apps;

export function appOf(name: AppName): App {
  return apps[name];
}

/** A directory of an app as one door builds it. */
export interface AppDirectory {
  readonly directory: string;
  /** Of project.toml's, which names the app's cache. */
  readonly id: string;
}

/** Makes the app's source, its project.toml and its hand-written Dockerfile. */
export async function makeAppDirectory(
  name: AppName,
  { directory, id }: AppDirectory,
  surroundings: { readonly images: LabImages; readonly syntax: string; readonly npmRegistry: string },
  builder = surroundings.images[appOf(name).builder],
): Promise<void> {
  const { buildpacks = "", make, handWritten } = appOf(name);
  mkdirSync(directory, { recursive: true });
  await make(directory);
  put(directory, "changed.txt", "first\n");
  put(
    directory,
    "project.toml",
    `# syntax=${surroundings.syntax}
[_]
schema-version = "0.2"
id = "${id}"

[io.buildpacks]
builder = "${builder}"
${buildpacks}`,
  );
  put(directory, "Dockerfile", dockerfileOf(handWritten, surroundings.images, surroundings.npmRegistry));
  rmSync(join(directory, "README.md"), { force: true });
}

let changes = 0;

/** One line of the source. No two changes are the same. */
export function changeLine(directory: string): void {
  put(directory, "changed.txt", `${Date.now()} ${changes++}\n`);
}

/** Throws where the app has no dependency. */
export function changeDependency(name: AppName, directory: string): void {
  const change = appOf(name).changeDependency;
  if (change === undefined) throw new Error(`${name} depends on nothing`);
  change(directory, Date.now() + changes++);
}

function writeProcfile(directory: string): void {
  put(directory, "Procfile", "web: cat changed.txt\n");
}

/** Another release of one of its two packages, and a lockfile that differs from all earlier ones. */
function writeNodePackage(directory: string, change: number): void {
  const version = `1.0.${change}`;
  const dependencies = { "escape-html": "1.0.3", ms: change % 2 === 0 ? "2.1.3" : "2.1.2" };
  const root = { name: "node-web", version, dependencies };
  const installed = Object.entries(dependencies).map(
    ([name, release]) => [`node_modules/${name}`, { version: release }] as const,
  );
  const lock = { name: "node-web", version, lockfileVersion: 3, requires: true };
  const packages = Object.fromEntries([["", root], ...installed]);
  put(directory, "package.json", JSON.stringify({ ...root, private: true, type: "module" }));
  put(directory, "package-lock.json", JSON.stringify({ ...lock, packages }));
}

function put(directory: string, path: string, content: string | Uint8Array): void {
  writeFileSync(join(directory, path), content);
}
