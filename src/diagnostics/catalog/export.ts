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
      "Check .dockerignore, `include` and `exclude` in project.toml, and the directory that you build.",
  }),
  "export/write-dropped": warning<{ paths: readonly string[]; count: number }>({
    summary: "The running app cannot write to a directory of the app",
    message: ({ paths, count }) =>
      `${listed(paths, count)} can be written by group or others in the source, but only by the build user in the image, and the app runs as another user.`,
    hint: () =>
      "If the app writes there, keep the source's file modes: `--keep-modes`, `--build-arg CNB_KEEP_MODES=true`, or `keep-modes = true` below `[io.github.cnb-dockerfile]` in project.toml.",
  }),
  "export/made-readable": warning<{ paths: readonly string[]; count: number }>({
    summary: "A file that only its owner can read becomes readable for everyone in the image",
    message: ({ paths, count }) =>
      `Only the owner can read ${listed(paths, count)} in the source; in the image everyone can.`,
    hint: () =>
      "Private files do not belong in an image: add them to .dockerignore. To keep the source's file modes, use `--keep-modes`, `--build-arg CNB_KEEP_MODES=true`, or `keep-modes = true` below `[io.github.cnb-dockerfile]` in project.toml.",
  }),
  "export/descriptor-missing": warning<{ path: string }>({
    summary: "The project descriptor is not in the build context",
    message: ({ path }) => `${path} is not in the build context, so the buildpacks do not see it.`,
    hint: () => "If .dockerignore excludes it, remove that line.",
  }),
  "export/extensions-changed": error<Record<never, never>>({
    summary: "Image extensions want something else than what is in the generated file",
    message: () =>
      "Detection selected other image extensions, or they made other Dockerfiles, than when this file was generated.",
    hint: () => "Run `cnb-dockerfile generate --detected` again.",
  }),
  "export/extensions-take-part": error<{ ids: readonly string[] }>({
    summary: "An image extension takes part, and this frontend cannot apply it",
    message: ({ ids }) =>
      `Image extensions take part in this build (${ids.join(", ")}), but BuildKit's own Dockerfile frontend cannot apply them.`,
    hint: () =>
      "Generate the file with `--detected`, or with `--syntax` and the image of cnb-dockerfile's frontend, or run `cnb-dockerfile build`.",
  }),
  "export/odd-name": error<{ path: string }>({
    summary: "An image extension deletes a file whose name is not UTF-8",
    message: ({ path }) =>
      `An image extension deletes ${JSON.stringify(path)}, whose name is not UTF-8. BuildKit cannot leave such a file out of an image.`,
    hint: () => "Delete the directory that contains it, or keep the file.",
  }),
  "export/usage": error<{ reason: string }>({
    summary: "Usage error of the export program",
    message: ({ reason }) => reason,
    hint: () =>
      "Run it with --help. If you edited the Dockerfile, compare the call with a newly generated one.",
  }),
  "export/unreadable": error<{ path: string; reason: string }>({
    summary: "A file of the build cannot be read",
    message: ({ path, reason }) => `Cannot read ${path}: ${reason}.`,
    hint: () =>
      "If it changed during the build, build again. Otherwise check what is mounted into this stage.",
  }),
  "export/no-certificates": error<{ path: string; reason: string }>({
    summary: "The secret ca-cert is not a CA bundle",
    message: ({ path, reason }) => `The CA bundle in ${path} cannot be used: ${reason}.`,
    hint: () =>
      "Pass a file of PEM certificates, each from a line -----BEGIN CERTIFICATE----- to a line -----END CERTIFICATE-----: `--secret id=ca-cert,src=FILE`. To convert a DER file, run `openssl x509 -inform der -in FILE`.",
  }),
  "export/builder-certificates": warning<{ path: string; reason: string }>({
    summary: "The CA bundle of the builder image cannot be used",
    message: ({ path, reason }) => `The builder's CA bundle ${path} is left out: ${reason}.`,
    hint: () => "Tell the builder's author, or use another builder.",
  }),
  "export/no-tool": error<{ tool: string; places: readonly string[] }>({
    summary: "The image of a tool does not contain the tool",
    message: ({ tool, places }) => `The image for ${tool} contains none of ${places.join(", ")}.`,
    hint: ({ tool }) => `Use an image that contains ${tool}: \`--${tool.toLowerCase()}-image\`.`,
  }),
  "export/tool-failed": error<{ tool: string; reason: string }>({
    summary: "A tool that inspects the image failed",
    message: ({ tool, reason }) => `${tool} failed: ${reason}. Its output is above.`,
    hint: () =>
      "If it ran out of memory, give the build machine more. Otherwise try another version of the tool.",
  }),
  "export/no-database": error<{ address: string }>({
    summary: "The vulnerability database cannot be downloaded",
    message: ({ address }) =>
      `Cannot download the vulnerability database from ${address}. Grype's output is above.`,
    hint: () =>
      "Offline, pass a database with `--build-context vulnerability-db=DIRECTORY`: vulnerability.db or an archive of it in that directory. `grype db download` and `grype db list` show where to get one. For a mirror, set CNB_VULNERABILITY_DB.",
  }),
  "export/empty-database": error<{ found: readonly string[] }>({
    summary: "The directory passed as vulnerability database contains none",
    message: ({ found }) =>
      `The directory passed as vulnerability database contains ${found.length === 0 ? "nothing" : found.join(", ")}, which Grype cannot use.`,
    hint: () =>
      "The directory of `--build-context vulnerability-db=DIRECTORY` needs vulnerability.db, an archive of it (vulnerability-db_….tar.zst, .tar.gz or .tar.xz), or Grype's cache (6/vulnerability.db, 6/import.json).",
  }),
  "export/several-scan-configs": error<{ found: readonly string[] }>({
    summary: "Several Grype configuration files are given for the scan",
    message: ({ found }) =>
      `The Grype configuration must be one file, but there are several: ${found.join(", ")}.`,
    hint: () => "Pass a directory with one file: `--build-context scan-config=DIRECTORY`.",
  }),
  "export/no-scan-request": error<{ variable: string }>({
    summary: "The scanner was not started by BuildKit",
    message: ({ variable }) => `${variable} is not set. BuildKit sets it when it starts a scanner.`,
    hint: () => "Use the scanner's image in a build: `docker buildx build --sbom=generator=IMAGE`.",
  }),
  "export/scan-too-large": error<{ path: string; sizeBytes: number; limitBytes: number }>({
    summary: "An SBOM is larger than BuildKit accepts",
    message: ({ path, sizeBytes, limitBytes }) =>
      `${path} would have ${mebibytes(sizeBytes)} MiB, but BuildKit accepts at most ${mebibytes(limitBytes)} MiB.`,
    hint: () =>
      "Scan less: use a smaller image, or leave out BUILDKIT_SBOM_SCAN_STAGE and BUILDKIT_SBOM_SCAN_CONTEXT. You can also build without `--sbom`: `--target sbom` writes files of any size.",
  }),
  "export/unwritable": error<{ path: string; reason: string }>({
    summary: "A file of the image cannot be written",
    message: ({ path, reason }) => `Cannot write ${path}: ${reason}.`,
    hint: () => "Check the free space of the build machine: `docker buildx du`, `docker buildx prune`.",
  }),
  "export/invalid-file": error<{ path: string; reason: string }>({
    summary: "A file of the build is invalid",
    message: ({ path, reason }) => `${path} is not valid: ${reason}.`,
    hint: () =>
      "If a buildpack wrote it, tell the buildpack's author. Otherwise, generate the Dockerfile again.",
  }),
  "export/invalid-path": error<{ path: string; file: string }>({
    summary: "A path points outside its directory",
    message: ({ path, file }) => `${file} contains the invalid path ${JSON.stringify(path)}.`,
    hint: () => "A path starts with `/` and has no empty, `.` or `..` part.",
  }),
  "export/malformed-layers": error<{ layers: readonly string[] }>({
    summary: "A buildpack wrote a malformed <layer>.toml",
    message: ({ layers }) => `Malformed metadata in these layers: ${layers.join("; ")}.`,
    hint: () => "`build`, `launch` and `cache` belong in the table [types]. Tell the buildpack's author.",
  }),
  "export/odd-entry": error<{ path: string; kind: string; wanted: string; buildpack: string | undefined }>({
    summary: "A buildpack left a link, FIFO or the like instead of a file or directory",
    message: ({ path, kind, wanted, buildpack }) =>
      `${path} is a ${kind}, but it must be a ${wanted}.${buildpack === undefined ? "" : ` Buildpack ${buildpack} left it.`}`,
    hint: ({ buildpack }) =>
      "Links in the layers directory are not followed, because they could point outside it. " +
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
      `${path} has ${mebibytes(sizeBytes)} MiB; the limit is ${mebibytes(limitBytes)} MiB.${buildpack === undefined ? "" : ` Buildpack ${buildpack} left it.`}`,
    hint: () =>
      "It becomes a label of the image, and registries and container engines limit labels. Ask the buildpack's author to store the data in the layer.",
  }),
  "export/too-many-layers": error<{ count: number; limit: number }>({
    summary: "The buildpacks left more layers than an image can have",
    message: ({ count, limit }) => `The buildpacks left ${count} launch layers; the limit is ${limit}.`,
    hint: () =>
      "Linux cannot start a container with more. Ask the buildpack's author to create fewer layers.",
  }),
  "export/layer-without-contents": error<{ layer: string; cached: boolean }>({
    summary: "A launch layer has a <layer>.toml but no directory",
    message: ({ layer, cached }) =>
      cached
        ? `Layer ${layer} is cache = true but has no contents.`
        : `Cannot reuse layer ${layer}: it has no contents, and neither the app's cache nor a previous image has them. The cache keeps launch layers of the last build that were not cached themselves.`,
    hint: () =>
      "The buildpack must write the layer. Build again with `--no-cache`, so that nothing of the last build is reused, and tell the buildpack's author. `build --previous-image IMAGE` takes the layer from an image that has it.",
  }),
  "export/unknown-process-type": error<{
    type: string;
    known: readonly string[];
    nearest: string | undefined;
  }>({
    summary: "The process type does not exist in the image",
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
    summary: "A buildpack defined a process type with an invalid name",
    message: ({ type }) => `The process type ${JSON.stringify(type)} is not a valid name.`,
    hint: () =>
      "A process type must not be empty or contain any of / > < : | & \\. Tell the buildpack's author.",
  }),
  "export/invalid-slice": error<{ pattern: string }>({
    summary: "A buildpack defined an application slice with a malformed pattern",
    message: ({ pattern }) => `The slice pattern ${JSON.stringify(pattern)} is malformed.`,
    hint: () => "Patterns are those of Go's filepath.Match. Tell the buildpack's author.",
  }),
  "export/unsupported-platform-api": error<{ version: string }>({
    summary: "The Platform API is not supported",
    message: ({ version }) => `Platform API ${JSON.stringify(version)} is not one of 0.12 to 0.15.`,
    hint: () => "Generate the Dockerfile again.",
  }),
  "export/module-missing": error<{ path: string }>({
    summary: "A buildpack of the project is not in the build context",
    message: ({ path }) => `${path}, the source of a buildpack, is not in the build context.`,
    hint: () => "If .dockerignore excludes it, remove that line. If it moved, generate the Dockerfile again.",
  }),
  "export/module-changed": error<{ path: string; found: readonly string[]; expected: readonly string[] }>({
    summary: "A buildpack of the project changed after the Dockerfile was generated",
    message: ({ path, found, expected }) =>
      `${path} contains ${list(found)}, but contained ${list(expected)} when the Dockerfile was generated.`,
    hint: () => "Generate the Dockerfile again.",
  }),
  "export/module-line-ends": error<{ buildpack: string; program: string }>({
    summary: "A program of an added buildpack has Windows line endings",
    message: ({ buildpack, program }) =>
      `The first line of ${program} in ${buildpack} ends in a carriage return, so Linux does not find its interpreter.`,
    hint: () =>
      "Convert its programs to Unix line endings (`sed -i 's/\\r$//' bin/detect bin/build`), then package it again.",
  }),
  "export/module-unusable": error<{ module: string; path: string; reason: string }>({
    summary: "A buildpack of the project cannot be used",
    message: ({ module, path, reason }) => `${path} is not a usable ${module}: ${reason}.`,
    hint: () =>
      "It was usable when the Dockerfile was generated. Check whether .dockerignore excludes a part of it, or create the archive again.",
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
        : "Create the package for this platform too, or build only for the others.",
  }),
  "export/left-out": warning<{ path: string; kind: string }>({
    summary: "A device, FIFO or socket was left out",
    message: ({ path, kind }) => `${path} is a ${kind} and was left out.`,
  }),
  "export/proxy-certificate": warning<{ layer: string; path: string }>({
    summary: "A layer contains a certificate of BuildKit's proxy",
    message: ({ layer, path }) =>
      `The layer ${layer} contains a certificate of BuildKit's proxy: ${path}. Whoever has the key of that BuildKit could answer for any server that the app asks, and the image differs with each BuildKit.`,
    hint: () =>
      "A buildpack copied the certificates that it saw. Build the image without `--proxy-network`, or have the buildpack leave that layer out of the image (`launch = false`).",
  }),
  "export/device-in-layer": error<{ path: string }>({
    summary: "A layer contains a device",
    message: ({ path }) =>
      `${path} is a device. With a device in a layer, the image's labels cannot be correct.`,
    hint: () =>
      "Only root can create devices, and buildpacks do not run as root. Check which programs of the builder image can become root.",
  }),
  "export/no-launcher-sbom": warning<{ path: string }>({
    summary: "The lifecycle has no SBOM of its launcher",
    message: ({ path }) => `${path} does not exist, so the image gets no such SBOM of the launcher.`,
  }),
  "export/layer-not-cached": warning<{ layer: string; reason: string }>({
    summary: "A layer could not be cached",
    message: ({ layer, reason }) => `Layer ${layer} is not cached: ${reason}.`,
  }),
  "export/cache-failed": warning<{ directory: string; reason: string }>({
    summary: "The cache cannot be written; the old one stays",
    message: ({ directory, reason }) =>
      `Cannot write the cache in ${directory}: ${reason}. The old one stays.`,
    hint: () => "The image is not affected, but the next build is slower. Check the free space.",
  }),
  "export/cache-scope-pair": error<{ scope: string }>({
    summary: "BuildKit's own Dockerfile frontend cannot read the cache of a second scope",
    message: ({ scope }) =>
      `CNB_CACHE_SCOPE=${scope} names two cache scopes, but BuildKit's own Dockerfile frontend can use only one.`,
    hint: ({ scope }) =>
      `Write \`--build-arg CNB_CACHE_SCOPE=${scope.split(":")[0]}\`, or build with \`cnb-dockerfile build --cache-scope ${scope}\`.`,
  }),
  "export/not-a-cache": error({
    summary: "The cache to import was not exported by cnb-dockerfile",
    message: () => "The cache to import was not exported by `cnb-dockerfile cache export`.",
    hint: () =>
      "Name the directory or image that `cache export` wrote. If an older version wrote it, export it again.",
  }),
  "export/cache-of-another": error<{ found: string; expected: string }>({
    summary: "The cache to import belongs to another app or platform",
    message: ({ found, expected }) => `The cache belongs to ${found}, but this build is ${expected}.`,
    hint: () =>
      "An app is identified by `--cache-id`, the project's `id` or its git remote. Use the same as for the export.",
  }),
  "export/cache-damaged": error<{ reason: string }>({
    summary: "A cache is damaged and cannot be exported or imported",
    message: ({ reason }) => `The cache is damaged: ${reason}.`,
    hint: () =>
      "Nothing was changed. Build the app from changed source or with `--no-cache`, then export again.",
  }),
};

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}

function list(items: readonly string[]): string {
  return items.length === 0 ? "nothing" : items.join(", ");
}
