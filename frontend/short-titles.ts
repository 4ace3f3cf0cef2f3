import type { Definition } from "./generated/ops_pb.js";

/** As the Dockerfile has them, and BuildKit repeats them in a step's title. */
const secretMounts = /(?: --mount=type=secret\S*)+/g;

/**
 * The same graph with titles that say how many secrets a step has: a binding is a mount for each key, and a title is
 * printed again where its step fails. Titles do not count for what a step is.
 */
export function withShortTitles(definition: Definition): Definition {
  let isChanged = false;
  const metadata = Object.entries(definition.metadata).map(([digest, value]) => {
    const title = value.description["llb.customname"];
    if (title === undefined || !title.includes(" --mount=type=secret")) return [digest, value] as const;
    isChanged = true;
    const short = title.replace(secretMounts, counted);
    return [digest, { ...value, description: { ...value.description, "llb.customname": short } }] as const;
  });
  return isChanged ? { ...definition, metadata: Object.fromEntries(metadata) } : definition;
}

function counted(mounts: string): string {
  const count = mounts.match(/--mount=/g)?.length ?? 0;
  return ` (${count} ${count === 1 ? "secret" : "secrets"})`;
}
