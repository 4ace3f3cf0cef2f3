import { parse } from "@iarna/toml";
import type { Facet } from "./pack-inputs.ts";
import type { Reading, Taken } from "./readings.ts";

/** In what two programs' readings of one project differ, sorted. */
export function differences(pack: Reading, ours: Reading): Facet[] {
  const warning: Facet[] = pack.warnings.length > 0 === ours.warnings.length > 0 ? [] : ["warning"];
  if (pack.kind === "refused" || ours.kind === "refused") {
    return pack.kind === ours.kind ? warning : ["answer", ...warning];
  }
  const differing = facets.filter(([, part]) => JSON.stringify(part(pack)) !== JSON.stringify(part(ours)));
  return [...differing.map(([facet]) => facet), ...warning].sort();
}

/** What each facet is, in a form in which equal things are equal texts. */
const facets: readonly (readonly [Facet, (reading: Taken) => unknown])[] = [
  ["builder", ({ builder }) => builder],
  ["env", ({ env }) => Object.entries(env).sort()],
  ["order", ({ order }) => order],
  ["buildpacks", ({ buildpacks }) => buildpacks],
  ["buildpack files", buildpackFiles],
  ["source", sourceFiles],
];

/**
 * Without what differs in each inline script: pack adds a .bat file to each of its programs and an empty line at their
 * end, and names another stack.
 */
function buildpackFiles({ phase }: Taken): unknown {
  return phase.files
    .filter(({ path }) => path.startsWith("/cnb/buildpacks/") && !path.endsWith(".bat"))
    .map(({ path, kind, mode, uid, gid, content = "" }) => {
      const text = Buffer.from(content, "base64").toString();
      const isDescriptor = path.endsWith("/buildpack.toml");
      const { api, buildpack } = isDescriptor ? parse(text) : {};
      return [path, kind, mode, uid, gid, isDescriptor ? { api, buildpack } : text.trimEnd()];
    });
}

/** Without the app's own directory, whose mode and time differ always; a directory's time is that of its unpacking. */
function sourceFiles({ source }: Taken): unknown {
  return source.slice(1).map(({ path, kind, mode, uid, gid, time, sizeBytes, target }) => {
    return [path, kind, mode, uid, gid, target, ...(kind === "file" ? [time, sizeBytes] : [])];
  });
}
