import { error, warning } from "./entry.ts";

/** In: the first of `count` paths. */
function listed(paths: readonly string[], count: number): string {
  const rest = count - paths.length;
  return rest > 0 ? `${paths.join(", ")} and ${rest} more` : paths.join(", ");
}

/** Faults of the program that runs inside the build: `files`, `source`, `export`. */
export const exportCatalog = {
  "export/empty-source": warning({
    summary: "The app has no files",
    message: () => "The app has no files, so the buildpacks have nothing to build.",
    hint: () =>
      "Look into .dockerignore, at `include` and `exclude` in project.toml, and into the directory that is built.",
  }),
  "export/write-dropped": warning<{ paths: readonly string[]; count: number }>({
    summary: "A directory of the app loses the right by which the running app could write to it",
    message: ({ paths, count }) =>
      `${listed(paths, count)} can be written by group or others in the source, and only by the build user in the image, which runs as another user.`,
    hint: () =>
      "If the app writes there, keep the modes of the source: `--keep-modes`, `--build-arg CNB_KEEP_MODES=true`, or " +
      "`keep-modes = true` below `[io.github.cnb-dockerfile]` in project.toml.",
  }),
  "export/made-readable": warning<{ paths: readonly string[]; count: number }>({
    summary: "A file that only its owner could read is readable for everyone in the image",
    message: ({ paths, count }) =>
      `Only the owner can read ${listed(paths, count)} in the source; in the image everyone can.`,
    hint: () =>
      "A file that is to stay private does not belong into an image: name it in .dockerignore. To keep the modes of the source, " +
      "use `--keep-modes`, `--build-arg CNB_KEEP_MODES=true`, or `keep-modes = true` below `[io.github.cnb-dockerfile]` in project.toml.",
  }),
  "export/descriptor-missing": warning<{ path: string }>({
    summary: "The project descriptor did not reach the build",
    message: ({ path }) => `${path} is not in the build context, so the buildpacks will not see it.`,
    hint: () => "Take it out of .dockerignore, if it is named there.",
  }),
  "export/usage": error<{ reason: string }>({
    summary: "The program of the export stage was called wrongly",
    message: ({ reason }) => reason,
    hint: () => "Run it with --help; a generated Dockerfile calls it rightly, so compare with a new one.",
  }),
  "export/unreadable": error<{ path: string; reason: string }>({
    summary: "A file of the build could not be read",
    message: ({ path, reason }) => `Cannot read ${path}: ${reason}.`,
    hint: () =>
      "If it changed while the build ran, build again; else look at what mounts it into this stage.",
  }),
  "export/no-certificates": error<{ path: string; reason: string }>({
    summary: "The secret ca-cert is no CA bundle",
    message: ({ path, reason }) => `The CA bundle in ${path} cannot be used: ${reason}.`,
    hint: () =>
      "Hand over a file with certificates in PEM form, each from a line -----BEGIN CERTIFICATE----- to a line " +
      "-----END CERTIFICATE-----: `--secret id=ca-cert,src=FILE`. `openssl x509 -inform der -in FILE` writes one of a DER file.",
  }),
  "export/builder-certificates": warning<{ path: string; reason: string }>({
    summary: "The CA bundle of the builder image cannot be used",
    message: ({ path, reason }) => `The builder's CA bundle ${path} is left out: ${reason}.`,
    hint: () => "Tell the builder's author, or use another builder.",
  }),
  "export/no-tool": error<{ tool: string; places: readonly string[] }>({
    summary: "The image of a tool does not hold the tool",
    message: ({ tool, places }) => `The image for ${tool} has none of ${places.join(", ")}.`,
    hint: ({ tool }) => `Name an image with ${tool} in it: \`--${tool.toLowerCase()}-image\`.`,
  }),
  "export/tool-failed": error<{ tool: string; reason: string }>({
    summary: "A tool that looks into the image failed",
    message: ({ tool, reason }) => `${tool} failed: ${reason}. What it says stands above.`,
    hint: () =>
      "Where it was ended for want of memory, give the machine that builds more; otherwise try another version of the tool.",
  }),
  "export/no-database": error<{ address: string }>({
    summary: "The vulnerability database could not be fetched",
    message: ({ address }) =>
      `The vulnerability database of ${address} could not be fetched. What Grype says stands above.`,
    hint: () =>
      "Without a network, hand a database over: `--build-context vulnerability-db=DIRECTORY`, with vulnerability.db or an " +
      "archive of it in the directory; `grype db download` and `grype db list` say where one is. A mirror is named by CNB_VULNERABILITY_DB.",
  }),
  "export/empty-database": error<{ found: readonly string[] }>({
    summary: "What was handed over is no vulnerability database",
    message: ({ found }) =>
      `The vulnerability database holds ${found.length === 0 ? "nothing" : found.join(", ")}, and none that Grype can use.`,
    hint: () =>
      "The directory of `--build-context vulnerability-db=DIRECTORY` needs one of vulnerability.db, an archive of it " +
      "(vulnerability-db_….tar.zst, .tar.gz or .tar.xz), or what Grype keeps in its cache (6/vulnerability.db, 6/import.json).",
  }),
  "export/several-scan-configs": error<{ found: readonly string[] }>({
    summary: "Several files could be the scanner's settings",
    message: ({ found }) =>
      `Grype's settings are to be one file, and there are several: ${found.join(", ")}.`,
    hint: () => "Give a directory with one file: `--build-context scan-config=DIRECTORY`.",
  }),
  "export/no-scan-request": error<{ variable: string }>({
    summary: "The scanner was started by another than BuildKit",
    message: ({ variable }) => `${variable} is not set, by which BuildKit tells a scanner what to do.`,
    hint: () => "Name the scanner's image in a build: `docker buildx build --sbom=generator=IMAGE`.",
  }),
  "export/scan-too-large": error<{ path: string; sizeBytes: number; limitBytes: number }>({
    summary: "A bill of materials is larger than BuildKit accepts",
    message: ({ path, sizeBytes, limitBytes }) =>
      `${path} would have ${mebibytes(sizeBytes)} MiB, and BuildKit takes ${mebibytes(limitBytes)} MiB at most.`,
    hint: () =>
      "Have less scanned: a smaller image, or no BUILDKIT_SBOM_SCAN_STAGE and BUILDKIT_SBOM_SCAN_CONTEXT. Without " +
      "`--sbom` the image is built all the same, and `--target sbom` writes files of any size.",
  }),
  "export/unwritable": error<{ path: string; reason: string }>({
    summary: "A file of the image could not be written",
    message: ({ path, reason }) => `Cannot write ${path}: ${reason}.`,
    hint: () =>
      "Look at the free space of the machine that builds: `docker buildx du`, `docker buildx prune`.",
  }),
  "export/invalid-file": error<{ path: string; reason: string }>({
    summary: "A file of the build does not say what it should",
    message: ({ path, reason }) => `${path} is not valid: ${reason}.`,
    hint: () => "If it is a buildpack's, tell its author; if not, generate the Dockerfile again.",
  }),
  "export/invalid-path": error<{ path: string; file: string }>({
    summary: "A file was to be written outside of its directory",
    message: ({ path, file }) => `${file} names the path ${JSON.stringify(path)}.`,
    hint: () => "A path starts with `/` and has no empty, `.` or `..` part.",
  }),
  "export/malformed-layers": error<{ layers: readonly string[] }>({
    summary: "A buildpack wrote a <layer>.toml that cannot be understood",
    message: ({ layers }) => `Malformed metadata of these layers: ${layers.join("; ")}.`,
    hint: () => "`build`, `launch` and `cache` belong in the table [types]. Tell the buildpack's author.",
  }),
  "export/odd-entry": error<{ path: string; kind: string; wanted: string; buildpack: string | undefined }>({
    summary: "A buildpack put a link, a FIFO or the like where a file or a directory has to be",
    message: ({ path, kind, wanted, buildpack }) =>
      `${path} is a ${kind}, and it has to be a ${wanted}.${buildpack === undefined ? "" : ` Buildpack ${buildpack} left it.`}`,
    hint: ({ buildpack }) =>
      "Links in the layers directory are not followed: they could lead out of it. " +
      (buildpack === undefined
        ? "One of the app's buildpacks replaced what the lifecycle wrote; use only buildpacks that you trust."
        : "Tell the buildpack's author, or leave the buildpack out."),
  }),
  "export/too-large": error<{
    path: string;
    sizeBytes: number;
    limitBytes: number;
    buildpack: string | undefined;
  }>({
    summary: "A file that describes layers or processes is too large",
    message: ({ path, sizeBytes, limitBytes, buildpack }) =>
      `${path} has ${mebibytes(sizeBytes)} MiB, and ${mebibytes(limitBytes)} MiB is the limit.${buildpack === undefined ? "" : ` Buildpack ${buildpack} left it.`}`,
    hint: () =>
      "It becomes a label of the image, which registries and container engines limit. Tell the buildpack's author to put data into the layer.",
  }),
  "export/too-many-layers": error<{ count: number; limit: number }>({
    summary: "The buildpacks left more layers than an image can have",
    message: ({ count, limit }) => `The buildpacks left ${count} launch layers, and ${limit} is the limit.`,
    hint: () => "Linux cannot start a container with more. Tell the buildpack's author to make fewer layers.",
  }),
  "export/layer-without-contents": error<{ layer: string; cached: boolean }>({
    summary: "A launch layer has a <layer>.toml and no directory",
    message: ({ layer, cached }) =>
      cached
        ? `Layer ${layer} is cache = true but has no contents.`
        : `Cannot reuse layer ${layer}: it has no contents, and neither the app's cache nor a previous image has them. The cache keeps launch layers of the last build that were not cached themselves.`,
    hint: () =>
      "The buildpack must write the layer. Build again with `--no-cache`, so that it finds nothing of the last build, and tell the buildpack's author. `build --previous-image IMAGE` takes the layer from an image that has it.",
  }),
  "export/unknown-process-type": error<{
    type: string;
    known: readonly string[];
    nearest: string | undefined;
  }>({
    summary: "The process type asked for is not in the image",
    message: ({ type, known }) =>
      known.length === 0
        ? `There is no process type ${JSON.stringify(type)}: the buildpacks defined none.`
        : `There is no process type ${JSON.stringify(type)}. The buildpacks defined: ${known.join(", ")}.`,
    hint: ({ nearest }) =>
      nearest === undefined
        ? "Generate the Dockerfile again with another `--process-type`, or without it."
        : `Did you mean \`${nearest}\`?`,
  }),
  "export/invalid-process-type": error<{ type: string }>({
    summary: "A buildpack defined a process type whose name cannot be a file name",
    message: ({ type }) => `The process type ${JSON.stringify(type)} is not a valid name.`,
    hint: () =>
      "A process type is not empty and has none of / > < : | & \\ in it. Tell the buildpack's author.",
  }),
  "export/invalid-slice": error<{ pattern: string }>({
    summary: "A buildpack wrote an application slice with a malformed pattern",
    message: ({ pattern }) => `The slice pattern ${JSON.stringify(pattern)} is malformed.`,
    hint: () => "Patterns are those of Go's filepath.Match. Tell the buildpack's author.",
  }),
  "export/unsupported-platform-api": error<{ version: string }>({
    summary: "The Platform API is one this program does not know",
    message: ({ version }) => `Platform API ${JSON.stringify(version)} is not one of 0.12 to 0.15.`,
    hint: () => "Generate the Dockerfile again.",
  }),
  "export/module-missing": error<{ path: string }>({
    summary: "A buildpack of the project did not reach the build",
    message: ({ path }) => `There is no ${path} in the build context, from which a buildpack was to come.`,
    hint: () =>
      "Take it out of .dockerignore, if it is named there; if it has moved, generate the Dockerfile again.",
  }),
  "export/module-changed": error<{ path: string; found: readonly string[]; expected: readonly string[] }>({
    summary: "A buildpack of the project is not the one that the Dockerfile was generated for",
    message: ({ path, found, expected }) =>
      `${path} holds ${list(found)} and held ${list(expected)}: it has changed since the Dockerfile was generated.`,
    hint: () => "Generate the Dockerfile again.",
  }),
  "export/module-line-ends": error<{ buildpack: string; program: string }>({
    summary: "A program of an added buildpack has the line ends of Windows",
    message: ({ buildpack, program }) =>
      `The first line of ${program} in ${buildpack} ends in a carriage return, so Linux looks for an interpreter of that name and starts nothing.`,
    hint: () =>
      "Save its programs with the line ends of Unix (`sed -i 's/\\r$//' bin/detect bin/build`) and package it again.",
  }),
  "export/module-unusable": error<{ path: string; reason: string }>({
    summary: "A buildpack of the project cannot be used",
    message: ({ path, reason }) => `${path} is no buildpack that can be used: ${reason}.`,
    hint: () =>
      "It was one when the Dockerfile was generated. Compare what reaches the build (.dockerignore), or make the archive again.",
  }),
  "export/module-platform": error<{
    path: string;
    platform: string | undefined;
    available: readonly string[];
  }>({
    summary: "A buildpackage has no image for the platform",
    message: ({ path, platform, available }) =>
      platform === undefined
        ? `${path} has images for several platforms: ${list(available)}.`
        : `${path} has no image for ${platform}, only for ${list(available)}.`,
    hint: ({ platform }) =>
      platform === undefined
        ? "Choose one with --platform."
        : "Make the package for this platform, too, or build for others only.",
  }),
  "export/left-out": warning<{ path: string; kind: string }>({
    summary: "A device, FIFO or socket was left out",
    message: ({ path, kind }) => `${path} is a ${kind} and was left out.`,
  }),
  "export/device-in-layer": error<{ path: string }>({
    summary: "A layer holds a device",
    message: ({ path }) =>
      `${path} is a device: no image with true labels can be made of a layer that holds one.`,
    hint: () =>
      "Only root can make devices, and no buildpack runs as root: look for what the builder image lets become root.",
  }),
  "export/no-launcher-sbom": warning<{ path: string }>({
    summary: "The lifecycle brings no bill of materials of its launcher",
    message: ({ path }) => `Did not find ${path}; the image gets no such SBOM of the launcher.`,
  }),
  "export/layer-not-cached": warning<{ layer: string; reason: string }>({
    summary: "A layer could not be cached",
    message: ({ layer, reason }) => `Layer ${layer} is not cached: ${reason}.`,
  }),
  "export/cache-failed": warning<{ directory: string; reason: string }>({
    summary: "The cache could not be written; the old one stays",
    message: ({ directory, reason }) =>
      `The cache in ${directory} could not be written: ${reason}. The old one stays.`,
    hint: () => "The image is not affected; the next build is slower. Look at the free space.",
  }),
  "export/cache-scope-pair": error<{ scope: string }>({
    summary: "A Dockerfile that BuildKit builds alone cannot read the cache of a second scope",
    message: ({ scope }) =>
      `CNB_CACHE_SCOPE=${scope} names two cache scopes, and BuildKit's own Dockerfile frontend can use one.`,
    hint: ({ scope }) =>
      `Write \`--build-arg CNB_CACHE_SCOPE=${scope.split(":")[0]}\`, or build with \`cnb-dockerfile build --cache-scope ${scope}\`.`,
  }),
  "export/not-a-cache": error({
    summary: "What is to be imported is no exported cache",
    message: () => "What is to be imported is no cache that `cnb-dockerfile cache export` made.",
    hint: () => "Name the directory or image that it wrote; an older one has to be exported again.",
  }),
  "export/cache-of-another": error<{ found: string; expected: string }>({
    summary: "A cache to be imported belongs to another app or platform",
    message: ({ found, expected }) => `The cache is that of ${found}, and ${expected} is to be built.`,
    hint: () =>
      "An app is known by `--cache-id`, the project's `id` or its git remote: they have to be those of the export.",
  }),
  "export/cache-damaged": error<{ reason: string }>({
    summary: "A cache is damaged and cannot be taken to or from another machine",
    message: ({ reason }) => `The cache is damaged: ${reason}.`,
    hint: () => "Nothing was changed. Build the app with other source or `--no-cache`, and export again.",
  }),
};

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}

function list(items: readonly string[]): string {
  return items.length === 0 ? "nothing" : items.join(", ");
}
