import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { rootOwner } from "../../src/contract/owner.ts";
import { exportProgram } from "../../src/contract/program.ts";
import {
  cloneModeOf,
  isGeneratedHead,
  LostModes,
  markedHeadBytes,
  mayBeGenerated,
} from "../../src/contract/source-files.ts";
import { warningsFlag } from "../../src/contract/step-warnings.ts";
import { digestOf } from "../../src/image/digest.ts";
import { appDirectory, sourceRoot } from "../../src/stages/paths.ts";
import type { Gateway } from "../bridge/gateway.ts";
import type { Ref } from "../generated/gateway_pb.js";
import {
  type Definition,
  type ExecOp,
  InputSchema,
  MountType,
  NetMode,
  type Op,
  OpSchema,
} from "../generated/ops_pb.js";
import type { Stat } from "../generated/stat_pb.js";
import { leadingTo } from "./definition.ts";
import { definitionFor, operationsOf } from "./llb.ts";
import { rewrite } from "./rewrite.ts";
import { withTitles } from "./short-titles.ts";

/** Directories of a source that are listed, a few at once, and files whose heads are read. A larger one takes a step. */
const limits = { directories: 48, atOnce: 4, entries: 4_000, heads: 64, exclusions: 32 };

/** What a copy by BuildKit has to do so that it gives what the step gives. */
interface CopyPlan {
  /** Paths in the source that do not come along, and what is below them. */
  readonly excluded: readonly string[];
  /** Whether modes have to become those that a clone has. */
  readonly changesModes: boolean;
}

/**
 * Copies the source without a step of its own, where BuildKit's own copy gives the same: nothing is included or excluded by patterns,
 * there is nothing to warn of, and all of it are files, directories and links. That takes a container less in each build of a changed
 * source. Source: docs/design/stages.md, "The source".
 */
export class SourceCopies {
  readonly #gateway: Gateway;
  /** By the digest of the step. */
  readonly #plans = new Map<string, Promise<CopyPlan | undefined>>();

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /** The same graph with copies in place of such steps. Loads the source of each. */
  async inPlaceOfSteps(definition: Definition): Promise<Definition> {
    const steps = sourceSteps(definition);
    const copies = new Map<string, Op>();
    for (const step of steps) {
      const plan = this.#plans.get(step.digest) ?? this.#plan(definition, step);
      this.#plans.set(step.digest, plan);
      const found = await plan;
      if (found !== undefined) copies.set(step.digest, copyOf(step, found));
    }
    if (copies.size === 0) return definition;
    const changed = rewrite(definition, (op, digest) => {
      const copy = copies.get(digest);
      return copy && { op: { ...copy, inputs: op.inputs.filter((_, index) => index === inputOf(op)) } };
    });
    return withCopyTitles(changed, new Set(copies.values()));
  }

  /** Undefined: only the step can tell, or has something to say. */
  async #plan(definition: Definition, { context, path, flags }: SourceStep): Promise<CopyPlan | undefined> {
    const operations = leadingTo(context.digest, operationsOf(definition));
    try {
      const state = { digest: context.digest, index: context.index, operations };
      const ref = await this.#gateway.solveGraph(definitionFor(state), true);
      return await new SourceTree(this.#gateway, ref, path).plan(flags);
    } catch (error) {
      // The step fails for the same, and names it.
      if (error instanceof ConnectError) return undefined;
      throw error;
    }
  }
}

/** Flags of the step that a copy can do without its program. */
interface SourceFlags {
  /** Of the app's directory itself. */
  readonly mode: number;
  readonly runsAsOther: boolean;
  readonly keepsGit: boolean;
  /** Whether the source is said to hold a descriptor of the usual name; the step warns where it does not. */
  readonly hasDescriptor: boolean;
}

/** The step of the stage `source`. */
interface SourceStep {
  readonly digest: string;
  /** What it copies: a result, and a path in it. */
  readonly context: Op["inputs"][number];
  readonly path: string;
  readonly flags: SourceFlags;
}

function sourceSteps(definition: Definition): SourceStep[] {
  return definition.def.flatMap((bytes) => {
    const op = fromBinary(OpSchema, bytes);
    const flags = op.op.case === "exec" ? flagsOf(op.op.value) : undefined;
    const input = inputOf(op);
    const context = op.inputs[input];
    if (flags === undefined || context === undefined || op.op.case !== "exec") return [];
    const mount = op.op.value.mounts.find(({ dest }) => dest === contextDirectory);
    return [{ digest: digestOf(bytes), context, path: mount?.selector || "/", flags }];
  });
}

/** Where buildpacks look for the descriptor. Source: project descriptor spec. */
const descriptorName = "project.toml";

/** Where the step finds the source. */
const contextDirectory = "/context";

/** Which of a step's inputs is the source; -1: none. */
function inputOf({ op }: Op): number {
  if (op.case !== "exec") return -1;
  return Number(op.value.mounts.find(({ dest }) => dest === contextDirectory)?.input ?? -1n);
}

/** Undefined: the step is another one, or does more than a copy can. */
function flagsOf({ meta, mounts, network, secretenv }: ExecOp): SourceFlags | undefined {
  const [node, program, command, ...words] = meta?.args ?? [];
  const isOurs = node === "node" && program === exportProgram && command === "source";
  const isPlain = mounts.length === 2 && mounts.every(({ mountType }) => mountType === MountType.BIND);
  if (!isOurs || !isPlain || network !== NetMode.NONE || secretenv.length > 0) return undefined;
  const expected = [`--from=${contextDirectory}`, `--to=${sourceRoot}${appDirectory}`];
  if (expected.some((word) => !words.includes(word))) return undefined;
  const others = words.filter((word) => !expected.includes(word) && !word.startsWith(`${warningsFlag}=`));
  const modeFlag = "--workspace-mode=";
  const mode = others.find((word) => word.startsWith(modeFlag))?.slice(modeFlag.length) ?? "0777";
  const descriptorFlag = `--descriptor=${descriptorName}`;
  const known = ["--runs-as-other", "--keep-git-directory", descriptorFlag, `${modeFlag}${mode}`];
  if (!/^[0-7]{4}$/.test(mode) || others.some((word) => !known.includes(word))) return undefined;
  return {
    mode: Number.parseInt(mode, 8),
    runsAsOther: others.includes("--runs-as-other"),
    keepsGit: others.includes("--keep-git-directory"),
    hasDescriptor: others.includes(descriptorFlag),
  };
}

/** Go's bits of a mode. Source: Go, io/fs, `FileMode`. */
const goModes = { directory: 2 ** 31, symlink: 2 ** 27, setuid: 2 ** 23, setgid: 2 ** 22, sticky: 2 ** 20 };
const hasBit = (mode: number, bit: number) => Math.floor(mode / bit) % 2 === 1;

type EntryKind = "directory" | "symlink" | "file";

/** Undefined: it is something else. */
function kindOf({ mode }: Stat): EntryKind | undefined {
  if (hasBit(mode, goModes.directory)) return "directory";
  if (hasBit(mode, goModes.symlink)) return "symlink";
  // Every other kind has a bit of its own, between those of a link and of a sticky directory.
  const others = mode - (mode % goModes.sticky);
  const known = [goModes.setuid, goModes.setgid, goModes.sticky].filter((bit) => hasBit(mode, bit));
  return others === known.reduce((sum, bit) => sum + bit, 0) ? "file" : undefined;
}

/** Permission bits with setuid, setgid and sticky, as Unix has them. */
function modeOf({ mode }: Stat): number {
  const special = [goModes.setuid, goModes.setgid, goModes.sticky].map((bit) => Number(hasBit(mode, bit)));
  const [setuid = 0, setgid = 0, sticky = 0] = special;
  return (mode % 0o1000) + setuid * 0o4000 + setgid * 0o2000 + sticky * 0o1000;
}

/** Extended attribute by which SELinux knows the files of the machine that builds; no layer has it. */
const hostLabel = "security.selinux";

/** Something in it that BuildKit's copy would not give as the step does. */
class NeedsStepError extends Error {}

/** Goes through a source by BuildKit's calls. */
class SourceTree {
  readonly #gateway: Gateway;
  readonly #ref: Ref;
  readonly #root: string;
  readonly #lost = new LostModes();
  readonly #excluded: string[] = [];
  readonly #candidates: string[] = [];
  #files = 0;
  #hasDescriptor = false;
  #changesModes = false;

  /** In: the path of the source in the result. */
  constructor(gateway: Gateway, ref: Ref, root: string) {
    this.#gateway = gateway;
    this.#ref = ref;
    this.#root = root;
  }

  async plan(flags: SourceFlags): Promise<CopyPlan | undefined> {
    try {
      await this.#walk(flags);
      await this.#findGenerated();
    } catch (error) {
      if (error instanceof NeedsStepError) return undefined;
      throw error;
    }
    const isTold = this.#lost.closed.length > 0 || (flags.runsAsOther && this.#lost.writable.length > 0);
    const excluded = this.#excluded;
    // A source without files is told of, too.
    if (flags.hasDescriptor && !this.#hasDescriptor) return undefined;
    if (isTold || this.#files < 2) return undefined;
    if (excluded.length > limits.exclusions || !excluded.every(isPlainPattern)) return undefined;
    return { excluded, changesModes: this.#changesModes };
  }

  /** A few at a time: an answer can be large, and a large source is not for here. */
  async #walk(flags: SourceFlags): Promise<void> {
    const pending = [""];
    let [directories, entries] = [0, 0];
    while (pending.length > 0) {
      const some = pending.splice(0, limits.atOnce);
      directories += some.length;
      if (directories + pending.length > limits.directories) throw new NeedsStepError();
      const found = await Promise.all(
        some.map(async (directory) => {
          const listed = await this.#gateway.list(this.#ref, `${this.#root}/${directory}`);
          return listed.map((entry) => ({ entry, directory }));
        }),
      );
      entries += found.reduce((sum, { length }) => sum + length, 0);
      if (entries > limits.entries) throw new NeedsStepError();
      for (const { entry, directory } of found.flat()) {
        const path = directory === "" ? entry.path : `${directory}/${entry.path}`;
        if (entry.path === ".git" && !flags.keepsGit) this.#excluded.push(path);
        else if (this.#take(path, entry) === "directory") pending.push(path);
      }
    }
  }

  #take(path: string, entry: Stat): EntryKind {
    const kind = kindOf(entry);
    // A name that is no text, attributes that the step does not copy, and a descriptor that may lead nowhere.
    const isOdd = path.includes("\uFFFD") || Object.keys(entry.xattrs).some((name) => name !== hostLabel);
    if (kind === undefined || isOdd || (path === descriptorName && kind !== "file"))
      throw new NeedsStepError();
    if (path === descriptorName) this.#hasDescriptor = true;
    if (kind !== "directory") this.#files += 1;
    if (kind === "symlink") return kind;
    const mode = modeOf(entry);
    this.#lost.note(path, mode, kind === "directory");
    if (mode !== cloneModeOf(mode, kind === "directory")) this.#noteMode(mode, kind);
    if (kind === "file" && mayBeGenerated(`/${path}`)) this.#candidates.push(path);
    return kind;
  }

  /** What `modes` below makes of it has to be a clone's mode. */
  #noteMode(mode: number, kind: EntryKind): void {
    const isProgram = (mode & 0o100) !== 0;
    const hasSpecial = (mode & 0o7000) !== 0;
    if (hasSpecial || (kind === "file" && !isProgram && (mode & 0o111) !== 0)) throw new NeedsStepError();
    this.#changesModes = true;
  }

  async #findGenerated(): Promise<void> {
    if (this.#candidates.length > limits.heads) throw new NeedsStepError();
    const found = await Promise.all(
      this.#candidates.map(async (path) => {
        const head = await this.#gateway.readHead(this.#ref, `${this.#root}/${path}`, markedHeadBytes);
        return isGeneratedHead(head) ? [path] : [];
      }),
    );
    this.#excluded.push(...found.flat());
    this.#files -= found.flat().length;
  }
}

/** Whether a pattern of BuildKit's stands for the path itself and nothing else. */
function isPlainPattern(path: string): boolean {
  return /^[\w.@%+=:,/-]+( [\w.@%+=:,/-]+)*$/.test(path);
}

/**
 * What makes a clone's modes: everybody may read, the owner alone may write, and what is a program or a directory is one for all. BuildKit
 * can since 0.17 and does not list it; 0.17 reads `u=rwX` as if there were no `X`.
 */
const modes = "u+rwX,go+rX,go-w";

/** What the directories of the result are copies of. */
const emptyDirectory = "/empty";

/** The result of an action of the operation, by its number: they count behind the one input. */
const resultOf = (action: number) => BigInt(1 + action);

/** The operation in place of the step; its input is the source. */
function copyOf({ context, path, flags }: SourceStep, { excluded, changesModes }: CopyPlan): Op {
  const parts = `${sourceRoot}${appDirectory}`.split("/").slice(1);
  const directories = parts.map((_, index) => `/${parts.slice(0, index + 1).join("/")}`);
  const owner = {
    user: { user: { case: "byId" as const, value: rootOwner.uid } },
    group: { user: { case: "byId" as const, value: rootOwner.gid } },
  };
  // A directory that is made has the daemon's umask, and one that is copied the mode that is asked for.
  const empty = {
    ...{ input: -1n, secondaryInput: -1n },
    action: {
      case: "mkdir" as const,
      value: { path: emptyDirectory, mode: 0o755, makeParents: false, owner, timestamp: -1n },
    },
  };
  const made = directories.map((directory, index) => ({
    input: index === 0 ? -1n : resultOf(index),
    secondaryInput: resultOf(0),
    action: {
      case: "copy" as const,
      value: {
        ...{ src: emptyDirectory, dest: directory, owner, timestamp: -1n },
        mode: index === directories.length - 1 ? flags.mode : 0o755,
      },
    },
  }));
  const copied = {
    input: resultOf(directories.length),
    secondaryInput: 0n,
    action: {
      case: "copy" as const,
      value: {
        ...{ src: path, dest: directories.at(-1) ?? "/", dirCopyContents: true, owner },
        ...{ excludePatterns: [...excluded], timestamp: -1n },
        ...(changesModes ? { modeStr: modes } : {}),
        mode: -1,
      },
    },
  };
  const actions = [empty, ...made, copied].map((action, index, all) => ({
    ...action,
    output: BigInt(index === all.length - 1 ? 0 : -1),
  }));
  return create(OpSchema, {
    inputs: [create(InputSchema, { digest: context.digest, index: context.index })],
    op: { case: "file", value: { actions } },
  });
}

/** The copies are shown as what they are, in the place of the steps. */
function withCopyTitles(definition: Definition, copies: ReadonlySet<Op>): Definition {
  const digests = new Set([...copies].map((op) => digestOf(toBinary(OpSchema, op))));
  return withTitles(definition, (title, digest) =>
    digests.has(digest) ? title.replace(/\] RUN .*$/s, "] COPY . /") : title,
  );
}
