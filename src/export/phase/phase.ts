import { type ChildProcess, spawn } from "node:child_process";
import {
  accessSync,
  chmodSync,
  existsSync,
  constants as fileAccess,
  lstatSync,
  lutimesSync,
  readdirSync,
  readFileSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { constants } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { nativeFiles } from "../../contract/program.ts";
import { restoredLayersFile } from "../../contract/restored-layers.ts";
import type { Report } from "../../diagnostics/diagnostic.ts";
import { type ByteString, bytesOf, textOf } from "../../layer/byte-string.ts";
import { entryAt, kindOf, modeOf, type TreeEntry, walkTree } from "../../layer/walk.ts";
import { openFilesVariable } from "../../options/step-variables.ts";
import { copyTree } from "../copy-tree.ts";
import { noteProxyNetwork } from "../image/proxy-certificates.ts";
import { reportLeftOut } from "../left-out.ts";
import { hasProxy, ledByProxy } from "./build-config.ts";
import { hasProxyNetwork, type JoinRequest, joinCertificates } from "./certificates.ts";
import { describeRestored } from "./describe-restored.ts";

/** A phase of the lifecycle, and what is done around it by the same user. */
interface PhaseRequest {
  /** What is copied before it starts, in this order: a file to a path, what is in a directory into another one. */
  readonly copies: readonly PhaseCopy[];
  /** Directory that a later `phase` copies: all of it is made readable for its owner. Absent: there is none. */
  readonly opened?: ByteString;
  /** Cache that the program fills that directory from: what its layers are is left there. Absent: nothing is. */
  readonly restoredFrom?: ByteString;
  /** Prefix of variables that hold those of the builder image which would have reached into this program. */
  readonly hiddenPrefix?: string;
  /** The user's CA bundle, and where it is written together with the builder's. Absent: there is none. */
  readonly joinedCertificates?: JoinRequest;
  /** Directory to be made, which leads tools to the builder's CA bundle where a proxy is set. Absent: nothing leads there. */
  readonly buildConfigDirectory?: string;
  /** Takes what it writes to its outputs. Absent: that goes to this program's own. */
  readonly said?: (text: Buffer) => void;
  /** Program and arguments. */
  readonly argv: readonly [string, ...string[]];
}

export interface PhaseCopy {
  readonly from: ByteString;
  readonly to: ByteString;
  /**
   * `same`: its user can read all of it. `opened`: an earlier `phase` opened it, and left a list of the modes that were there.
   * `closed`: it is opened first, and has to be writable.
   */
  readonly access: "same" | "opened" | "closed";
}

/** In an opened directory: modes that were changed, by name. The restorer makes directories of buildpacks alone. */
const modesFile = "/.cnb-dockerfile-modes.json";
/** What is only there for those who look into it. */
const ownFiles: ReadonlySet<string> = new Set([modesFile, restoredLayersFile]);

/**
 * Copies, then becomes the phase. overlayfs answers EXDEV to rename(2) of a directory that comes from an image or from an
 * earlier step, and the lifecycle and buildpacks do rename directories; what is made in their own step can be renamed.
 * Out: the phase's exit code, where this process does not become it. Throws node's error where something cannot be copied.
 * Source: Linux, "Overlay Filesystem", "redirect_dir".
 */
export async function runPhase(
  {
    copies,
    opened,
    restoredFrom,
    hiddenPrefix,
    joinedCertificates,
    buildConfigDirectory,
    said,
    argv,
  }: PhaseRequest,
  report: Report,
): Promise<number> {
  for (const copy of copies) copyIn(copy, report);
  if (joinedCertificates !== undefined) joinCertificates(joinedCertificates, report);
  // execve(2) that fails ends this process by SIGABRT, with a stack of Node.js's own.
  if (isAbsolute(argv[0])) accessSync(argv[0], fileAccess.X_OK);
  const { [openFilesVariable]: files, ...given } = process.env;
  const [program, ...words] = withOpenFiles(files, withoutNewPrivileges(argv));
  const shown = hiddenPrefix === undefined ? given : shownVariables(given, hiddenPrefix);
  const env = buildConfigDirectory === undefined ? shown : ledByProxy(shown, buildConfigDirectory, report);
  // What was restored lies where the buildpacks' layers will.
  const layers = copies.find(({ access }) => access === "opened")?.to;
  if (layers !== undefined && hasProxy(given) && hasProxyNetwork()) noteProxyNetwork(layers);
  // Node.js below 22.15 cannot, nor can one that has to come back.
  const comesBack = opened !== undefined || said !== undefined;
  if (!comesBack && process.execve !== undefined) process.execve(program, [program, ...words], env);
  const exitCode = await exitCodeOf([program, ...words], env, said);
  if (opened !== undefined && exitCode === 0) {
    const changed = [...openForLater(opened).keys()].map((name) => `${opened}${name}`);
    if (restoredFrom !== undefined) {
      describeRestored({
        ...{ root: "/", layersDirectory: opened, cacheDirectory: restoredFrom },
        isOpened: (path) => changed.some((name) => name === path || name.startsWith(`${path}/`)),
      });
    }
  }
  return exitCode;
}

function copyIn(copy: PhaseCopy, report: Report): void {
  const { from, to, access } = copy;
  const top = entryAt(from, "");
  const isDirectory = top.stats.isDirectory();
  const modes = changedModes(copy);
  copyTree(isDirectory ? entriesIn(from, access === "opened") : [top], to, {
    mode: (stats, name) => modes.get(name) ?? modeOf(stats),
    onLeftOut: ({ name }, kind) => reportLeftOut(textOf(name.slice(1)), kind, report),
  });
  if (isDirectory) finishTop(top.stats, to);
}

/** Modes that are to be put back, by name. */
function changedModes({ from, access }: PhaseCopy): ReadonlyMap<ByteString, number> {
  switch (access) {
    case "same":
      return new Map();
    case "opened":
      return readModes(from);
    case "closed":
      return openTree(from);
  }
}

function* entriesIn(from: ByteString, isListed: boolean): Generator<TreeEntry, void, undefined> {
  for (const entry of walkTree(from, "")) {
    if (entry.name !== "" && !(isListed && ownFiles.has(entry.name))) yield entry;
  }
}

/** The builder image can have the directory as root's. */
function finishTop(stats: Stats, to: ByteString): void {
  if (statSync(bytesOf(to)).uid !== process.getuid?.()) return;
  chmodSync(bytesOf(to), modeOf(stats));
  lutimesSync(bytesOf(to), stats.mtimeMs / 1000, stats.mtimeMs / 1000);
}

/** Absent: nothing had to be opened. */
function readModes(from: ByteString): ReadonlyMap<ByteString, number> {
  const path = bytesOf(`${from}${modesFile}`);
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return new Map();
  return new Map(Object.entries<number>(JSON.parse(readFileSync(path, "utf8"))));
}

/** Opens a directory for a later `phase`. Out: what had to be opened, by name. */
function openForLater(directory: ByteString): ReadonlyMap<ByteString, number> {
  const modes = openTree(directory);
  if (modes.size === 0) return modes;
  writeFileSync(bytesOf(`${directory}${modesFile}`), JSON.stringify(Object.fromEntries(modes)), {
    flag: "wx",
  });
  return modes;
}

/**
 * Lets the owner read all of a tree. Out: the modes that were there, by name. Not by `walkTree`: a directory has to be opened
 * before it is read.
 */
function openTree(top: ByteString): ReadonlyMap<ByteString, number> {
  const modes = new Map<ByteString, number>();
  const pending: ByteString[] = [""];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const { path, stats } = entryAt(`${top}${name}`, name);
    const kind = kindOf(stats);
    if (kind !== "directory" && kind !== "file") continue;
    const needed = kind === "directory" ? 0o700 : 0o400;
    const mode = modeOf(stats);
    if ((mode & needed) !== needed) {
      modes.set(name, mode);
      chmodSync(bytesOf(path), mode | needed);
    }
    if (kind === "file") continue;
    for (const child of readdirSync(bytesOf(path), { encoding: "latin1" })) pending.push(`${name}/${child}`);
  }
  return modes;
}

/** As `docker run --security-opt no-new-privileges` and pack have it; only where util-linux came along. */
function withoutNewPrivileges(argv: PhaseRequest["argv"]): PhaseRequest["argv"] {
  const setpriv = nativeCommand(nativeFiles.setpriv);
  return setpriv === undefined ? argv : [...setpriv, "--no-new-privs", "--", ...argv];
}

/**
 * Node.js raises that limit to the hard one, and programs of old close every file that they could have. A shell has variables
 * of its own, which a phase would have for no reason.
 */
function withOpenFiles(files: string | undefined, argv: PhaseRequest["argv"]): PhaseRequest["argv"] {
  const shell = nativeCommand(nativeFiles.shell);
  if (files === undefined || shell === undefined) return argv;
  return [...shell, "-c", 'ulimit -Sn "$0" && unset PWD OLDPWD SHLVL && exec "$@"', files, ...argv];
}

/** How a program beside our own loader starts. Undefined: there is none. */
function nativeCommand(name: string): readonly [string, ...string[]] | undefined {
  const native = dirname(process.execPath);
  const { loader, libraries } = nativeFiles;
  if (!existsSync(join(native, name)) || !existsSync(join(native, loader))) return undefined;
  return [join(native, loader), "--library-path", join(native, libraries), join(native, name)];
}

/** The builder image's variables. An empty one of these counts as none, for those who read them, too. */
function shownVariables(env: NodeJS.ProcessEnv, prefix: string): NodeJS.ProcessEnv {
  const names = Object.keys(env).filter((name) => name.startsWith(prefix));
  const { ...own } = env;
  for (const name of names) {
    const { [name]: value = "" } = own;
    delete own[name];
    if (value === "") delete own[name.slice(prefix.length)];
    else own[name.slice(prefix.length)] = value;
  }
  return own;
}

/** Signals that end a build are handed on; a program that one ended has the exit code of a shell's. */
function exitCodeOf(
  [program, ...words]: PhaseRequest["argv"],
  env: NodeJS.ProcessEnv,
  said: PhaseRequest["said"],
): Promise<number> {
  return new Promise((resolve, reject) => {
    let child: ChildProcess | undefined;
    // Before it runs: one that comes while it starts would end this process and leave that one alone.
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"] as const) {
      process.on(signal, () => child?.kill(signal));
    }
    child = spawn(program, words, {
      stdio: said === undefined ? "inherit" : ["ignore", "pipe", "pipe"],
      env,
    });
    if (said !== undefined) listen(child, said);
    child.once("error", reject);
    child.once("close", (exitCode, signal) => {
      resolve(exitCode ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

/** How long outputs stay open after the program has ended, for processes that it left. */
const lingerMs = 2000;

function listen(child: ChildProcess, said: NonNullable<PhaseRequest["said"]>): void {
  const outputs = [child.stdout, child.stderr];
  for (const output of outputs) output?.on("data", said);
  child.once("exit", () => {
    endOthers();
    setTimeout(() => {
      for (const output of outputs) output?.destroy();
    }, lingerMs).unref();
  });
}

/**
 * Ends what the program left: a buildpack can leave a process that changes what is read and written after it. In a process namespace of
 * its own, this program is the first, and all others come from it.
 */
function endOthers(): void {
  if (process.pid !== 1) return;
  try {
    process.kill(-1, "SIGKILL");
  } catch {
    // There are none.
  }
}
