import type { Definition } from "../generated/ops_pb.js";

/** As the Dockerfile has them, and BuildKit repeats them in a step's title. */
const secretMounts = /(?: +--mount=type=secret\S*)+/g;

/** How our program starts a phase: what stands before the phase itself, mounts that are no secrets included. */
const started = / RUN [^[]*?(?<secrets>\(\d+ secrets?\) +)?[^[(]*\["\S*\/native\/ld",.*?"--", +/;

/**
 * The same graph with titles that name a phase and not what starts it, and that say how many secrets a step has: a binding is
 * a mount for each key, and a title is printed again where its step fails. Titles do not count for what a step is.
 */
export function withShortTitles(definition: Definition): Definition {
  let isChanged = false;
  const metadata = Object.entries(definition.metadata).map(([digest, value]) => {
    const title = value.description["llb.customname"];
    const short = title?.replace(secretMounts, counted).replace(started, " RUN $<secrets>[");
    if (short === undefined || short === title) return [digest, value] as const;
    isChanged = true;
    return [digest, { ...value, description: { ...value.description, "llb.customname": short } }] as const;
  });
  return isChanged ? { ...definition, metadata: Object.fromEntries(metadata) } : definition;
}

function counted(mounts: string): string {
  const count = mounts.match(/--mount=/g)?.length ?? 0;
  return ` (${count} ${count === 1 ? "secret" : "secrets"})`;
}
