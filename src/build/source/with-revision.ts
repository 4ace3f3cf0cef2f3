import { present } from "../../present.ts";
import { repositoryName } from "./git/git-url.ts";
import type { Revision, Source } from "./source.ts";

/** What a user says of a source: a repository that he names also gives the app its cache and the image its name. */
export function withRevision(source: Source, revision: Partial<Revision>): Source {
  const { remote } = revision;
  // Whoever builds knows better than the clone which repository it is.
  const git = remote === undefined ? source.git : { remote, subdirectory: source.git?.subdirectory ?? "" };
  // Every source lies at the same path in the container.
  const { place: _, ...others } = source;
  return {
    ...others,
    name: remote === undefined ? source.name : repositoryName(remote),
    revision,
    ...present({ git }),
  };
}
