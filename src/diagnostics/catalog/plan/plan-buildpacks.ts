import { error, warning } from "../entry.ts";
import { listed } from "./listed.ts";

/** Faults of the buildpacks of a build, and of their order. */
export const planBuildpacksCatalog = {
  "plan/extension-unknown": error<{ id: string; suggestion: string | undefined }>({
    summary: "The builder does not have an image extension",
    message: ({ id }) => `The builder has no image extension ${JSON.stringify(id)}.`,
    hint: ({ suggestion }) =>
      suggestion === undefined
        ? "Run `pack builder inspect` to list the image extensions of a builder."
        : `Did you mean \`${suggestion}\`?`,
  }),
  "plan/extension-api-unsupported": error<{
    extension: string;
    api: string;
    builder: string;
    apis: readonly string[];
  }>({
    summary: "The builder's lifecycle does not support the Buildpack API of an image extension",
    message: ({ extension, api, builder, apis }) =>
      `The image extension ${extension} uses Buildpack API ${api}; the lifecycle of ${builder} supports ${listed(apis)}.`,
    hint: () => "Use another version of the image extension, or a builder with another lifecycle.",
  }),
  "plan/extension-platform": warning<{
    extension: string;
    platform: string;
    /** Of the run image; absent: the platform itself does not fit. */
    distribution: string | undefined;
    targets: readonly string[];
  }>({
    summary: "An image extension of `--extension` does not support a requested platform",
    message: ({ extension, platform, distribution, targets }) =>
      `The image extension ${extension} does not support ${platform}${distribution === undefined ? "" : ` with ${distribution}, the run image's distribution`}, so it does not take part there; it supports ${listed(targets)}.`,
    hint: () => "Leave the platform out of `--platform`, or use another version of the image extension.",
  }),
  "plan/extensions-and-file": error<{
    /** What has them, as a message begins. */
    builder: string;
    ids: readonly string[];
  }>({
    summary: "The builder uses image extensions, whose Dockerfiles are known only during the build",
    message: ({ builder, ids }) =>
      `${builder} uses image extensions (${ids.join(", ")}). Their Dockerfiles are made during the build, so they cannot be in this file.`,
    hint: () =>
      "Run `cnb-dockerfile build`, add a `# syntax=` line with `--syntax` so that the frontend applies them, or run detection now with `generate --detected`.",
  }),
  "plan/buildpack-unknown": error<{ id: string; suggestion: string | undefined }>({
    summary: "The builder does not have a buildpack",
    message: ({ id }) => `The builder has no buildpack ${JSON.stringify(id)}.`,
    hint: ({ suggestion }) =>
      suggestion === undefined
        ? "Run `pack builder inspect` to list the buildpacks of a builder."
        : `Did you mean \`${suggestion}\`?`,
  }),
  "plan/buildpack-version-unknown": error<{ id: string; version: string; versions: readonly string[] }>({
    summary: "The builder does not have this version of a buildpack",
    message: ({ id, version, versions }) =>
      `The builder has version ${listed(versions)} of ${id}, not ${version}.`,
    hint: () => "Use one of these versions. If there is only one, you can leave `version` out.",
  }),
  "plan/buildpack-version-open": error<{ id: string; versions: readonly string[] }>({
    summary: "The builder has several versions of a buildpack, and none is selected",
    message: ({ id, versions }) =>
      `The builder has several versions of ${id}: ${listed(versions)}. None is selected.`,
    hint: ({ id }) => `Add \`version\` to the entry of ${id}.`,
  }),
  "plan/buildpack-cycle": error<{ cycle: readonly string[] }>({
    summary: "A composite buildpack contains itself",
    message: ({ cycle }) => `A composite buildpack contains itself: ${cycle.join(" → ")}.`,
    hint: () => "Remove one of them from the other's order (buildpack.toml).",
  }),
  "plan/buildpack-missing": error<{ buildpack: string; parent: string; versions: readonly string[] }>({
    summary: "The first group of the order names a buildpack that does not exist",
    message: missingMessage,
    hint: missingHint,
  }),
  "plan/buildpack-missing-later": warning<{ buildpack: string; parent: string; versions: readonly string[] }>(
    {
      summary: "A later group of the order names a buildpack that does not exist",
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
    summary: "The builder's lifecycle does not support the Buildpack API of an added buildpack",
    message: ({ buildpack, api, builder, apis }) =>
      `${buildpack} uses Buildpack API ${api}; the lifecycle of ${builder} supports ${listed(apis)}.`,
    hint: () => "Use another version of the buildpack, or a builder with another lifecycle.",
  }),
  "plan/buildpack-platform": error<{
    buildpack: string;
    platform: string;
    /** Of the run image; absent: the platform itself does not fit. */
    distribution: string | undefined;
    targets: readonly string[];
  }>({
    summary: "No group of the order supports a requested platform",
    message: ({ buildpack, platform, distribution, targets }) =>
      `The buildpack ${buildpack} does not support ${platform}${distribution === undefined ? "" : ` with ${distribution}, the run image's distribution`}; it supports ${listed(targets)}. No group of the order supports that platform.`,
    hint: ({ distribution }) =>
      distribution === undefined
        ? "Leave the platform out of `--platform`, or use another version of the buildpack."
        : "Use a run image with a supported distribution (`--run-image`), another builder, or another version of the buildpack.",
  }),
  "plan/builder-order-twice": error({
    summary: "`from=builder` is in the group twice",
    message: () => "`from=builder` can be in a group only once.",
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
  return `The order of ${parent} names ${buildpack}, but neither the builder nor the project has it${instead}.`;
}

function missingHint({ versions }: MissingBuildpack): string {
  return versions.length === 0
    ? 'Add it to a package.toml beside the composite\'s buildpack.toml, `[[dependencies]]` with `uri = "…"`, or use a builder that has it.'
    : "Use that version in the composite's buildpack.toml, or add the other one to a package.toml beside it.";
}
