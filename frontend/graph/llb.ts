import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import type { Owner } from "../../src/contract/owner.ts";
import { digestOf } from "../../src/image/digest.ts";
import type { Platform as PlatformName } from "../../src/image/platform.ts";
import {
  type Definition,
  DefinitionSchema,
  type ExecOpSchema,
  type MetaSchema,
  type Mount,
  MountContentCache,
  type MountSchema,
  NetMode,
  type OpMetadata,
  OpMetadataSchema,
  OpSchema,
  type PlatformSchema,
} from "../generated/ops_pb.js";

type PlatformInit = MessageInitShape<typeof PlatformSchema>;

/** An operation, and what is said about it beside its bytes. */
interface Operation {
  readonly bytes: Uint8Array;
  readonly metadata: OpMetadata;
}

/**
 * A file system as a graph of operations (LLB): one output of one operation, and every operation that leads to it, by
 * digest, inputs first. Undefined where a State is expected: an empty file system.
 */
export interface State {
  readonly digest: string;
  readonly index: bigint;
  readonly operations: ReadonlyMap<string, Operation>;
}

/** Reads a definition that BuildKit gave. Undefined: it is an empty file system. */
export function stateOf(definition: Definition): State | undefined {
  const last = definition.def.at(-1);
  if (last === undefined) return undefined;
  const [input] = fromBinary(OpSchema, last).inputs;
  if (input === undefined) return undefined;
  return { digest: input.digest, index: input.index, operations: operationsOf(definition) };
}

/** The operations of a definition, without the last, which only says which of them is the result. */
export function operationsOf({ def, metadata }: Definition): State["operations"] {
  return new Map(
    def.slice(0, -1).map((bytes) => {
      const digest = digestOf(bytes);
      return [digest, { bytes, metadata: metadata[digest] ?? create(OpMetadataSchema) }] as const;
    }),
  );
}

/** What a Solve takes. */
export function definitionFor(state: State | undefined): Definition {
  if (state === undefined) return create(DefinitionSchema);
  const result = toBinary(
    OpSchema,
    create(OpSchema, { inputs: [{ digest: state.digest, index: state.index }] }),
  );
  const operations = [...state.operations];
  return create(DefinitionSchema, {
    def: [...operations.map(([, { bytes }]) => bytes), result],
    metadata: Object.fromEntries(operations.map(([digest, { metadata }]) => [digest, metadata])),
  });
}

/** A platform as BuildKit writes it. */
export function platformOf({ os, architecture, variant = "" }: PlatformName): PlatformInit {
  return { os, architecture, variant };
}

/** An image by digest, with its registry in its name. In: how many of its layers, from the lowest; absent: all. */
export function image(reference: string, platform: PlatformInit, name: string, layers?: number): State {
  const attrs: Record<string, string> = layers === undefined ? {} : { "image.layerlimit": String(layers) };
  const value = { identifier: `docker-image://${reference}`, attrs };
  return operation({ op: { case: "source", value }, platform }, [], name);
}

export interface LocalOptions {
  readonly sessionId: string;
  /** Paths to send, following links; absent: all. */
  readonly followPaths?: readonly string[];
  /** Lets BuildKit send only what changed since it last took the same directory. */
  readonly sharedKeyHint: string;
}

/** A directory of the client's. */
export function local(name: string, options: LocalOptions, title: string): State {
  const { sessionId, followPaths, sharedKeyHint } = options;
  const attrs: Record<string, string> = {
    "local.sessionid": sessionId,
    "local.sharedkeyhint": sharedKeyHint,
    ...(followPaths === undefined ? {} : { "local.followpaths": JSON.stringify(followPaths) }),
  };
  return operation({ op: { case: "source", value: { identifier: `local://${name}`, attrs } } }, [], title);
}

/** A file from an http or https address, under this name at the root. */
export function download(url: string, name: string, title: string): State {
  const value = { identifier: url, attrs: { "http.filename": name } };
  return operation({ op: { case: "source", value } }, [], title);
}

/** A file system with one file. */
export function file(path: string, content: string | Uint8Array, title: string): State {
  return files([{ path, content }], title);
}

/** A file system with some files. In: what they are written onto, whose directories are there; absent: nothing. */
export function files(
  list: readonly { readonly path: string; readonly content: string | Uint8Array }[],
  title: string,
  onto?: State,
): State {
  const inputs = onto === undefined ? [] : [onto];
  const actions = list.map(({ path, content }, index) => ({
    // The result of the action before, which counts behind the input.
    input: BigInt(index > 0 ? inputs.length + index - 1 : inputs.length - 1),
    secondaryInput: -1n,
    output: BigInt(index === list.length - 1 ? 0 : -1),
    action: {
      case: "mkfile" as const,
      value: { path, mode: 0o644, data: Buffer.from(content), timestamp: -1n },
    },
  }));
  return operation({ op: { case: "file", value: { actions } } }, inputs, title);
}

/** What an archive holds; a file that is none, as it is. */
export function unpack(from: State, source: string, title: string): State {
  const value = { src: source, dest: "/", mode: -1, attemptUnpackDockerCompatibility: true, timestamp: -1n };
  const action = { input: -1n, secondaryInput: 0n, output: 0n, action: { case: "copy" as const, value } };
  return operation({ op: { case: "file", value: { actions: [action] } } }, [from], title);
}

/** Whether the result comes from a git repository. */
export function hasGitSource({ operations }: State): boolean {
  return [...operations.values()].some(({ bytes }) => {
    const { op } = fromBinary(OpSchema, bytes);
    return op.case === "source" && op.value.identifier.startsWith("git://");
  });
}

/** A git repository with its `.git`. In: the source alone; anything else stays as it is. */
export function withGitDirectory(state: State): State {
  const { bytes, metadata } = state.operations.get(state.digest) ?? {};
  if (bytes === undefined) return state;
  const { op, platform } = fromBinary(OpSchema, bytes);
  if (op.case !== "source") return state;
  const attrs = { ...op.value.attrs, "git.keepgitdir": "true" };
  const value = { identifier: op.value.identifier, attrs };
  const title = metadata?.description["llb.customname"] ?? "";
  return operation({ op: { case: "source", value }, ...(platform && { platform }) }, [], title);
}

interface CopyRequest {
  readonly from: State | undefined;
  /** Absolute. */
  readonly source: string;
  readonly destination: string;
  /** Whether `source` itself becomes `destination`, which must not be there; absent: a directory's contents go into it. */
  readonly isWhole?: boolean;
  /** Whether there may be no `source`; absent: there is one. */
  readonly isOptional?: boolean;
}

interface CopyAttributes {
  /** Absent: everything keeps its owner. */
  readonly owner?: Owner;
  /** Seconds since 1970; absent: everything keeps its time. */
  readonly timeSeconds?: number;
  /** What is copied onto; absent: an empty file system. */
  readonly onto?: State;
  /** Absolute paths that are taken away of it before, with all that is below them; they need not be there. */
  readonly without?: readonly string[];
}

/**
 * Files and contents of directories, in one step. Owner and time are also those of directories that are made above them,
 * and the time that of directories that were there.
 */
export function copy(requests: readonly CopyRequest[], attributes: CopyAttributes, title: string): State {
  const { owner, timeSeconds, onto, without = [] } = attributes;
  const user = (id: number) => ({ user: { case: "byId" as const, value: id } });
  const inputs = [onto, ...requests.map(({ from }) => from)].filter((state) => state !== undefined);
  const removals = without.map((path) => ({
    secondaryInput: -1n,
    action: { case: "rm" as const, value: { path, allowNotFound: true } },
  }));
  const copies = requests.map(({ from, source, destination, isWhole = false, isOptional = false }) => ({
    secondaryInput: BigInt(from === undefined ? -1 : inputs.indexOf(from)),
    action: {
      case: "copy" as const,
      value: {
        src: isOptional ? patternOf(source) : source,
        dest: destination,
        mode: -1,
        // The contents of a directory come without its own mode.
        dirCopyContents: !isWhole,
        createDestPath: true,
        ...(isOptional ? { allowWildcard: true, allowEmptyWildcard: true } : {}),
        timestamp: timeSeconds === undefined ? -1n : BigInt(timeSeconds) * 1_000_000_000n,
        ...(owner === undefined ? {} : { owner: { user: user(owner.uid), group: user(owner.gid) } }),
      },
    },
  }));
  const actions = [...removals, ...copies].map((action, index, all) => ({
    ...action,
    // The result of the action before, which counts behind the inputs.
    input: BigInt(index > 0 ? inputs.length + index - 1 : onto === undefined ? -1 : 0),
    output: BigInt(index === all.length - 1 ? 0 : -1),
  }));
  return operation({ op: { case: "file", value: { actions } } }, inputs, title);
}

/** A pattern for one path, which has no signs of one: BuildKit only lets a pattern match nothing. */
function patternOf(path: string): string {
  return `${path.slice(0, -1)}[${path.slice(-1)}]`;
}

/** File systems laid over each other, the last on top. Its layers are theirs, as they are. */
export function merge(states: readonly State[], title: string): State {
  const inputs = states.map((_, index) => ({ input: BigInt(index) }));
  return operation({ op: { case: "merge", value: { inputs } } }, states, title);
}

/** What `upper` has beyond `lower`; what it lacks is not to be seen. */
export function difference(lower: State | undefined, upper: State, title: string): State {
  const inputs = lower === undefined ? [upper] : [lower, upper];
  const value = {
    lower: { input: lower === undefined ? -1n : 0n },
    upper: { input: lower === undefined ? 0n : 1n },
  };
  return operation({ op: { case: "diff", value } }, inputs, title);
}

/** Nothing, made of `state`: merged into a result it adds no layer and keeps the steps that led to `state` in its graph. */
export function trace(state: State, title: string): State {
  return difference(state, state, title);
}

interface RunRequest {
  /** Root file system; read-only. */
  readonly root: State;
  readonly argv: readonly string[];
  readonly env: readonly string[];
  readonly platform: PlatformInit;
  /** Read-only. */
  readonly mounts: readonly RunMount[];
  /** In the order in which BuildKit takes hold of them; absent: the step has none. */
  readonly caches?: readonly CacheMount[];
  /** Where the step writes; the result. */
  readonly output: string;
}

export interface RunMount {
  readonly state: State;
  /** A directory or file in it; absent: all of it. */
  readonly source?: string;
  readonly target: string;
  /** Whether the step's cache key takes what is in it, rather than how it was made; the client's files need that. */
  readonly keyedByContent?: boolean;
}

/** A directory that BuildKit keeps between builds, as another step mounts it. */
export interface CacheMount {
  readonly mount: Mount;
  /** What it is made of at first; BuildKit knows a cache by this and its id. */
  readonly from: State | undefined;
}

/** A program, as root and without network. */
export function run(
  { root, argv, env, platform, mounts, caches = [], output }: RunRequest,
  title: string,
): State {
  const initial = caches.flatMap(({ from }) => from ?? []);
  const states = [root, ...mounts.map(({ state }) => state), ...initial];
  const mount = (
    input: bigint,
    dest: string,
    keyedByContent = false,
    selector = "",
  ): MessageInitShape<typeof MountSchema> => ({
    input,
    selector,
    dest,
    output: -1n,
    readonly: true,
    contentCache: keyedByContent ? MountContentCache.ON : MountContentCache.OFF,
  });
  const meta: MessageInitShape<typeof MetaSchema> = { args: [...argv], env: [...env], cwd: "/", user: "0:0" };
  const exec: MessageInitShape<typeof ExecOpSchema> = {
    meta,
    network: NetMode.NONE,
    mounts: [
      mount(0n, "/"),
      ...mounts.map(({ source, target, keyedByContent }, index) =>
        mount(BigInt(index + 1), target, keyedByContent, source),
      ),
      ...caches.map(({ mount, from }) => ({
        ...mount,
        input: from === undefined ? -1n : BigInt(1 + mounts.length + initial.indexOf(from)),
      })),
      { input: -1n, dest: output, output: 0n },
    ],
  };
  return operation({ op: { case: "exec", value: exec }, platform }, states, title);
}

function operation(
  op: Pick<MessageInitShape<typeof OpSchema>, "op" | "platform">,
  inputs: readonly State[],
  title: string,
): State {
  const message = create(OpSchema, {
    ...op,
    inputs: inputs.map(({ digest, index }) => ({ digest, index })),
  });
  const bytes = toBinary(OpSchema, message);
  const digest = digestOf(bytes);
  const metadata = create(OpMetadataSchema, {
    description: { "llb.customname": title },
    caps: capabilitiesOf(message.op.case),
  });
  const operations = new Map(inputs.flatMap((input) => [...input.operations]));
  operations.set(digest, { bytes, metadata });
  return { digest, index: 0n, operations };
}

/** What BuildKit has to be able to do for an operation; it refuses a graph that needs more than it has. */
function capabilitiesOf(kind: string | undefined): Record<string, boolean> {
  switch (kind) {
    case "merge":
      return { mergeop: true };
    case "diff":
      return { diffop: true };
    default:
      return {};
  }
}
