import {
  type ArgumentOption,
  argumentOptions,
  failOnArgument,
  readSecrets,
  readStages,
} from "../../src/index.ts";
import { type FrontendOptions, optionsWith } from "../request/options.ts";
import type { Recipe } from "../request/recipe.ts";
import { imageTarget } from "../request/targets.ts";
import type { SubrequestAnswer } from "./answer.ts";
import { table } from "./table.ts";

/** What our build arguments are for. */
const descriptions: Readonly<Record<ArgumentOption, string>> = {
  builder: "builder image; stands above the one in project.toml",
  runImage: "image that the app's layers are put upon, in place of the builder's own choice",
  platformApi: "Platform API to speak with the lifecycle",
  processType: "process that the image starts",
  previousImage: "image of an earlier build, whose layers the buildpacks may keep",
  cacheId: "name of the cache that this app's builds share",
  cacheScope: "name that keeps this build's cache apart; NAME:BASE also reads that of BASE",
  ssh: "id of the ssh agent that the buildpacks may use, as `default`",
  secrets: "ids of secrets that become build-time variables, with commas between",
  bindings: "service bindings, NAME=TYPE:KEY,…, with semicolons between",
  volumes:
    "directories, PATH (the context volume-1, volume-2, …), and caches, NAME:PATH:rw; with semicolons between",
  execEnv: "execution environment, as production or test",
  runImageMirror: "registry whose mirror of the run image is to be used",
  buildpacks:
    "buildpacks in place of the builder's order, with commas between; context://local-buildpack-1: the context of that name",
  preBuildpacks: "buildpacks in front of each of the builder's groups, with commas between",
  postBuildpacks: "buildpacks at the end of each of the builder's groups, with commas between",
  buildpackRegistry: "index of the buildpack registry",
  withoutSystemBuildpacks: "true: leave out the builder's system buildpacks",
  caCertificate: "true: detect and build trust the secret ca-cert",
  keepGitDirectory: "true: leave .git in the source that the buildpacks see",
  keepModes: "true: keep the modes of source files",
  workspaceMode: "mode of /workspace when the buildpacks start, as 0755",
  syftImage: "image with Syft, for the targets sbom, scan and artifacts",
  grypeImage: "image with Grype, for the targets scan and artifacts",
  vulnerabilityDatabase: "URL of the latest.json of Grype's database",
  maxDatabaseAge: "how old that database may be where a vulnerability fails the build, as 120h",
  scanConfig: "Grype's settings in the project",
  sbomFormat: "format of sbom.json: spdx or cyclonedx",
  failOn: "severity from which on a vulnerability fails the build: critical, high, medium, low or negligible",
  source:
    "repository that the cache is named after; the client tells it, or buildx by the clone that it builds",
  sourceDirectory: "directory of the project in that repository",
  replacedImage: "image that this build replaces, for an app whose cache remembers none; the client tells it",
  sourcePlace: "what is known of a project that comes from no repository; the client tells it",
  sbomAttestations: "false: do not attach what the buildpacks say of the image",
};

/** What a build can be given, and what it has been given. Source: BuildKit, `frontend/subrequests/outline`. */
export function outline(recipe: Recipe, options: FrontendOptions): SubrequestAnswer {
  const given = optionsWith(options, "build-arg:");
  const used = usedValues(recipe);
  const args = recipe.isGenerated
    ? [{ name: failOnArgument, description: descriptions.failOn, value: recipe.gate?.failOn ?? "" }]
    : Object.entries(argumentOptions).map(([name, option]) => ({
        name,
        description: descriptions[option],
        value: given[name] ?? used[option] ?? "",
      }));
  const secrets = readSecrets(recipe.dockerfile).map(({ id, required }) => ({ name: id, required }));
  const description = readStages(recipe.dockerfile).find(({ name }) => name === imageTarget)?.purpose ?? "";
  const argumentRows = args.map(({ name, value, description: text }) => [name, value, text]);
  const secretRows = secrets.map(({ name, required }) => [name, required ? "true" : ""]);
  const parts = [
    `TARGET:      ${imageTarget}\nDESCRIPTION: ${description}\n`,
    ...(args.length === 0 ? [] : [table([["BUILD ARG", "VALUE", "DESCRIPTION"], ...argumentRows])]),
    ...(secrets.length === 0 ? [] : [table([["SECRET", "REQUIRED"], ...secretRows])]),
  ];
  return { json: { name: imageTarget, description, args, secrets, sources: [] }, text: parts.join("\n") };
}

/** What is taken where no argument says otherwise. */
function usedValues({ dockerfile, app }: Recipe): Partial<Record<ArgumentOption, string>> {
  const builder = readStages(dockerfile).find(({ name }) => name === "builder")?.base;
  const { runImage, platformApi, processType, execEnv } = app;
  return {
    ...(builder === undefined ? {} : { builder: builder.replace(/@sha256:.*$/, "") }),
    runImage: runImage.name,
    platformApi,
    ...(processType === undefined ? {} : { processType }),
    ...(execEnv === undefined ? {} : { execEnv }),
  };
}
