import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { version } from "../../src/version.ts";
import { chownTree } from "../export/trees.ts";
import { goldenDirectory } from "./cases.ts";
import { keepCompiledCode, putCompiledCode } from "./compiled-code.ts";
import type { ImageFile } from "./images.ts";
import { type InstalledProgram, installProgram } from "./installed-program.ts";
import { isRoot } from "./needs-root.ts";
import { TestRegistry } from "./registry.ts";
import { runInProcess } from "./run-in-process.ts";
import type { ServedResult } from "./served-program.ts";
import { runsInProcess } from "./starting.ts";

/** Where the cases of the command line are; each folder is one. */
export const commandCasesDirectory = join(goldenDirectory, "cli");

/** What a case consists of, beside its results. */
export const commandInputs = ["command.json", "project"];

/** `command.json` of a case. */
interface CommandCase {
  /** What the program is called with, in the project's directory. `BUILDER` stands for a builder that exists. */
  readonly arguments: readonly string[];
  /** Variables of the environment; `HOME` in them stands for the user's, in which `project` is. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Files that a folder cannot hold well; made in this order. */
  readonly files?: Readonly<Record<string, MadeFile>>;
  /** Absent: there is no input. */
  readonly stdin?: string;
}

/** One of these kinds, perhaps with a mode in octal digits (`"0000"`). */
interface MadeFile {
  /** What a symbolic link leads to. */
  readonly link?: string;
  /** Text, and how it is encoded; absent encoding: UTF-8. */
  readonly text?: string;
  readonly encoding?: "latin1" | "utf16le";
  /** Text that follows it, and how often. */
  readonly then?: string;
  readonly times?: number;
  readonly directory?: true;
  readonly pipe?: true;
  readonly mode?: string;
}

/** A user without rights of his own: tests often run as root, who may read everything. */
const nobody = 65534;

/** Names of the cases, sorted. */
export function commandCaseNames(): string[] {
  return readdirSync(commandCasesDirectory).sort();
}

/** Whether root can have the case, who may read and write whatever its mode is. */
export function isRootCase(name: string): boolean {
  return Object.values(readCase(name).files ?? {}).every(({ mode }) => mode === undefined);
}

function readCase(name: string): CommandCase {
  return JSON.parse(readFileSync(join(commandCasesDirectory, name, "command.json"), "utf8")) as CommandCase;
}

/**
 * Runs every case as a user would, several at once; in the project `golden` our sources run in this process. Out: for each the files that come of it: `stdout.txt` and
 * `stderr.txt` unless they are empty, and `exit-code.txt`. Paths and ports of this machine do not show, nor our version,
 * nor digests: a builder's label has the registry's port.
 */
export async function runCommandCases(
  names: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const registry = await startRegistry();
  const place = realpathSync(mkdtempSync(join(tmpdir(), "cnb-dockerfile-cli-")));
  chmodSync(place, 0o755);
  try {
    const results = new Map<string, ReadonlyMap<string, string>>();
    const installed = runsInProcess ? undefined : installProgram(join(place, "installed"));
    const waiting = [...names];
    const work = async () => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        results.set(name, await runCase(name, join(place, "cases", name), registry, installed));
      }
    };
    // In this process, a run has its variables and its directory to itself.
    await Promise.all(runsInProcess ? [work()] : [work(), work(), work(), work()]);
    return results;
  } finally {
    openDirectories(place);
    rmSync(place, { recursive: true, force: true });
    await registry.close();
  }
}

/** Cases have directories that nobody may enter but root. */
function openDirectories(directory: string): void {
  chmodSync(directory, 0o755);
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) openDirectories(join(directory, entry.name));
  }
}

async function startRegistry(): Promise<TestRegistry> {
  const registry = new TestRegistry();
  await registry.listen();
  for (const [repository, file] of [
    ["acme/builder", "builder.json"],
    ["acme/run", "run.json"],
  ] as const) {
    const text = readFileSync(join(goldenDirectory, "minimal", file), "utf8");
    const image = JSON.parse(text.replaceAll("registry.example", registry.host)) as ImageFile;
    registry.putImageFile(repository, "24", image);
  }
  return registry;
}

async function runCase(
  name: string,
  home: string,
  registry: TestRegistry,
  installed: InstalledProgram | undefined,
): Promise<Map<string, string>> {
  const source = join(commandCasesDirectory, name);
  const command = readCase(name);
  const directory = join(home, "project");
  mkdirSync(directory, { recursive: true });
  const inPlace = (text: string) => text.replaceAll(/\bBUILDER\b/g, `${registry.host}/acme/builder:24`);
  if (existsSync(join(source, "project"))) copyProject(join(source, "project"), directory, inPlace);
  for (const [path, file] of Object.entries(command.files ?? {})) make(join(directory, path), file, inPlace);
  const inHome = Object.entries(command.environment ?? {}).map(
    ([key, value]) => [key, value.replaceAll(/\bHOME\b/g, home)] as const,
  );
  const run = {
    args: command.arguments.map(inPlace),
    env: {
      PATH: process.env.PATH ?? "",
      HOME: home,
      GIT_CONFIG_NOSYSTEM: "1",
      ...Object.fromEntries(inHome),
    },
    cwd: directory,
    input: command.stdin ?? "",
  };
  const { exitCode, stdout, stderr } = await (installed === undefined
    ? runInProcess(run)
    : runInstalled(installed, run, home));
  const outputs = Object.entries({ stdout, stderr }).map(
    ([stream, text]) => [`${stream}.txt`, withoutMachine(text, home, registry.host)] as const,
  );
  return new Map([...outputs.filter(([, text]) => text !== ""), ["exit-code.txt", `${exitCode}\n`]]);
}

async function runInstalled(
  { node, program }: InstalledProgram,
  {
    args,
    cwd,
    env,
    input,
  }: { args: readonly string[]; cwd: string; env: Record<string, string>; input: string },
  home: string,
): Promise<ServedResult> {
  putCompiledCode(home);
  if (isRoot) chownTree(home, `${nobody}:${nobody}`);
  const { exitCode, stdout, stderr } = await execa(node, ["--", program, ...args], {
    ...{ cwd, env, input, extendEnv: false, reject: false, stripFinalNewline: false, timeout: 20_000 },
    ...(isRoot ? { uid: nobody, gid: nobody } : {}),
  });
  keepCompiledCode(home);
  return { exitCode, stdout, stderr };
}

function copyProject(from: string, to: string, inPlace: (text: string) => string): void {
  cpSync(from, to, { recursive: true });
  for (const path of readdirSync(to, { recursive: true, encoding: "utf8" })) {
    if (!path.endsWith(".toml")) continue;
    writeFileSync(join(to, path), inPlace(readFileSync(join(to, path), "utf8")));
  }
}

function make(path: string, file: MadeFile, inPlace: (text: string) => string): void {
  mkdirSync(dirname(path), { recursive: true });
  if (file.link !== undefined) symlinkSync(file.link, path);
  if (file.directory) mkdirSync(path);
  if (file.pipe) execFileSync("mkfifo", [path]);
  if (file.text !== undefined) {
    const text = inPlace(file.text) + (file.then ?? "").repeat(file.times ?? 0);
    writeFileSync(path, text, file.encoding ?? "utf8");
  }
  if (file.mode !== undefined) chmodSync(path, Number.parseInt(file.mode, 8));
}

function withoutMachine(text: string, home: string, host: string): string {
  const digests = new Map<string, string>();
  /** The same letter for the same digest, however much of it is shown. */
  const letterOf = (digits: string): string => {
    const start = digits.slice(0, 12);
    const letter = digests.get(start) ?? String.fromCharCode("a".charCodeAt(0) + digests.size);
    digests.set(start, letter);
    return letter;
  };
  return (
    text
      .replace(/(?<=sha256:)[0-9a-f]{12,64}/g, (digits) => letterOf(digits).repeat(digits.length))
      .replaceAll(host, "registry.example")
      .replaceAll(home, "/home/user")
      // Whoever runs the tests, unless that is root, who runs the cases as nobody.
      .replaceAll(new RegExp(`\\b(user) ${process.getuid?.() || nobody}\\b`, "gi"), `$1 ${nobody}`)
      .replaceAll(`"version": "${version}"`, '"version": "0.0.0"')
  );
}
