import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { offeredFile } from "../../src/contract/cache/memory-places.ts";
import { digestOf } from "../../src/image/digest.ts";
import { assembleArgument } from "../../src/options/step-variables.ts";
import { appDirectory, imageDirectory, keptDirectory, layersDirectory } from "../../src/stages/paths.ts";
import {
  type Definition,
  type ExecOp,
  InputSchema,
  MountContentCache,
  MountSchema,
  MountType,
  type Op,
  OpMetadataSchema,
  OpSchema,
} from "../generated/ops_pb.js";
import { type CacheMount, operationsOf, type State } from "./llb.ts";

/** What the stage `export` does, in parts that can run side by side: nothing of the image waits for the cache. */
export interface ExportSteps {
  readonly image: Definition;
  /** Stage that the layers come from, once `image` has run. */
  readonly build: State;
  /** Stage with the contents of layers that buildpacks may have kept; absent: nothing is remembered. */
  readonly cached?: State;
  /** What the buildpacks say of the image, as documents to attach; absent: somebody wrote the stage anew. */
  readonly sbom?: Definition;
  /** Writes the cache. Absent: the build keeps no cache, or somebody wrote the stage anew. */
  readonly cache?: Definition;
  /** The same once `image` has run. In: layers that buildpacks kept of a previous image, for the memory. */
  readonly cacheAfter?: (kept: readonly KeptLayer[]) => Definition;
}

/** A layer, as it goes into the image. */
export interface KeptLayer {
  readonly state: State;
  /** Absolute path of its directory, there and in the image. */
  readonly path: string;
}

/** What `export` is asked for at first, as a variable. */
const asked = `${assembleArgument}=image`;

/** Where the step that writes the cache finds what the cache would consist of. */
const listDirectory = "/cnb-dockerfile-list";

/** What stands for `/` of the previous image there, with the layers that were kept of it. */
const previousDirectory = "/cnb-dockerfile-previous";

/** Where the lifecycle leaves what buildpacks say of layers that are in the image. Source: CNB platform spec, "builder". */
const launchSboms = `${layersDirectory}/sbom/launch`;

/**
 * Takes the stage `export`, asked for the image alone, apart. Undefined: it does not see the build's layers.
 *
 * The step for the image is known by how its mounts were made and not by what is in them: BuildKit would hash every file
 * of the build's layers before it starts, and a changed source changes them anyway. The cache takes two: what it would
 * consist of, known by the layers' contents alone, so that it is not computed again for the same layers; and a quick look
 * at the cache itself, which is written where it is another one. What the buildpacks say of the image is known by content,
 * too. In: makes titles of texts.
 */
export function exportSteps(
  definition: Definition,
  title: (text: string) => string,
): ExportSteps | undefined {
  const step = lastStep(definition);
  const layers = step?.exec.mounts.find(({ dest }) => dest === layersDirectory);
  const build = layers && step?.op.inputs[Number(layers.input)];
  if (step === undefined || layers === undefined || build === undefined) return undefined;
  const { digest: like, op } = step;
  const exec = { ...step.exec, mounts: step.exec.mounts.map(unkeyed) };
  const image = endedBy(definition, running(op, exec), { like, isKept: false });
  const operations = operationsOf(alreadyRun(definition));
  const kept = step.exec.mounts.find(({ dest }) => dest === keptDirectory);
  const cached = kept && step.op.inputs[Number(kept.input)];
  const ready = {
    ...{ image, build: { ...build, operations } },
    ...(cached === undefined ? {} : { cached: { ...cached, operations } }),
  };
  if (exec.meta?.env.includes(asked) !== true) return ready;

  const root = exec.mounts.filter(({ dest }) => dest === "/");
  const others = exec.mounts.filter(({ mountType, dest }) => {
    const isOwn = dest === "/" || dest === layersDirectory || dest === appDirectory || dest === keptDirectory;
    return mountType === MountType.BIND && !isOwn;
  });
  const saidByContent = { selector: launchSboms, dest: launchSboms, contentCache: MountContentCache.ON };
  const say = running(op, withPart(exec, "sbom", [...root, ...others, { ...layers, ...saidByContent }]));
  const sbom = endedBy(definition, say, {
    ...{ like, isKept: false, title: title("collect the buildpacks' SBOMs") },
  });
  const parts = { ...ready, sbom };
  if (!exec.mounts.some(({ mountType }) => mountType === MountType.CACHE)) return parts;

  const layersByContent = { ...layers, contentCache: MountContentCache.ON };
  const offered = `${keptDirectory}${offeredFile}`;
  const offeredByContent = kept === undefined ? [] : [{ ...kept, selector: offered, dest: offered }];
  const cacheOf = (before: Definition, previous: readonly KeptLayer[]): Definition => {
    const remembered = kept === undefined ? [] : previous;
    const words = remembered.length === 0 ? [] : [`--previous=${previousDirectory}`];
    const inputs = [...op.inputs, ...remembered.map(({ state }) => inputOf(state))];
    const previousMounts = remembered.map(({ path }, index) =>
      create(MountSchema, {
        ...{ input: BigInt(op.inputs.length + index), selector: path, dest: `${previousDirectory}${path}` },
        ...{ output: -1n, readonly: true, contentCache: MountContentCache.OFF },
      }),
    );
    const list = running(
      { ...op, inputs },
      withPart(
        exec,
        "cache-list",
        [...[...root, layersByContent], ...[...offeredByContent, ...previousMounts].map(keyedByContent)],
        words,
      ),
    );
    const listed = digestOf(toBinary(OpSchema, list));
    const mount = create(MountSchema, {
      ...{ input: BigInt(inputs.length), selector: imageDirectory, dest: listDirectory, output: -1n },
      ...{ readonly: true, contentCache: MountContentCache.OFF },
    });
    const write = running(
      { ...op, inputs: [...inputs, create(InputSchema, { digest: listed, index: 0n })] },
      withPart(
        exec,
        "cache",
        [...exec.mounts, ...previousMounts, mount],
        [`--listed=${listDirectory}/cache.json`, ...words],
      ),
    );
    const whole = withStates(before, remembered);
    const listing = endedBy(whole, list, {
      ...{ like, isKept: false, title: title("list the buildpack cache") },
    });
    return endedBy(listing, write, {
      ...{ like: listed, isKept: true, title: title("write the buildpack cache") },
    });
  };
  return {
    ...{ ...parts, cache: cacheOf(definition, []) },
    cacheAfter: (previous) => cacheOf(withMark(alreadyRun(definition), like, definition), previous),
  };
}

/** The graph with one operation's mark of `--no-cache` as another graph has it: the cache is written in this build, too. */
function withMark(definition: Definition, digest: string, { metadata }: Definition): Definition {
  const marked = metadata[digest];
  if (marked === undefined) return definition;
  return { ...definition, metadata: { ...definition.metadata, [digest]: marked } };
}

function inputOf({ digest, index }: State): Op["inputs"][number] {
  return create(InputSchema, { digest, index });
}

function keyedByContent(mount: ExecOp["mounts"][number]): ExecOp["mounts"][number] {
  return { ...mount, contentCache: MountContentCache.ON };
}

/** The graph with the operations that lead to some layers, in front of its own. */
function withStates(definition: Definition, layers: readonly KeptLayer[]): Definition {
  const own = operationsOf(definition);
  const others = new Map(
    layers.flatMap(({ state }) => [...state.operations]).filter(([digest]) => !own.has(digest)),
  );
  const metadata = Array.from(others, ([digest, operation]) => [digest, operation.metadata] as const);
  return {
    ...definition,
    def: [...[...others.values()].map(({ bytes }) => bytes), ...definition.def],
    metadata: { ...Object.fromEntries(metadata), ...definition.metadata },
  };
}

/** The cache mount of the stage `export`, for other steps to look into. Undefined: it has none. */
export function cacheMountOf(definition: Definition): CacheMount | undefined {
  const step = lastStep(definition);
  const mount = step?.exec.mounts.find(({ mountType }) => mountType === MountType.CACHE);
  if (step === undefined || mount === undefined) return undefined;
  const input = step.op.inputs[Number(mount.input)];
  if (input === undefined) return { mount, from: undefined };
  const operations = leadingTo(input.digest, operationsOf(alreadyRun(definition)));
  return { mount, from: { digest: input.digest, index: input.index, operations } };
}

/** The operations that a result needs, in their order. */
export function leadingTo(digest: string, all: State["operations"]): State["operations"] {
  const needed = new Set([digest]);
  // Inputs stand before what is made of them.
  for (const [name, { bytes }] of [...all].reverse()) {
    if (!needed.has(name)) continue;
    for (const input of fromBinary(OpSchema, bytes).inputs) needed.add(input.digest);
  }
  return new Map([...all].filter(([name]) => needed.has(name)));
}

function running(op: Op, exec: ExecOp): Op {
  return { ...op, op: { case: "exec", value: exec } };
}

/** A graph that has run in this build. With the mark of `--no-cache`, BuildKit would empty its cache mounts once more. */
export function alreadyRun(definition: Definition): Definition {
  const metadata = Object.entries(definition.metadata).map(
    ([digest, value]) => [digest, { ...value, ignoreCache: false }] as const,
  );
  return { ...definition, metadata: Object.fromEntries(metadata) };
}

function unkeyed(mount: ExecOp["mounts"][number]): ExecOp["mounts"][number] {
  const isKeyed = mount.mountType === MountType.BIND && mount.contentCache === MountContentCache.DEFAULT;
  return isKeyed ? { ...mount, contentCache: MountContentCache.OFF } : mount;
}

/** The operation whose result the graph stands for, where it runs a program. */
interface Step {
  readonly digest: string;
  readonly op: Op;
  readonly exec: ExecOp;
}

function lastStep({ def }: Definition): Step | undefined {
  const last = def.at(-1);
  const digest = last && fromBinary(OpSchema, last).inputs[0]?.digest;
  const bytes = def.find((operation) => digestOf(operation) === digest);
  if (digest === undefined || bytes === undefined) return undefined;
  const op = fromBinary(OpSchema, bytes);
  return op.op.case === "exec" ? { digest, op, exec: op.op.value } : undefined;
}

interface Ending {
  /** Digest of the operation whose title and place in the Dockerfile the new one gets. */
  readonly like: string;
  /** Whether that operation stays in the graph; else the new one is in its place, and nothing else led on from it. */
  readonly isKept: boolean;
  /** Absent: the other one's. */
  readonly title?: string;
}

/** The graph of one more operation, whose result it then stands for. */
function endedBy(definition: Definition, op: Op, { like, isKept, title }: Ending): Definition {
  const bytes = toBinary(OpSchema, op);
  const digest = digestOf(bytes);
  const [last = new Uint8Array()] = definition.def.slice(-1);
  const result = fromBinary(OpSchema, last);
  const inputs = result.inputs.map((input) => ({ ...input, digest }));
  const others = definition.def.slice(0, -1).filter((other) => isKept || digestOf(other) !== like);
  const withNew = <T>(record: Readonly<Record<string, T>>): Record<string, T> => {
    const { [like]: value, ...rest } = record;
    return value === undefined ? rest : { ...rest, ...(isKept ? { [like]: value } : {}), [digest]: value };
  };
  const metadata = withNew(definition.metadata);
  if (title !== undefined) {
    const old = metadata[digest] ?? create(OpMetadataSchema);
    metadata[digest] = { ...old, description: { ...old.description, "llb.customname": title } };
  }
  const { source } = definition;
  return {
    ...definition,
    def: [...others, bytes, toBinary(OpSchema, { ...result, inputs })],
    metadata,
    // The lines of the Dockerfile that the step comes from, for its failure to point at.
    ...(source === undefined ? {} : { source: { ...source, locations: withNew(source.locations) } }),
  };
}

/** A program that is asked for another part of what it can do. */
function withPart(
  exec: ExecOp,
  part: string,
  mounts: ExecOp["mounts"],
  words: readonly string[] = [],
): ExecOp {
  const { meta } = exec;
  if (meta === undefined) return { ...exec, mounts };
  const env = meta.env.map((text) => (text === asked ? `${assembleArgument}=${part}` : text));
  return { ...exec, mounts, meta: { ...meta, env, args: [...meta.args, ...words] } };
}
