import { CompileError } from "../diagnostics/diagnostic.ts";
import { type DescriptorText, readDescriptor } from "./descriptor.ts";
import type { BuildpackEntry, ProjectDescriptor } from "./project-descriptor.ts";

/**
 * Key of what brings a buildpack into a build, as `io.buildpacks.group[1].id`. In: the buildpack's id; absent: it is not
 * known which. Out: the entry of the buildpack; the first entry of a group that takes the place of the builder's order,
 * where the buildpack is a part of a composite or in one of several paths; else the builder. Undefined: the file names none
 * of them, or cannot be read.
 */
export function entryOf(text: DescriptorText, id: string | undefined): string | undefined {
  try {
    const descriptor = readDescriptor(text, () => undefined);
    const { group, pre, post } = descriptor;
    const own = id === undefined ? undefined : findEntry([...pre, ...group, ...post], id);
    const entry = own ?? groupAlone(descriptor);
    return entry?.location.keyPath ?? descriptor.builder?.keyPath;
  } catch (error) {
    if (error instanceof CompileError) return undefined;
    throw error;
  }
}

function findEntry(all: readonly BuildpackEntry[], id: string): BuildpackEntry | undefined {
  const named = all.find((each) => (each.kind === "uri" ? namedIn(each.uri) === id : each.id === id));
  if (named !== undefined) return named;
  // What lies in a directory or an image is told by its name there.
  const alike = all.filter(
    (each) => each.kind === "uri" && namedIn(each.uri) === undefined && lastPart(each.uri) === lastPart(id),
  );
  return alike.length === 1 ? alike[0] : undefined;
}

/** Undefined: the builder's order counts, too. */
function groupAlone({ group }: ProjectDescriptor): BuildpackEntry | undefined {
  const hasBuilder = group.some((each) => each.kind === "uri" && each.uri === "from=builder");
  return hasBuilder ? undefined : group[0];
}

/** `urn:cnb:builder:ID@VERSION` and `urn:cnb:registry:ID@VERSION` say which buildpack they mean. */
function namedIn(uri: string): string | undefined {
  return /^(?:urn:cnb:(?:builder|registry)|from=builder):(?<id>[^@]+)/.exec(uri)?.groups?.id;
}

/** `node` of `acme/node`, `./buildpacks/node/`, `node.tgz` and `docker://registry.example/acme/node:1`. */
function lastPart(text: string): string {
  const part = text.replace(/\/+$/, "").split("/").at(-1) ?? "";
  return part.replace(/[@:].*$/, "").replace(/\.(?:tgz|tar\.gz|tar|cnb)$/, "");
}
