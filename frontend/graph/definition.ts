import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { cacheCheckName } from "../../src/contract/cache/cache-check.ts";
import { digestOf } from "../../src/image/digest.ts";
import { assembleArgument } from "../../src/options/step-variables.ts";
import { imageDirectory, keptDirectory, layersDirectory, restoredDirectory } from "../../src/stages/paths.ts";
import {
  type Definition,
  type ExecOp,
  InputSchema,
  MountContentCache,
  MountSchema,
  MountType,
  type Op,
  type OpMetadata,
  OpMetadataSchema,
  OpSchema,
} from "../generated/ops_pb.js";
import { type CacheMount, operationsOf, type State } from "./llb.ts";

/** What the stage `export` does, in parts: nothing of the image waits for the cache to be written. */
export interface ExportSteps {
  readonly image: Definition;
  /** Stage that the layers come from, once `image` has run. */
  readonly build: State;
  /** Stage that the restored layers come from; absent: `image` is not shown it. */
  readonly restored?: State;
  /** Stage with the contents of layers that buildpacks may have kept; absent: nothing is remembered. */
  readonly cached?: State;
  /** Whether `image` makes documents of what the buildpacks say of the image. */
  readonly saysSboms: boolean;
  /**
   * Writes the cache, once `image` has run. In: layers that buildpacks kept of a previous image, for the memory. Absent: the build
   * keeps no cache, or somebody wrote the stage anew.
   */
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

/** Where the step that writes the cache finds what the step before has found of it. */
const checkDirectory = "/cnb-dockerfile-check";

/** What stands for `/` of the previous image there, with the layers that were kept of it. */
const previousDirectory = "/cnb-dockerfile-previous";

/**
 * Takes the stage `export`, asked for the image alone, apart. Undefined: it does not see the build's layers.
 *
 * The step for the image is known by how its mounts were made and not by what is in them: BuildKit would hash every file
 * of the build's layers before it starts, and a changed source changes them anyway. It is shown the restored layers, too: those
 * that are still the same BuildKit knows. It also looks whether the cache is already what it would be; only if not, a second
 * step writes it. In: makes titles of texts; whether documents are made of what the buildpacks say of the image.
 */
export function exportSteps(
  definition: Definition,
  title: (text: string) => string,
  saysSboms: boolean,
): ExportSteps | undefined {
  const step = lastStep(definition);
  const layers = step?.exec.mounts.find(({ dest }) => dest === layersDirectory);
  const build = layers && step?.op.inputs[Number(layers.input)];
  if (step === undefined || layers === undefined || build === undefined) return undefined;
  const { digest: like, op } = step;
  const exec = { ...step.exec, mounts: step.exec.mounts.map(unkeyed) };
  const operations = operationsOf(alreadyRun(definition));
  const kept = step.exec.mounts.find(({ dest }) => dest === keptDirectory);
  const cached = kept && step.op.inputs[Number(kept.input)];
  const isOurs = exec.meta?.env.includes(asked) === true;
  const restored = isOurs ? restoredOf(build.digest, operations) : undefined;
  const words = [
    ...(restored === undefined ? [] : [`--restored=${restoredDirectory}`]),
    ...(isOurs && saysSboms ? ["--sboms"] : []),
  ];
  const seen = restored === undefined ? [] : [shown(op.inputs.length, layersDirectory, restoredDirectory)];
  const imageOp = running(
    { ...op, inputs: [...op.inputs, ...(restored === undefined ? [] : [inputOf(restored)])] },
    withWords({ ...exec, mounts: [...exec.mounts, ...seen] }, words),
  );
  const image = endedBy(definition, imageOp, { like, isKept: false });
  const ready = {
    ...{ image, build: { ...build, operations }, saysSboms: isOurs && saysSboms },
    ...(restored === undefined ? {} : { restored }),
    ...(cached === undefined ? {} : { cached: { ...cached, operations } }),
  };
  if (!isOurs || !exec.mounts.some(({ mountType }) => mountType === MountType.CACHE)) return ready;

  const imageDigest = digestOf(toBinary(OpSchema, imageOp));
  return {
    ...ready,
    cacheAfter: (previous) => {
      const remembered = kept === undefined ? [] : previous;
      const inputs = [
        ...op.inputs,
        create(InputSchema, { digest: imageDigest, index: 0n }),
        ...remembered.map(({ state }) => inputOf(state)),
      ];
      const mounts = [
        ...exec.mounts,
        shown(op.inputs.length, imageDirectory, checkDirectory),
        ...remembered.map(({ path }, index) =>
          shown(op.inputs.length + 1 + index, path, `${previousDirectory}${path}`),
        ),
      ];
      const flags = [
        `--checked=${checkDirectory}/${cacheCheckName}`,
        ...(remembered.length === 0 ? [] : [`--previous=${previousDirectory}`]),
      ];
      const write = running({ ...op, inputs }, asPart(withWords({ ...exec, mounts }, flags), "cache"));
      const before = withStates(alreadyRun(image), remembered);
      const written = endedBy(before, write, {
        ...{ like: imageDigest, isKept: true, title: title("write the buildpack cache") },
      });
      return withMark(written, digestOf(toBinary(OpSchema, write)), image.metadata[imageDigest]);
    },
  };
}

/** Where the step of the stage `build` takes the restored layers from. Undefined: it has no such step. */
function restoredOf(build: string, operations: State["operations"]): State | undefined {
  const bytes = operations.get(build)?.bytes;
  const { op, inputs = [] } = bytes === undefined ? {} : fromBinary(OpSchema, bytes);
  if (op?.case !== "exec") return undefined;
  const mount = op.value.mounts.find(({ dest }) => dest === restoredDirectory);
  const input = mount?.selector === layersDirectory ? inputs[Number(mount.input)] : undefined;
  return input && { digest: input.digest, index: input.index, operations };
}

/** A read-only mount that is no part of the step's key. */
function shown(input: number, selector: string, dest: string): ExecOp["mounts"][number] {
  const place = { input: BigInt(input), selector, dest, output: -1n };
  return create(MountSchema, { ...place, readonly: true, contentCache: MountContentCache.OFF });
}

/** The graph with the mark of `--no-cache` on one operation, if another one had it: the cache is written in this build, too. */
function withMark(definition: Definition, digest: string, marked: OpMetadata | undefined): Definition {
  const metadata = definition.metadata[digest];
  if (metadata === undefined || marked === undefined) return definition;
  const { ignoreCache } = marked;
  return { ...definition, metadata: { ...definition.metadata, [digest]: { ...metadata, ignoreCache } } };
}

function inputOf({ digest, index }: State): Op["inputs"][number] {
  return create(InputSchema, { digest, index });
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

/** A program with some more words behind its own. */
function withWords(exec: ExecOp, words: readonly string[]): ExecOp {
  const { meta } = exec;
  return meta === undefined ? exec : { ...exec, meta: { ...meta, args: [...meta.args, ...words] } };
}

/** A program that is asked for another part of what it can do. */
function asPart(exec: ExecOp, part: string): ExecOp {
  const { meta } = exec;
  if (meta === undefined) return exec;
  const env = meta.env.map((text) => (text === asked ? `${assembleArgument}=${part}` : text));
  return { ...exec, meta: { ...meta, env } };
}
