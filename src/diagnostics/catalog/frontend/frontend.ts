import { error, warning } from "../entry.ts";

function registerEmulator(platform: string): string {
  const [, architecture = platform] = platform.split("/");
  return `\`docker run --privileged --rm tonistiigi/binfmt --install ${architecture}\``;
}

/** Faults of the BuildKit frontend. */
export const frontendCatalog = {
  "frontend/image-unavailable": error<{ image: string; reason: string }>({
    summary: "BuildKit could not resolve an image",
    message: ({ image, reason }) => `BuildKit could not resolve ${image}: ${reason}.`,
    hint: () => "Try again. If it keeps failing, check the network of the machine that runs BuildKit.",
  }),
  "frontend/image-refused": error<{ image: string; reason: string }>({
    summary: "BuildKit cannot read an image",
    message: ({ image, reason }) => `BuildKit cannot read ${image}: ${reason}.`,
    hint: () =>
      "If the image needs a login, run `docker login` on the machine where you start the build; its credentials are used.",
  }),
  "frontend/bad-config": error<{ image: string }>({
    summary: "An image's config is invalid",
    message: ({ image }) => `The config of ${image} is not an image config.`,
    hint: () => "Inspect it with `crane config`, then build or push the image again.",
  }),
  "frontend/not-trusted": error<{ url: string; reason: string }>({
    summary: "BuildKit does not trust a server's certificate",
    message: ({ url, reason }) => `BuildKit does not trust the server of ${url}: ${reason}.`,
    hint: () =>
      "Add the CA that signed the certificate to the trusted CAs of the machine that runs BuildKit.",
  }),
  "frontend/gate-and-target": error<{ target: string; failOn: string }>({
    summary: "A severity threshold is combined with a target that is not scanned",
    message: ({ target, failOn }) =>
      `The build cannot fail on severity ${failOn}, because \`--target ${target}\` is not scanned.`,
    hint: () => "Leave one of the two out. Without `--target`, the image is built and scanned.",
  }),
  "frontend/no-database": error<{ address: string; reason: string }>({
    summary: "BuildKit cannot download the list of vulnerability databases",
    message: ({ address, reason }) =>
      `BuildKit cannot download the list of vulnerability databases at ${address}: ${reason}.`,
    hint: () =>
      "Offline, pass a database with `--build-context vulnerability-db=DIRECTORY`: vulnerability.db or an archive of it in that directory. For a mirror, use `--build-arg CNB_VULNERABILITY_DB=URL`.",
  }),
  "frontend/no-descriptor": error<{ file: string }>({
    summary: "The file to build does not exist",
    message: ({ file }) => `There is no ${file} in the source.`,
    hint: () =>
      "Name it with `--file`, for example `docker buildx build --file project.toml .`. Without such a file, name a builder: `--build-arg CNB_BUILDER=IMAGE`.",
  }),
  "frontend/buildkit-too-old": error<{ oldest: string; missing: readonly string[] }>({
    summary: "BuildKit is too old for the frontend",
    message: ({ missing }) => `BuildKit is too old for this frontend: it lacks ${missing.join(", ")}.`,
    hint: ({ oldest }) =>
      `\`docker buildx ls\` shows its version; ${oldest} or later is needed. ` +
      "`docker buildx create --use` starts a new one beside Docker's own.",
  }),
  "frontend/self-emulated": warning<{ platform: string }>({
    summary: "BuildKit emulates a platform by itself",
    message: ({ platform }) =>
      `This BuildKit does not list ${platform} among its platforms. Its own emulator, if it has one, runs every step for that platform, which is slow.`,
    hint: ({ platform }) =>
      `On the machine that runs BuildKit, register an emulator: ${registerEmulator(platform)}. Or add a node with that platform.`,
  }),
  "frontend/no-emulation": error<{ platform: string }>({
    summary: "BuildKit cannot build for a platform",
    message: ({ platform }) =>
      `This BuildKit does not list ${platform} among its platforms, and the helper image is not available for it.`,
    hint: ({ platform }) =>
      `On the machine that runs BuildKit, register an emulator: ${registerEmulator(platform)}. Or add a node with that platform.`,
  }),
  "frontend/cache-empty": error<{ ids: readonly string[] }>({
    summary: "There is no buildpack cache to export",
    message: ({ ids }) => `There is nothing to export: this BuildKit has no cache for ${ids.join(", ")}.`,
    hint: () =>
      "Build the app here first. An app is identified by `--cache-id`, the project's `id` or its git remote; without any, each build has a cache of its own. Steps that come from BuildKit's cache do not fill it.",
  }),
  "frontend/cache-partly-empty": warning<{ id: string }>({
    summary: "A platform has no buildpack cache to export",
    message: ({ id }) =>
      `This BuildKit has no cache for ${id}; the caches of the other platforms are exported.`,
    hint: () => "Build the app here for this platform too, or export its cache where it is built.",
  }),
  "frontend/cache-partly-unreadable": warning<{ platform: string; reason: string }>({
    summary: "The buildpack cache of a platform cannot be imported",
    message: ({ platform, reason }) =>
      `The cache for ${platform} cannot be read: ${reason}. The caches of the other platforms are imported.`,
    hint: () => "Export it again, for this platform too.",
  }),
  "frontend/cache-unreadable": error<{ platform: string; reason: string }>({
    summary: "The buildpack cache cannot be imported",
    message: ({ platform, reason }) => `The cache for ${platform} cannot be read: ${reason}.`,
    hint: ({ reason }) =>
      reason.includes("unsupported offset")
        ? "BuildKit cannot resume an interrupted transfer: import from a registry, or build without the cache."
        : "Nothing was changed. Export it again, for this platform too, or build without the cache.",
  }),
  "frontend/unknown-request": error<{ request: string; requests: readonly string[] }>({
    summary: "The frontend does not support a `--call` request",
    message: ({ request, requests }) =>
      `The request ${request} is not supported. Supported: ${requests.join(", ")}.`,
    hint: () => "For example, use `docker buildx build --call=outline`. Leave `--call` out to build.",
  }),
  "frontend/unknown-target": error<{
    target: string;
    targets: readonly string[];
    suggestion: string | undefined;
  }>({
    summary: "The target does not exist",
    message: ({ target, targets }) => `There is no target ${target}. The targets are: ${targets.join(", ")}.`,
    hint: ({ suggestion }) =>
      suggestion === undefined
        ? "Leave `--target` out to build the image."
        : `Did you mean \`${suggestion}\`? Without \`--target\`, the image is built.`,
  }),
  "frontend/argument-for-file": error<{ name: string; file: string }>({
    summary: "An option has no effect on a generated Dockerfile",
    message: ({ name, file }) => `${name} has no effect: ${file} was generated with its options.`,
    hint: () => "Generate the file again with `cnb-dockerfile generate`, or build project.toml directly.",
  }),
  "frontend/export-edited": error({
    summary: "The stage `export` of a Dockerfile was edited and cannot be used",
    message: () => "The stage `export` no longer mounts /layers of the stage `build`.",
    hint: () => "Copy the stage from a new Dockerfile: `cnb-dockerfile generate`.",
  }),
  "frontend/platform-not-in-file": error<{ platform: string; platforms: readonly string[]; file: string }>({
    summary: "A Dockerfile was not generated for the platform",
    message: ({ platform, platforms, file }) =>
      `${file} was generated for ${platforms.join(", ")}, not for ${platform}.`,
    hint: ({ platform }) => `Generate it again: \`cnb-dockerfile generate --platform ${platform}\`.`,
  }),
  "frontend/previous-layer-gone": error<{ image: string; path: string }>({
    summary: "The previous image lacks a layer that a buildpack reuses",
    message: ({ image, path }) =>
      `A buildpack reuses a layer of ${image}, but that image has no ${path}, although its label lists it.`,
    hint: () =>
      "The image was changed after it was built. Name another one, or build once without CNB_PREVIOUS_IMAGE, so that the buildpacks create the layer again.",
  }),
  "frontend/replaced-image-unreadable": warning<{ reason: string }>({
    summary: "The image that the build replaces cannot be read",
    message: ({ reason }) =>
      `The image that this build replaces cannot be read (${reason}), so buildpacks reuse none of its layers.`,
    hint: () =>
      "The build continues and creates these layers again. To reuse them, allow the client to pull the image, or name another one with `--previous-image`.",
  }),
  "frontend/cache-image-unusable": warning<{ image: string; platform: string; reason: string }>({
    summary: "A cache image cannot be used",
    message: ({ image, platform, reason }) =>
      `The cache image ${image} was not used for ${platform}: ${reason}.`,
    hint: () =>
      "The build continues without a cache. Use one cache image for each app, and check that the client can pull it.",
  }),
  "frontend/context-is-stage": error<{ name: string; names: readonly string[] }>({
    summary: "A named context has the name of a stage",
    message: ({ name }) => `The context ${name} would replace the stage of that name.`,
    hint: ({ names }) => `A context can replace an image. Use the image's name: ${names.join(" or ")}.`,
  }),
  "frontend/bad-volume": error<{ text: string }>({
    summary: "An item of CNB_VOLUMES is malformed",
    message: ({ text }) => `${JSON.stringify(text)} is not a volume.`,
    hint: () =>
      "Write PATH for a directory, or NAME:PATH:rw for a cache mount, with semicolons between them. `--build-context volume-1=DIRECTORY` passes the first directory.",
  }),
  "frontend/bad-handed-uris": error({
    summary: "The build argument CNB_DOCKERFILE_HANDED_URIS is malformed",
    message: () => "CNB_DOCKERFILE_HANDED_URIS is not a JSON list of pairs.",
    hint: () =>
      "Let `cnb-dockerfile build --root DIRECTORY` set it. Without that command, pass a buildpack with `--build-context local-buildpack-1=DIRECTORY` and name it in `--build-arg CNB_BUILDPACKS=context://local-buildpack-1`.",
  }),
  "frontend/volume-not-handed": error<{ name: string }>({
    summary: "A volume's directory is not passed to the build",
    message: ({ name }) => `The build needs the directory ${name}, but it was not passed.`,
    hint: ({ name }) => `Add \`--build-context ${name}=DIRECTORY\`.`,
  }),
  "frontend/context-without-use": warning<{ name: string; names: readonly string[] }>({
    summary: "A named context has no effect",
    message: ({ name }) => `The context ${name} has no effect: the build has no image of that name.`,
    hint: ({ names }) => `The images of this build are ${names.join(", ")}.`,
  }),
  "frontend/argument-without-effect": warning<{ name: string; suggestion: string | undefined }>({
    summary: "A build argument of BuildKit has no effect",
    message: ({ name }) => `${name} is a BuildKit argument that has no effect on a buildpacks project.`,
    hint: ({ suggestion }) =>
      suggestion === undefined ? "Leave it out." : `Did you mean \`${suggestion}\`? If not, leave it out.`,
  }),
  "frontend/unknown-option": warning<{ name: string; suggestion: string | undefined }>({
    summary: "The frontend does not know an option",
    message: ({ name }) => `The option ${name} is unknown and has no effect.`,
    hint: ({ suggestion }) =>
      suggestion === undefined
        ? "Leave it out. If a newer client sends it, a newer version of this frontend may support it."
        : `Did you mean \`${suggestion}\`?`,
  }),
  "frontend/unknown-stage": warning<{
    name: string;
    stages: readonly string[];
    suggestion: string | undefined;
  }>({
    summary: "The stage of `--no-cache-filter` does not exist",
    message: ({ name, stages }) =>
      `There is no stage ${name} to build without cache. The stages are: ${stages.join(", ")}.`,
    hint: ({ suggestion }) =>
      suggestion === undefined
        ? "Name one of them, or use `--no-cache` for all stages."
        : `Did you mean \`${suggestion}\`?`,
  }),
  "frontend/label-reserved": error<{ name: string }>({
    summary: "A reserved label would be overwritten",
    message: ({ name }) => `The label ${name} is reserved: it describes how the image was built.`,
    hint: () => "Leave it out, or choose another name.",
  }),
  "frontend/platforms-without-index": error<{ name: string; platforms: number }>({
    summary: "A multi-platform image needs an index",
    message: ({ name, platforms }) =>
      `${name} is off, but an image for ${platforms} platforms needs an index.`,
    hint: () => "Leave it out, or build for one platform.",
  }),
  // Its value can hold a token.
  "frontend/bad-cache-imports": error({
    summary: "The list of cache imports is malformed",
    message: () => "The option cache-imports is not a JSON list of caches.",
    hint: () =>
      "With buildctl, name caches with `--import-cache type=registry,ref=NAME`; with buildx, with `--cache-from`.",
  }),
  "frontend/bad-epoch": error<{ text: string }>({
    summary: "SOURCE_DATE_EPOCH is not a valid image time",
    message: ({ text }) =>
      `SOURCE_DATE_EPOCH must be a number of seconds since 1970, not ${JSON.stringify(text)}.`,
    hint: () => "Use 0, or the time of the last commit: `git log -1 --format=%ct`.",
  }),
  "frontend/early-epoch": warning<{ text: string }>({
    summary: "SOURCE_DATE_EPOCH is earlier than the time of the image's files, which cannot be changed",
    message: ({ text }) =>
      `SOURCE_DATE_EPOCH is ${text}, before 1980-01-01T00:00:01Z, the time of all files in a buildpacks image.`,
    hint: () =>
      "Do not add `rewrite-timestamp=true` to `--output`: it would change the layers after their digests are in the labels. Without it, the image is correct. From 315532801 on, you can use both.",
  }),
  "frontend/phase-failed": error<{
    phase: string;
    exitCode: number;
    platform: string | undefined;
    buildpacks: readonly string[];
  }>({
    summary: "A phase of the lifecycle failed",
    message: ({ phase, exitCode, platform, buildpacks }) =>
      `The phase ${phase} failed${platform === undefined ? "" : ` on ${platform}`} with exit code ${exitCode}: ${
        meanings[exitCode] ?? "see its output"
      }${buildpacks.length === 0 ? "" : `, ${buildpacks.length === 1 ? "" : "one of "}${buildpacks.join(", ")}`}.`,
    hint: ({ exitCode, phase }) =>
      advice[exitCode] ?? `Its output is above, in the step of the stage \`${phase}\`.`,
  }),
};

/** Source: CNB platform spec, exit codes; the lifecycle has the same for every Platform API. */
const meanings: Readonly<Record<number, string>> = {
  11: "the lifecycle does not support the requested Platform API",
  12: "the lifecycle does not support the Buildpack API of a buildpack",
  20: "no buildpack group passed detection",
  21: "no buildpack group passed detection, and a buildpack failed",
  22: "detection failed",
  42: "cached layers could not be restored",
  51: "a buildpack failed",
  52: "the lifecycle cannot use what a buildpack left",
  91: "the bin/generate of an image extension failed",
  92: "the lifecycle cannot use what an image extension wrote",
};

const advice: Readonly<Record<number, string>> = {
  11: "Leave CNB_PLATFORM_API out, or use a newer builder.",
  12: "Use a version of the buildpack for this builder's lifecycle, or a newer builder.",
  20: "The output above shows what each buildpack looked for. Add that file, name the buildpacks in [[io.buildpacks.group]], or use another builder. `--target source` shows the files that they saw, in `cnb-dockerfile/app/workspace`.",
  21: "The output above names the buildpack. Fix the error that it reports, or leave the buildpack out.",
  22: "The output above names the buildpack and the reason.",
  42: "Build once without the cache: `--no-cache`.",
  51: "The output above is the buildpack's own; the last `---->` or `[builder]` lines name it. `--target detect` shows the app, and `--target restore` the layers that the buildpack started with.",
  52: "The output above names the file. Another version of the buildpack may help. `--target restore` shows the layers that the buildpack started with.",
  91: "The output above is the extension's own. Detection has no network, and an extension that downloads something cannot work there. Another version of the extension, or a builder without it, may help.",
  92: "The output above names the extension and the reason. Tell the extension's author.",
};
