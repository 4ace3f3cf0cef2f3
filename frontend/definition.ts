import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { assembleArgument } from "../src/index.ts";
import {
  type Definition,
  type ExecOp,
  MountContentCache,
  MountType,
  type Op,
  OpMetadataSchema,
  OpSchema,
} from "./generated/ops_pb.js";
import { digestOf } from "./llb.ts";

/** The two halves of the stage `export`, which can run side by side: nothing of the image waits for the cache. */
export interface ExportSteps {
  readonly image: Definition;
  /** Absent: the build keeps no cache, or somebody wrote the stage anew. */
  readonly cache?: Definition;
}

/**
 * Takes the stage `export`, asked for the image alone, apart. Either step is known by how its mounts were made and not by
 * what is in them: BuildKit would hash every file of the build's layers before it starts, and a changed source changes
 * them anyway. In: title of the step that writes the cache.
 */
export function exportSteps(definition: Definition, title: string): ExportSteps {
  const step = lastStep(definition);
  if (step === undefined) return { image: definition };
  const exec = { ...step.exec, mounts: step.exec.mounts.map(unkeyed) };
  const image = withStep(definition, step, exec);
  const asked = `${assembleArgument}=image`;
  const hasCache = exec.mounts.some(({ mountType }) => mountType === MountType.CACHE);
  if (!hasCache || exec.meta?.env.includes(asked) !== true) return { image };
  const env = exec.meta.env.map((text) => (text === asked ? `${assembleArgument}=cache` : text));
  return { image, cache: withStep(definition, step, { ...exec, meta: { ...exec.meta, env } }, title) };
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

/** The graph with another program in its last step. Nothing but the result leads on from that, and follows it. */
function withStep(definition: Definition, { digest, op }: Step, exec: ExecOp, title?: string): Definition {
  const step = toBinary(OpSchema, { ...op, op: { case: "exec", value: exec } });
  const renamed = digestOf(step);
  const [last = new Uint8Array()] = definition.def.slice(-1);
  const result = fromBinary(OpSchema, last);
  const inputs = result.inputs.map((input) => ({ ...input, digest: renamed }));
  const others = definition.def.slice(0, -1).filter((operation) => digestOf(operation) !== digest);
  const renameKey = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(
      Object.entries(record).map(([name, value]) => [name === digest ? renamed : name, value]),
    );
  const metadata = renameKey(definition.metadata);
  if (title !== undefined) {
    const old = metadata[renamed] ?? create(OpMetadataSchema);
    metadata[renamed] = { ...old, description: { ...old.description, "llb.customname": title } };
  }
  const { source } = definition;
  return {
    ...definition,
    def: [...others, step, toBinary(OpSchema, { ...result, inputs })],
    metadata,
    // The lines of the Dockerfile that the step comes from, for its failure to point at.
    ...(source === undefined ? {} : { source: { ...source, locations: renameKey(source.locations) } }),
  };
}
