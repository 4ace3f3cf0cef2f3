import { CompileError } from "../diagnostics/diagnostic.ts";
import { type DescriptorText, readDescriptor } from "./descriptor.ts";

/** Key of the entry that brings in a buildpack, as `io.buildpacks.group[1]`. Undefined: none does by its id. */
export function entryOf(text: DescriptorText, id: string): string | undefined {
  try {
    const { group, pre, post } = readDescriptor(text, () => undefined);
    const entry = [...pre, ...group, ...post].find((each) =>
      each.kind === "uri" ? namedIn(each.uri) === id : each.id === id,
    );
    return entry?.location.keyPath;
  } catch (error) {
    if (error instanceof CompileError) return undefined;
    throw error;
  }
}

/** `urn:cnb:builder:ID@VERSION` and `urn:cnb:registry:ID@VERSION` say which buildpack they mean. */
function namedIn(uri: string): string | undefined {
  return /^urn:cnb:(?:builder|registry):(?<id>[^@]+)/.exec(uri)?.groups?.id;
}
