import { error, warning } from "./entry.ts";

function registerEmulator(platform: string): string {
  const [, architecture = platform] = platform.split("/");
  return `\`docker run --privileged --rm tonistiigi/binfmt --install ${architecture}\``;
}

/** Faults of the BuildKit frontend. */
export const frontendCatalog = {
  "frontend/image-unavailable": error<{ image: string; reason: string }>({
    summary: "BuildKit could not ask for an image",
    message: ({ image, reason }) => `BuildKit could not ask for ${image}: ${reason}.`,
    hint: () => "Try again; if it stays, look at the network of the machine that runs BuildKit.",
  }),
  "frontend/image-refused": error<{ image: string; reason: string }>({
    summary: "BuildKit may not read an image",
    message: ({ image, reason }) => `BuildKit cannot read ${image}: ${reason}.`,
    hint: () =>
      "If it wants a login: `docker login` on the machine where you start the build; its credentials are used.",
  }),
  "frontend/bad-config": error<{ image: string }>({
    summary: "An image's config cannot be understood",
    message: ({ image }) => `The config of ${image} is no image config.`,
    hint: () => "Look at it with `crane config`; build or push the image again.",
  }),
  "frontend/not-trusted": error<{ url: string; reason: string }>({
    summary: "BuildKit does not trust a server's certificate",
    message: ({ url, reason }) => `BuildKit does not trust the server of ${url}: ${reason}.`,
    hint: () => "Add the CA that signed the certificate to those of the machine that runs BuildKit.",
  }),
  "frontend/gate-and-target": error<{ target: string; failOn: string }>({
    summary: "A build is to fail on vulnerabilities, and makes no image that is scanned",
    message: ({ target, failOn }) =>
      `The build is to fail on severity ${failOn}, and \`--target ${target}\` makes something that is not scanned.`,
    hint: () => "Leave one of the two out. Without `--target`, the image is built and scanned.",
  }),
  "frontend/no-database": error<{ address: string; reason: string }>({
    summary: "BuildKit cannot fetch the vulnerability database",
    message: ({ address, reason }) =>
      `The list of vulnerability databases at ${address} cannot be fetched by BuildKit: ${reason}.`,
    hint: () =>
      "Without a network, hand a database over: `--build-context vulnerability-db=DIRECTORY`, with vulnerability.db or an " +
      "archive of it in the directory. A mirror's list is named by `--build-arg CNB_VULNERABILITY_DB=URL`.",
  }),
  "frontend/no-descriptor": error<{ file: string }>({
    summary: "The file that was to be built is not there",
    message: ({ file }) => `There is no ${file} in what is to be built.`,
    hint: () =>
      "Name it with `--file`, as in `docker buildx build --file project.toml .`; without any, name a builder: " +
      "`--build-arg CNB_BUILDER=IMAGE`.",
  }),
  "frontend/buildkit-too-old": error<{ oldest: string; missing: readonly string[] }>({
    summary: "BuildKit cannot do what a frontend needs",
    message: ({ missing }) => `BuildKit is too old for this frontend: it lacks ${missing.join(", ")}.`,
    hint: ({ oldest }) =>
      `\`docker buildx ls\` shows its version, which has to be ${oldest} or later. ` +
      "`docker buildx create --use` starts a new one beside docker's own.",
  }),
  "frontend/self-emulated": warning<{ platform: string }>({
    summary: "BuildKit has to emulate a platform by itself",
    message: ({ platform }) =>
      `This BuildKit does not list ${platform} among its platforms, so every step for it runs in BuildKit's own emulator, if it has one. That is slow.`,
    hint: ({ platform }) =>
      `Register an emulator with Linux, where BuildKit runs: ${registerEmulator(platform)}. Or add a node of that platform.`,
  }),
  "frontend/no-emulation": error<{ platform: string }>({
    summary: "A platform cannot be built by this BuildKit",
    message: ({ platform }) =>
      `This BuildKit does not list ${platform} among its platforms, and the helper image cannot be had for it.`,
    hint: ({ platform }) =>
      `Register an emulator with Linux, where BuildKit runs: ${registerEmulator(platform)}. Or add a node of that platform.`,
  }),
  "frontend/cache-empty": error<{ ids: readonly string[] }>({
    summary: "There is no buildpack cache to export",
    message: ({ ids }) => `There is nothing to export: this BuildKit has no cache of ${ids.join(", ")}.`,
    hint: () =>
      "Build the app here first. An app is known by `--cache-id`, the project's `id` or its git remote: without any, " +
      "each build has a cache of its own. A step that BuildKit has cached fills no cache.",
  }),
  "frontend/cache-partly-empty": warning<{ id: string }>({
    summary: "There is no buildpack cache of one of the platforms",
    message: ({ id }) => `This BuildKit has no cache of ${id}; those of the other platforms are exported.`,
    hint: () => "Build the app here for this platform, too, or export its cache where it is built.",
  }),
  "frontend/cache-partly-unreadable": warning<{ platform: string; reason: string }>({
    summary: "A buildpack cache that is to be imported lacks one of the platforms",
    message: ({ platform, reason }) =>
      `The cache for ${platform} cannot be read: ${reason}. Those of the other platforms are imported.`,
    hint: () => "Export it again, for this platform, too.",
  }),
  "frontend/cache-unreadable": error<{ platform: string; reason: string }>({
    summary: "A buildpack cache that is to be imported cannot be read",
    message: ({ platform, reason }) => `The cache for ${platform} cannot be read: ${reason}.`,
    hint: ({ reason }) =>
      reason.includes("unsupported offset")
        ? "BuildKit cannot go on with a transfer that was interrupted: import from a registry, or build without the cache."
        : "Nothing was changed. Export it again, for this platform, too; without it the app is built from nothing.",
  }),
  "frontend/unknown-request": error<{ request: string; requests: readonly string[] }>({
    summary: "A question that this frontend does not answer",
    message: ({ request, requests }) =>
      `There is no answer to ${request}: it can be one of ${requests.join(", ")}.`,
    hint: () => "As `docker buildx build --call=outline`; leave `--call` out to build.",
  }),
  "frontend/unknown-target": error<{
    target: string;
    targets: readonly string[];
    suggestion: string | undefined;
  }>({
    summary: "A target that no stage has",
    message: ({ target, targets }) => `There is no target ${target}: it is one of ${targets.join(", ")}.`,
    hint: ({ suggestion }) =>
      suggestion === undefined
        ? "Leave `--target` out to build the image itself."
        : `Did you mean \`${suggestion}\`? Without \`--target\`, the image itself is built.`,
  }),
  "frontend/argument-for-file": error<{ name: string; file: string }>({
    summary: "An option is given for a Dockerfile in which the options stand already",
    message: ({ name, file }) => `${name} changes nothing any more: ${file} was made with its options.`,
    hint: () => "Make the file again with `cnb-dockerfile generate`, or build project.toml itself.",
  }),
  "frontend/export-edited": error({
    summary: "The stage `export` of a Dockerfile cannot be used",
    message: () => "The stage `export` does not mount /layers of the stage `build` any more.",
    hint: () => "Take the stage from a new Dockerfile: `cnb-dockerfile generate`.",
  }),
  "frontend/platform-not-in-file": error<{ platform: string; platforms: readonly string[]; file: string }>({
    summary: "A Dockerfile is to be built for a platform that it was not made for",
    message: ({ platform, platforms, file }) =>
      `${file} was made for ${platforms.join(", ")}, not for ${platform}.`,
    hint: ({ platform }) => `Make it again: \`cnb-dockerfile generate --platform ${platform}\`.`,
  }),
  "frontend/previous-layer-gone": error<{ image: string; path: string }>({
    summary: "A layer that a buildpack kept is not in the previous image",
    message: ({ image, path }) =>
      `A buildpack kept a layer as it is in ${image}, but that image has no ${path}, though its label says so.`,
    hint: () =>
      "Somebody changed the image after it was built. Name another one, or leave CNB_PREVIOUS_IMAGE out of one build, in which the buildpacks make the layer anew.",
  }),
  "frontend/replaced-image-unreadable": warning<{ reason: string }>({
    summary: "The image that is being replaced cannot be read",
    message: ({ reason }) =>
      `The image that this build replaces cannot be read (${reason}), so buildpacks keep no layers of it.`,
    hint: () =>
      "The build goes on and makes these layers anew. To keep them, allow the client to pull the image, or name another one with `--previous-image`.",
  }),
  "frontend/context-is-stage": error<{ name: string; names: readonly string[] }>({
    summary: "A named context is called like a stage",
    message: ({ name }) => `The context ${name} would take the place of the stage of that name.`,
    hint: ({ names }) =>
      `A context can replace an image: name it as the image is named, ${names.join(" or ")}.`,
  }),
  "frontend/bad-volume": error<{ text: string }>({
    summary: "An item of CNB_VOLUMES is not written as one",
    message: ({ text }) => `${JSON.stringify(text)} is no volume.`,
    hint: () =>
      "Write PATH for a directory, the first of which `--build-context volume-1=DIRECTORY` hands over, or NAME:PATH:rw for a cache; semicolons between them.",
  }),
  "frontend/bad-handed-uris": error({
    summary: "The build argument CNB_DOCKERFILE_HANDED_URIS cannot be read",
    message: () => "CNB_DOCKERFILE_HANDED_URIS is no list of pairs in JSON.",
    hint: () =>
      "Leave it to `cnb-dockerfile build --root DIRECTORY`. Without that command, hand a buildpack over by `--build-context local-buildpack-1=DIRECTORY` and name it in `--build-arg CNB_BUILDPACKS=context://local-buildpack-1`.",
  }),
  "frontend/volume-not-handed": error<{ name: string }>({
    summary: "A directory is declared as a volume and not handed over",
    message: ({ name }) => `The build needs the directory ${name} and is not given it.`,
    hint: ({ name }) => `Add \`--build-context ${name}=DIRECTORY\`.`,
  }),
  "frontend/context-without-use": warning<{ name: string; names: readonly string[] }>({
    summary: "A named context replaces nothing",
    message: ({ name }) => `The context ${name} changes nothing: the build has no image of that name.`,
    hint: ({ names }) => `It has ${names.join(", ")}.`,
  }),
  "frontend/argument-without-effect": warning<{ name: string; suggestion: string | undefined }>({
    summary: "A build argument of BuildKit's does nothing here",
    message: ({ name }) => `${name} is an argument of BuildKit's that does nothing for a buildpacks project.`,
    hint: ({ suggestion }) =>
      suggestion === undefined ? "Leave it out." : `Did you mean \`${suggestion}\`? If not, leave it out.`,
  }),
  "frontend/unknown-option": warning<{ name: string; suggestion: string | undefined }>({
    summary: "An option that this frontend does not know",
    message: ({ name }) => `The option ${name} is not known here and does nothing.`,
    hint: ({ suggestion }) =>
      suggestion === undefined
        ? "Leave it out; if a newer client sends it, a newer version of this frontend may know it."
        : `Did you mean \`${suggestion}\`?`,
  }),
  "frontend/unknown-stage": warning<{
    name: string;
    stages: readonly string[];
    suggestion: string | undefined;
  }>({
    summary: "A stage whose cache is not to be used does not exist",
    message: ({ name, stages }) =>
      `There is no stage ${name} whose cached steps could be left aside: it is one of ${stages.join(", ")}.`,
    hint: ({ suggestion }) =>
      suggestion === undefined
        ? "Name one of them; `--no-cache` leaves those of all stages aside."
        : `Did you mean \`${suggestion}\`?`,
  }),
  "frontend/label-reserved": error<{ name: string }>({
    summary: "A label that the lifecycle's tools read is to be overwritten",
    message: ({ name }) => `The label ${name} says what the image is made of, and cannot be given by hand.`,
    hint: () => "Leave it out, or choose another name.",
  }),
  "frontend/platforms-without-index": error<{ name: string; platforms: number }>({
    summary: "Images of several platforms are wanted without an index",
    message: ({ name, platforms }) => `${name} is off, and images of ${platforms} platforms need an index.`,
    hint: () => "Leave it out, or build for one platform.",
  }),
  // Its value can hold a token.
  "frontend/bad-cache-imports": error({
    summary: "The list of caches cannot be understood",
    message: () => "The option cache-imports is no list of caches in JSON.",
    hint: () =>
      "With buildctl, name caches by `--import-cache type=registry,ref=NAME`, with buildx by `--cache-from`.",
  }),
  "frontend/bad-epoch": error<{ text: string }>({
    summary: "SOURCE_DATE_EPOCH is a time that an image cannot have",
    message: ({ text }) =>
      `SOURCE_DATE_EPOCH is ${JSON.stringify(text)}; it has to be a number of seconds since 1970.`,
    hint: () => "Take 0, or the time of the last commit: `git log -1 --format=%ct`.",
  }),
  "frontend/early-epoch": warning<{ text: string }>({
    summary: "SOURCE_DATE_EPOCH is before the time of the image's files, which must then stay as they are",
    message: ({ text }) =>
      `SOURCE_DATE_EPOCH is ${text}, before 1980-01-01T00:00:01Z, the time of all files in a buildpacks image.`,
    hint: () =>
      "Do not add `rewrite-timestamp=true` to `--output`: it would change the layers after their digests are in the labels. " +
      "Without it the image is fine. From 315532801 on both go together.",
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
        meanings[exitCode] ?? "the lifecycle says no more than its output does"
      }${buildpacks.length === 0 ? "" : `, ${buildpacks.length === 1 ? "" : "one of "}${buildpacks.join(", ")}`}.`,
    hint: ({ exitCode, phase }) =>
      advice[exitCode] ?? `Its output stands above, in the step of the stage \`${phase}\`.`,
  }),
};

/** Source: CNB platform spec, exit codes; the lifecycle has the same for every Platform API. */
const meanings: Readonly<Record<number, string>> = {
  11: "this lifecycle does not speak the Platform API that it was asked for",
  12: "a buildpack is of a Buildpack API that this lifecycle does not speak",
  20: "no group of buildpacks wants this app",
  21: "no group of buildpacks wants this app, and a buildpack failed while it looked",
  22: "the buildpacks could not look at the app",
  42: "cached layers could not be restored",
  51: "a buildpack failed",
  52: "a buildpack left something that the lifecycle cannot use",
};

const advice: Readonly<Record<number, string>> = {
  11: "Leave CNB_PLATFORM_API out, or take a newer builder.",
  12: "Take a version of the buildpack for this builder's lifecycle, or a newer builder.",
  20: "Its output, above, says what each buildpack looked for. Add that file, name the buildpacks in [[io.buildpacks.group]], or take another builder; `--target source` shows what they saw, in `cnb-dockerfile/app/workspace`.",
  21: "Its output, above, names the buildpack. Mend what it complains about, or leave the buildpack out.",
  22: "Its output, above, names the buildpack and the reason.",
  42: "Build without the cache once: `--no-cache`.",
  51: "Its output, above, is the buildpack's own; the last `---->` or `[builder]` lines name it. `--target detect` shows the app, and `--target restore` the layers that it had to work with.",
  52: "Its output, above, names the file. Another version of the buildpack may help; `--target restore` shows the layers that it had to work with.",
};
