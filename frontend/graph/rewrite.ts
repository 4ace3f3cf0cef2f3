import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { digestOf } from "../../src/image/digest.ts";
import { type Definition, type Op, OpMetadataSchema, OpSchema } from "../generated/ops_pb.js";

/** An operation in place of another, and operations that have to stand before it, by their titles. */
export interface Rewritten {
  readonly op: Op;
  readonly before?: readonly { readonly op: Op; readonly title: string }[];
}

/**
 * Changes operations of a graph, and in all that is made of them the digests by which they are known. In: what takes an operation
 * whose inputs have their new digests, and the digest that it had; undefined: it stays. Out: the same graph where nothing changed.
 */
export function rewrite(
  definition: Definition,
  change: (op: Op, digest: string) => Rewritten | undefined,
): Definition {
  const renamed = new Map<string, string>();
  const added: [digest: string, title: string][] = [];
  const known = new Set<string>();
  // Inputs stand before what is made of them.
  const def = definition.def.flatMap((bytes) => {
    const op = fromBinary(OpSchema, bytes);
    const digest = digestOf(bytes);
    const isMoved = op.inputs.some(({ digest }) => renamed.has(digest));
    const inputs = op.inputs.map((input) => ({
      ...input,
      digest: renamed.get(input.digest) ?? input.digest,
    }));
    const moved = isMoved ? { ...op, inputs } : op;
    const result = change(moved, digest);
    if (result === undefined && !isMoved) return [bytes];
    const before = (result?.before ?? []).flatMap(({ op: other, title }) => {
      const written = toBinary(OpSchema, other);
      const digest = digestOf(written);
      if (known.has(digest)) return [];
      known.add(digest);
      added.push([digest, title]);
      return [written];
    });
    const changed = toBinary(OpSchema, result?.op ?? moved);
    renamed.set(digest, digestOf(changed));
    return [...before, changed];
  });
  if (renamed.size === 0) return definition;
  const { metadata, source } = definition;
  const titles = added.map(([digest, title]) => {
    const description = { "llb.customname": title };
    return [digest, create(OpMetadataSchema, { description })] as const;
  });
  return {
    ...{ ...definition, def },
    metadata: { ...withNewNames(metadata, renamed), ...Object.fromEntries(titles) },
    ...(source === undefined
      ? {}
      : { source: { ...source, locations: withNewNames(source.locations, renamed) } }),
  };
}

function withNewNames<T>(record: Readonly<Record<string, T>>, names: ReadonlyMap<string, string>) {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [names.get(name) ?? name, value]));
}
