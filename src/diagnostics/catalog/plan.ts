import { withoutSecrets } from "../without-secrets.ts";
import { error, warning } from "./entry.ts";

const listed = (items: readonly string[]) => (items.length === 0 ? "none" : items.join(", "));

/** Why an image cannot be built upon. */
export type UnusedReason =
  | { readonly kind: "platform"; readonly available: readonly string[] }
  | { readonly kind: "no label" }
  | { readonly kind: "exec env" | "run image"; readonly found: string; readonly wanted: string }
  | { readonly kind: "run image layers"; readonly runImage: string }
  | { readonly kind: "layers"; readonly layers: readonly string[] };

function unusedText(reason: UnusedReason): string {
  switch (reason.kind) {
    case "platform":
      return `it is for ${listed(reason.available)}`;
    case "no label":
      return "it has no label io.buildpacks.lifecycle.metadata, which says what buildpacks put into it";
    case "exec env":
      return `it was built for the execution environment ${JSON.stringify(reason.found)}, and this build is for ${JSON.stringify(reason.wanted)}`;
    case "run image":
      return `it was put on the run image ${reason.found}, and this build is for ${reason.wanted}`;
    case "run image layers":
      return `it was put on another version of the run image ${reason.runImage}`;
    case "layers":
      return `its label names layers that it does not have (${reason.layers.join(", ")})`;
  }
}

const unusedHints: Readonly<Record<UnusedReason["kind"], string>> = {
  platform: "Push the images of all platforms under one name, as one build of all of them does.",
  "no label":
    "Images have it that `pack` made or that this frontend made; a plain Dockerfile build cannot give it.",
  "exec env": "Keep the images of each execution environment under a name of their own.",
  "run image": "Its buildpacks build everything anew, and the next build can use the image that comes of it.",
  "run image layers":
    "Its buildpacks build everything anew, and the next build can use the image that comes of it.",
  layers:
    "Somebody changed the image after it was built, by squashing it for example. Name one as it was built.",
};

/** Faults found while deciding how to build. */
export const planCatalog = {
  "plan/no-builder": error<{ settings: string | undefined }>({
    summary: "No builder is named anywhere",
    message: () => "No builder is named: neither in the project descriptor nor with `--builder`.",
    hint: ({ settings }) =>
      `Add \`--builder REF\`${settings === undefined ? "" : `, or \`builder = "REF"\` under \`[${settings}]\``}. ` +
      "Builders many people use: heroku/builder:24, paketobuildpacks/builder-jammy-base, gcr.io/buildpacks/builder.",
  }),
  "plan/bad-reference": error<{ text: string }>({
    summary: "A text that should name an image does not",
    message: ({ text }) => `${JSON.stringify(withoutSecrets(text))} is not the name of an image.`,
    hint: () =>
      "Image names look like registry.example/team/name:tag, in lower case, perhaps with @sha256:….",
  }),
  "plan/tool-image-place": error<{ text: string }>({
    summary: "An image of a tool is named by a place that a Dockerfile cannot name",
    message: ({ text }) => `${JSON.stringify(text)} is no image of a registry.`,
    hint: () =>
      "Name an image of a registry, and say with `--build-context NAME=oci-layout://PATH` what stands for it.",
  }),
  "plan/bad-database-address": error<{ text: string }>({
    summary: "The address of a vulnerability database is none",
    message: ({ text }) => `${JSON.stringify(text)} is no address of a vulnerability database.`,
    hint: () =>
      "It is that of Grype's list, as https://mirror.example/databases/v6/latest.json. A database on this machine is " +
      "handed over: `--build-context vulnerability-db=DIRECTORY`.",
  }),
  "plan/database-with-password": error({
    summary: "The address of a vulnerability database has a password in it",
    message: () => "The address of the vulnerability database has a user name or a password in it.",
    hint: () =>
      "It would stand in the Dockerfile. Download the database and hand it over: `--build-context vulnerability-db=DIRECTORY`.",
  }),
  "plan/bad-scan-config": error<{ text: string }>({
    summary: "The scanner's settings are no file of the project",
    message: ({ text }) => `${JSON.stringify(text)} cannot be the path of the scanner's settings.`,
    hint: () =>
      "It is a path below the project's directory, as `security/grype.yaml`, of letters, digits, `.`, `_`, `-` and `/`. A file " +
      "that lies elsewhere is given to the build: `build --scan-config FILE`, `--build-context scan-config=DIRECTORY`.",
  }),
  "plan/bad-workspace-mode": error<{ text: string }>({
    summary: "The mode of the app's directory is not one that buildpacks can work with",
    message: ({ text }) => `${JSON.stringify(text)} cannot be the mode of /workspace.`,
    hint: () =>
      "Write three or four octal digits that give the owner, who runs the buildpacks, all rights: `0755`, `0775`, `1777` or `0700`.",
  }),
  "plan/bad-max-age": error<{ text: string }>({
    summary: "The age of a vulnerability database is not written as one",
    message: ({ text }) => `${JSON.stringify(text)} is no age that a vulnerability database can have.`,
    hint: () => "Write a number and a unit: `120h` or `5d`.",
  }),
  "plan/bad-sbom-format": error<{ text: string; formats: readonly string[] }>({
    summary: "There is no such format for a bill of materials",
    message: ({ text }) => `There is no format ${JSON.stringify(text)} for \`sbom.json\`.`,
    hint: ({ formats }) => `It is one of ${formats.join(", ")}.`,
  }),
  "plan/image-not-found": error<{ role: string; image: string }>({
    summary: "The builder or run image does not exist",
    message: ({ role, image }) =>
      `The ${role} ${image} does not exist in its registry, or you may not see it.`,
    hint: ({ role }) =>
      `Check name and tag; for a private image log in first (\`docker login HOST\`).${
        role === "run image" ? " Another one is named with `--run-image`." : ""
      }`,
  }),
  "plan/builder-bare-word": error<{ builder: string }>({
    summary: "The builder's name looks like that of a buildx builder",
    message: ({ builder }) =>
      `There is no image ${JSON.stringify(builder)}; \`--builder\` names a buildpacks builder image, not a builder of buildx.`,
    hint: ({ builder }) =>
      `For a builder image write for example heroku/builder:24. Where you build, \`docker buildx build --builder ${builder} …\` chooses the instance.`,
  }),
  "plan/no-run-image": error<{ builder: string }>({
    summary: "The builder names no run image",
    message: ({ builder }) => `${builder} names no run image.`,
    hint: () => "Name one with `--run-image REF`.",
  }),
  "plan/platform-missing": error<{
    role: string;
    image: string;
    platform: string;
    available: readonly string[];
  }>({
    summary: "An image lacks a platform that was asked for",
    message: ({ role, image, platform, available }) =>
      `The ${role} ${image} is not there for ${platform}; it has ${listed(available)}.`,
    hint: ({ role }) =>
      role === "builder"
        ? "Choose another builder, or leave the platform out of `--platform`."
        : role === "buildpack"
          ? "Name a version of the buildpack that is there for it, or leave the platform out of `--platform`."
          : "Name a run image for all platforms with `--run-image`, or leave the platform out of `--platform`.",
  }),
  "plan/odd-platform": error<{ image: string; platform: string }>({
    summary: "An image says that it is for a platform that cannot be one",
    message: ({ image, platform }) =>
      `${image} says that it is for ${JSON.stringify(platform)}, which is no platform.`,
    hint: () => "Name the platforms to build for with `--platform`, for example `--platform linux/amd64`.",
  }),
  "plan/no-common-platform": error<{
    builder: string;
    builderHas: readonly string[];
    runImage: string;
    runImageHas: readonly string[];
  }>({
    summary: "Builder and run image have no platform in common",
    message: ({ builder, builderHas, runImage, runImageHas }) =>
      `Builder ${builder} has ${listed(builderHas)}; run image ${runImage} has ${listed(runImageHas)}: none in common.`,
    hint: () => "Name a run image that fits the builder with `--run-image`.",
  }),
  "plan/platforms-differ": error<{ what: string; image: string; values: readonly string[] }>({
    summary: "An image differs between platforms in something one Dockerfile can say only once",
    message: ({ what, image, values }) =>
      `${image} has not the same ${what} on every platform: ${values.join("; ")}.`,
    hint: ({ what }) =>
      what.startsWith("run image")
        ? "Name one run image for all platforms with `--run-image`."
        : "Generate a file for each platform with `--platform`.",
  }),
  "plan/no-common-platform-api": error<{
    builder: string;
    builderApis: readonly string[];
    ours: readonly string[];
  }>({
    summary: "The builder's lifecycle speaks no Platform API that this version speaks",
    message: ({ builder, builderApis, ours }) =>
      `${builder} speaks Platform API ${listed(builderApis)}; this version speaks ${listed(ours)}.`,
    hint: () =>
      "Use a builder whose lifecycle speaks one of these (0.17 and later do), or another version of this program.",
  }),
  "plan/platform-api-unavailable": error<{
    wanted: string;
    builder: string;
    builderApis: readonly string[];
    ours: readonly string[];
  }>({
    summary: "The Platform API asked for cannot be used",
    message: ({ wanted, builder, builderApis, ours }) =>
      `Platform API ${wanted} cannot be used: ${builder} speaks ${listed(builderApis)}, this version ${listed(ours)}.`,
    hint: () => "Leave `--platform-api` out to get the highest in common.",
  }),
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
  "plan/run-image-without-layers": error<{ image: string; platform: string }>({
    summary: "The run image has no layers",
    message: ({ image, platform }) =>
      `The run image ${image} has no layers on ${platform}. The image's label has to name the run image's top layer, for a rebase.`,
    hint: () =>
      "Add a layer to the run image, for example an empty directory by `RUN` or `COPY`, or name another with `--run-image`.",
  }),
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
  "plan/no-run-image-mirror": error<{ builder: string; host: string; names: readonly string[] }>({
    summary: "The builder names no mirror of its run image on the registry asked for",
    message: ({ builder, host, names }) =>
      `${builder} names no run image on ${JSON.stringify(host)}; it names ${names.join(", ")}.`,
    hint: () => "Name the image itself with `--run-image`.",
  }),
  "plan/secret-reserved": error<{ id: string }>({
    summary: "A project declares a secret that BuildKit itself reads",
    message: ({ id }) =>
      `The project declares the secret ${JSON.stringify(id)}, which BuildKit uses to log in at a server. A project cannot ask for it.`,
    hint: ({ id }) =>
      /^[A-Za-z0-9_]+$/.test(id)
        ? `Use another id in the project. To give this one to the buildpacks, declare it yourself: \`build --env ${id}\`, \`generate --secret ${id}\` or \`--build-arg CNB_SECRETS=${id}\`.`
        : "Use another name for the binding, or declare the binding yourself with `--binding NAME=TYPE:KEY`.",
  }),
  "plan/secret-twice": error<{ id: string }>({
    summary: "Two secrets would have the same id",
    message: ({ id }) => `The secret id ${JSON.stringify(id)} is used for something else already.`,
    hint: () =>
      "A variable's id is its name, a binding's NAME.KEY, that of the CA bundle `ca-cert`; where an ssh agent is declared, " +
      "the variable `SSH_AUTH_SOCK` leads to it. Give one another name.",
  }),
  "plan/binding-key-type": error({
    summary: "A binding has a key named `type`",
    message: () => "A binding cannot have a key `type`: a file of that name holds the binding's type.",
    hint: () => "Leave it out of the keys.",
  }),
  "plan/volume-target": error<{ target: string; reason: string }>({
    summary: "A volume cannot be at a path",
    message: ({ target, reason }) => `No volume can be at ${JSON.stringify(target)}: ${reason}.`,
    hint: () =>
      "Choose a directory of its own, as in `--volume ./data:/opt/data` or `--volume m2:/home/cnb/.m2:rw`. What the app needs when it runs belongs into the app.",
  }),
  "plan/exec-env-ignored": warning<{ execEnv: string; platformApi: string }>({
    summary: "The execution environment is not known to the lifecycle",
    message: ({ execEnv, platformApi }) =>
      `Platform API ${platformApi} has no execution environments: ${JSON.stringify(execEnv)} chooses among the entries of project.toml, and buildpacks do not learn of it.`,
    hint: () => "Use a builder whose lifecycle speaks Platform API 0.15.",
  }),
  "plan/no-previous-image": warning<{ image: string }>({
    summary: "There is no previous image yet",
    message: ({ image }) => `There is no image ${image} yet; the app is built without a previous one.`,
    hint: () => "Before the first build that is as it should be; otherwise check name and tag.",
  }),
  "plan/previous-image-unused": warning<{ image: string; platform: string; reason: UnusedReason }>({
    summary: "A previous image is not used",
    message: ({ image, platform, reason }) =>
      `${image} is not used as previous image for ${platform}: ${unusedText(reason)}.`,
    hint: ({ reason }) => unusedHints[reason.kind],
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
  "plan/bad-cache-id": error<{ cacheId: string }>({
    summary: "A cache id has characters that it cannot have",
    message: ({ cacheId }) => `${JSON.stringify(cacheId)} cannot be a cache id.`,
    hint: () => "Up to 128 letters, digits, dots, dashes and underscores; the first a letter or digit.",
  }),
  "plan/bad-cache-scope": error<{ text: string }>({
    summary: "A cache scope is not one name, or two with a colon between",
    message: ({ text }) => `${JSON.stringify(text)} is not a cache scope.`,
    hint: () =>
      "Write `NAME`, or `NAME:BASE` to also read the cache of the scope BASE. A name has up to 64 letters, digits, dots, " +
      "dashes and underscores, and begins with a letter or digit: `pr-7:main`.",
  }),
  "plan/cache-scope-base": warning<{ own: string; base: string }>({
    summary: "A generated Dockerfile does not read the cache of a second scope by itself",
    message: ({ own, base }) =>
      `The Dockerfile uses the cache scope ${own}. It does not read the cache of ${base} when BuildKit builds it alone.`,
    hint: ({ own, base }) =>
      `Build it with \`cnb-dockerfile build --cache-scope ${own}:${base}\`, or with our frontend (\`--syntax\`) and ` +
      `\`--build-arg CNB_CACHE_SCOPE=${own}:${base}\`.`,
  }),
  "plan/cache-id-unplaced": warning<{ id: string }>({
    summary: "A project's own id cannot name its cache, because its origin is unknown",
    message: ({ id }) =>
      `The origin of this project is unknown, so its id ${JSON.stringify(id)} does not name its cache: this build starts ` +
      "with an empty one.",
    hint: () =>
      "Any project can choose that id. Build from a git URL or a clone, or name the cache yourself: " +
      "`--cache-scope NAME` (variable CNB_CACHE_SCOPE) or `--cache-id ID`.",
  }),
  "plan/cache-id-unknown": warning<{ id: string }>({
    summary: "Nothing tells this project from others, so its cache has an id made up for this file",
    message: ({ id }) =>
      `This project has no id and no git remote, so its build cache is kept under an id made for this file: ${id}.`,
    hint: () =>
      'To keep the cache when the file is made again, add `id = "…"` to the table `[_]`, or pass `--cache-id`.',
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
