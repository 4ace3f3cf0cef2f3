import { error, warning } from "../entry.ts";
import { listed } from "./listed.ts";

/** Faults of the buildpacks of a build, and of their order. */
export const planBuildpacksCatalog = {
  "plan/extensions-unsupported": error<{ builder: string; ids: readonly string[] }>({
    summary: "The builder uses image extensions",
    message: ({ builder, ids }) =>
      `${builder} uses image extensions (${ids.join(", ")}), which are not supported yet.`,
    hint: () => "Use a builder without extensions.",
  }),
  "plan/buildpack-unknown": error<{ id: string; suggestion: string | undefined }>({
    summary: "A buildpack is not on the builder",
    message: ({ id }) => `There is no buildpack ${JSON.stringify(id)} on the builder.`,
    hint: ({ suggestion }) =>
      suggestion === undefined
        ? "`pack builder inspect` lists what a builder holds."
        : `Did you mean \`${suggestion}\`?`,
  }),
  "plan/buildpack-version-unknown": error<{ id: string; version: string; versions: readonly string[] }>({
    summary: "A buildpack is not on the builder in that version",
    message: ({ id, version, versions }) =>
      `The builder has ${id} in version ${listed(versions)}, not in ${version}.`,
    hint: () => "Name one of these versions, or leave `version` out if there is only one.",
  }),
  "plan/buildpack-version-open": error<{ id: string; versions: readonly string[] }>({
    summary: "A buildpack is on the builder in several versions and none is chosen",
    message: ({ id, versions }) =>
      `The builder has ${id} in version ${listed(versions)}; which one is not said.`,
    hint: ({ id }) => `Add \`version\` to the entry of ${id}.`,
  }),
  "plan/buildpack-cycle": error<{ cycle: readonly string[] }>({
    summary: "A composite buildpack contains itself",
    message: ({ cycle }) => `A composite buildpack contains itself: ${cycle.join(" → ")}.`,
    hint: () => "Take one of them out of the other's order (buildpack.toml).",
  }),
  "plan/buildpack-missing": error<{ buildpack: string; parent: string; versions: readonly string[] }>({
    summary: "The first group that detection tries names a buildpack that is not there",
    message: missingMessage,
    hint: missingHint,
  }),
  "plan/buildpack-missing-later": warning<{ buildpack: string; parent: string; versions: readonly string[] }>(
    {
      summary: "A group that detection may come to names a buildpack that is not there",
      message: (values) => `${missingMessage(values)} Detection fails if it gets that far.`,
      hint: missingHint,
    },
  ),
  "plan/buildpack-api-unsupported": error<{
    buildpack: string;
    api: string;
    builder: string;
    apis: readonly string[];
  }>({
    summary: "An added buildpack follows a Buildpack API that the builder's lifecycle does not know",
    message: ({ buildpack, api, builder, apis }) =>
      `${buildpack} follows Buildpack API ${api}; the lifecycle of ${builder} knows ${listed(apis)}.`,
    hint: () => "Use another version of the buildpack, or a builder with another lifecycle.",
  }),
  "plan/buildpack-platform": error<{
    buildpack: string;
    platform: string;
    /** Of the run image; absent: the platform itself does not fit. */
    distribution: string | undefined;
    targets: readonly string[];
  }>({
    summary: "No group of the order can run on a platform that was asked for",
    message: ({ buildpack, platform, distribution, targets }) =>
      `The buildpack ${buildpack} does not run on ${platform}${distribution === undefined ? "" : ` with ${distribution}, the run image's distribution`}; it runs on ${listed(targets)}. No group of the order runs there.`,
    hint: ({ distribution }) =>
      distribution === undefined
        ? "Leave the platform out of `--platform`, or use another version of the buildpack."
        : "Use a run image of that distribution (`--run-image`) or another builder, or another version of the buildpack.",
  }),
  "plan/builder-order-twice": error({
    summary: "`from=builder` stands in the group twice",
    message: () => "`from=builder` can stand in a group only once.",
    hint: () => "Remove the second one.",
  }),
  "plan/inline-twice": error<{ name: string; other: string }>({
    summary: "Two inline scripts have the same id and version",
    message: ({ name, other }) => `The inline buildpack ${name} is already defined at ${other}.`,
    hint: () => "Give one of them another `id` or `version`.",
  }),
};

interface MissingBuildpack {
  readonly buildpack: string;
  /** What names it: a composite buildpack, or the builder. */
  readonly parent: string;
  /** Those that there are of it. */
  readonly versions: readonly string[];
}

function missingMessage({ buildpack, parent, versions }: MissingBuildpack): string {
  const instead = versions.length === 0 ? "" : `, only version ${listed(versions)}`;
  return `The order of ${parent} names ${buildpack}, and neither the builder nor the project has it${instead}.`;
}

function missingHint({ versions }: MissingBuildpack): string {
  return versions.length === 0
    ? 'Bring it along: in a package.toml beside the composite\'s buildpack.toml, `[[dependencies]]` with `uri = "…"`; or use a builder that has it.'
    : "Name that version in the composite's buildpack.toml, or bring the other one along, in a package.toml beside it.";
}
