import { projectMetadataLabel } from "../../contract/label-names.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import type { Source } from "../source/source.ts";

/**
 * Which state of a repository an image is of. In the index, since it would make the images of the platforms other ones
 * than those of the same files in a directory; one platform has no index. An archive's own list can say it, too.
 */
export function revisionAnnotations(
  { revision = {} }: Source,
  platformCount: number,
  describesArchive: boolean,
): string[] {
  const kind = platformCount > 1 ? "index" : "manifest";
  const types = describesArchive ? `${kind},${kind}-descriptor` : kind;
  const said = { source: revision.remote, revision: revision.commit, created: revision.time };
  return Object.entries(said).flatMap(([name, value]) =>
    value === undefined ? [] : [`${types}:org.opencontainers.image.${name}=${value}`],
  );
}

/** What the label of pack's says of a git repository. Source: CNB platform spec, project-metadata.toml; pack. */
export function revisionLabel({ revision }: Source): string {
  if (revision?.commit === undefined)
    throw new CompileError([diagnose("cli/no-revision", {}, { file: "--git-metadata" })]);
  const { remote: url, commit, refs = [] } = revision;
  const source = { type: "git", version: { commit }, metadata: { refs, url } };
  return `${projectMetadataLabel}=${JSON.stringify({ source })}`;
}
