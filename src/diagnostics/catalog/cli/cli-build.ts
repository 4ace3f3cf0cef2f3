import { error, warning } from "../entry.ts";

/** Faults of what `build` is asked for, and of where its results and caches go. */
export const cliBuildCatalog = {
  "cli/artifacts-link": error<{ path: string }>({
    summary: "The artifacts of a build are not all files",
    message: ({ path }) =>
      `The build left a link where the artifact ${path} should be, so nothing was written.`,
    hint: () => "A generated Dockerfile was changed: make it again with `cnb-dockerfile generate -o FILE`.",
  }),
  "cli/result-unwritable": error<{ path: string; reason: string }>({
    summary: "A file about the result could not be written after the build",
    message: ({ path, reason }) => `${path} cannot be written: ${reason}.`,
    hint: () => "Name a file in a directory that exists and that you can write. Nothing has been built yet.",
  }),
  "cli/result-unwritten": error<{ path: string; reason: string; imageId: string }>({
    summary: "The build succeeded, and a file about its result could not be written",
    message: ({ path, reason }) => `The build succeeded, but ${path} could not be written: ${reason}.`,
    hint: ({ imageId }) =>
      `The result is where the lines above say${imageId === "" ? "" : `, and its id is ${imageId}`}. Make room or mend the permissions, and build again: unchanged steps come from the cache.`,
  }),
  "cli/artifacts-foreign": error<{ directory: string; foreign: readonly string[] }>({
    summary: "The directory for artifacts holds something else",
    message: ({ directory, foreign }) =>
      `${directory} holds ${foreign.slice(0, 3).join(", ")}${foreign.length > 3 ? ` and ${foreign.length - 3} more` : ""}, and is to be replaced as a whole.`,
    hint: () =>
      "Name a directory for the artifacts alone: `--artifacts DIRECTORY`. A source stands before this flag.",
  }),
  "cli/artifacts-and-target": error<{ target: string }>({
    summary: "Artifacts of a build that makes no image",
    message: ({ target }) => `\`--target ${target}\` makes no image that there could be artifacts of.`,
    hint: () =>
      "Leave one of the two out: `--target artifacts --output DIRECTORY` makes the artifacts alone.",
  }),
  "cli/artifacts-of-dockerfile": error<Record<never, never>>({
    summary: "Artifacts of a Dockerfile that is not ours",
    message: () => "The file to build has no stage `artifacts`: `cnb-dockerfile generate` did not make it.",
    hint: () => "BuildKit's own scanner does something like it: `--sbom=true`.",
  }),
  "cli/database-and-context": error<Record<never, never>>({
    summary: "A vulnerability database is named twice",
    message: () => "Two vulnerability databases are named, by --vulnerability-db and by --build-context.",
    hint: () => "Keep the one you mean.",
  }),
  "cli/scan-config-twice": error<{ other: string }>({
    summary: "The scanner's settings are named twice",
    message: ({ other }) => `Settings for the scan are named twice, by --scan-config and by ${other}.`,
    hint: () => "Keep the one you mean.",
  }),
  "cli/no-scan-config": error<{ file: string }>({
    summary: "The scanner's settings do not exist",
    message: ({ file }) => `There is no file ${file}, here or in the source.`,
    hint: () => "Name a file with settings of Grype. To ignore nothing, give an empty one.",
  }),
  "cli/gate-of-dockerfile": error<{ file: string }>({
    summary: "A build is to fail on vulnerabilities, by a Dockerfile that does not scan",
    message: ({ file }) =>
      `${file} is a Dockerfile that \`cnb-dockerfile generate\` did not make, so nothing in it fails the build on vulnerabilities.`,
    hint: () =>
      "Leave CNB_FAIL_ON out and scan the image after the build, or build a project descriptor: `--file project.toml`.",
  }),
  "cli/file-of-input": error<{ file: string }>({
    summary: "A file is named of a source that comes by standard input",
    message: ({ file }) => `Standard input is the file to build already, so ${file} cannot be.`,
    hint: () => "For a file from standard input and a source from a directory write `--file - DIRECTORY`.",
  }),
  "cli/no-build-file": error<{ file: string }>({
    summary: "The file to build does not exist",
    message: ({ file }) => `There is no file ${file}.`,
    hint: () => "Name a project descriptor or a Dockerfile, seen from the current directory.",
  }),
  "cli/project-flag": error<{ flag: string; file: string }>({
    summary: "A flag for projects is given with a Dockerfile",
    message: ({ flag, file }) => `${flag} says how a project becomes an image, and ${file} is a Dockerfile.`,
    hint: ({ flag }) =>
      `Leave ${flag} out, or name a project descriptor with \`--file\`; a generated Dockerfile is made again by \`generate\`.`,
  }),
  "cli/env-of-build": error<{ name: string }>({
    summary: "A build-time variable has a name that means something to the build itself",
    message: ({ name }) => `${name} cannot be a variable for the buildpacks here: the build itself reads it.`,
    hint: ({ name }) =>
      `Write it into project.toml, \`[[io.buildpacks.build.env]]\`, or for the build \`--build-arg ${name}=VALUE\`.`,
  }),
  "cli/env-unset": error<{ name: string }>({
    summary: "A variable that is to be a secret has no value here",
    message: ({ name }) => `${name} is not set, so it cannot be given to the buildpacks as a secret.`,
    hint: ({ name }) => `Set it, or write \`--env ${name}=VALUE\` if it is none.`,
  }),
  "cli/secret-not-offered": error<{ id: string; place: string }>({
    summary: "A secret is declared and not offered",
    message: ({ id, place }) =>
      `The build needs the secret ${JSON.stringify(id)} (${place}) and is not given it.`,
    hint: ({ id }) =>
      `Add \`--secret id=${id},src=FILE\` or \`--secret id=${id},env=VARIABLE\`. If the project should not have it, remove the declaration.`,
  }),
  "cli/secret-too-large": error<{ id: string; sizeBytes: number; limitBytes: number }>({
    summary: "A secret is larger than BuildKit takes",
    message: ({ id, sizeBytes, limitBytes }) =>
      `The secret ${JSON.stringify(id)} has ${Math.ceil(sizeBytes / 1024)} KiB (${sizeBytes} bytes), and BuildKit takes at most ${limitBytes / 1024} KiB.`,
    hint: () =>
      "If it is public, as a trust store is, hand its directory over as no secret: `--volume DIRECTORY:/platform/bindings/NAME:public`. Otherwise remove what the buildpacks do not need from it.",
  }),
  "cli/secret-unusable": error<{ id: string; file: string; kind: "project" | "generated" | "dockerfile" }>({
    summary: "A secret is offered that nothing in the build can use",
    message: ({ id, file, kind }) =>
      kind === "project"
        ? `Nothing in this build can use the secret ${JSON.stringify(id)}: its id is no name of a variable, and no binding has a key for it.`
        : `Nothing in this build can use the secret ${JSON.stringify(id)}: no step of ${file} mounts it.`,
    hint: ({ id, kind }) =>
      kind !== "project"
        ? `Declare it when you make the file, \`generate --secret NAME\` or \`--binding NAME=TYPE:KEY\`, or remove the flag.`
        : id === "ca-cert"
          ? "Add `--ca-cert`, so that detect and build trust these certificates."
          : "For a variable, use letters, digits and `_` in the id. For a service binding, declare it with `--binding NAME=TYPE:KEY` and offer `id=NAME.KEY`.",
  }),
  "cli/ssh-not-offered": error<{ id: string; place: string }>({
    summary: "An ssh agent is declared and not offered",
    message: ({ id, place }) =>
      `The build needs the ssh agent ${JSON.stringify(id)} (${place}) and is not given it.`,
    hint: ({ id }) => `Add \`--ssh ${id}\`. If the project should not have it, remove the declaration.`,
  }),
  "cli/ssh-unusable": error<{ id: string; file: string }>({
    summary: "An ssh agent is offered that nothing in the build can use",
    message: ({ id, file }) =>
      `Nothing in this build can use the ssh agent ${JSON.stringify(id)}: no step of ${file} mounts it.`,
    hint: ({ id }) => `Declare it when you make the file, \`generate --ssh ${id}\`, or remove the flag.`,
  }),
  "cli/several-agents": error<Record<never, never>>({
    summary: "Several ssh agents are offered to the buildpacks",
    message: () => "Several ssh agents are given, and buildpacks can have one.",
    hint: () => "Keep one, or write a Dockerfile with `generate`, whose steps can name several.",
  }),
  "cli/bad-attestation": error<{ text: string }>({
    summary: "An attestation is not written as one",
    message: ({ text }) => `${JSON.stringify(text)} is not an attestation.`,
    hint: () => "Write `type=provenance,mode=max` or `type=sbom`.",
  }),
  "cli/bad-output": error<{ text: string }>({
    summary: "An output is not written as one",
    message: ({ text }) => `${JSON.stringify(text)} is not an output.`,
    hint: () => "Write `type=oci,dest=app.tar`, `type=image,push=true` or a directory.",
  }),
  "cli/bad-tag": error<{ text: string }>({
    summary: "An image's name is not written as one",
    message: ({ text }) => `${JSON.stringify(text)} cannot be the name of an image.`,
    hint: () => "Write REGISTRY/NAME:TAG, in lower case, for example `registry.example/shop/cart:1.2`.",
  }),
  "cli/bad-build-context": error<{ text: string }>({
    summary: "A build context is not written as one",
    message: ({ text }) => `${JSON.stringify(text)} is not a build context.`,
    hint: () => "Write NAME=VALUE, for example `acme/builder:24=oci-layout://./builder`.",
  }),
  "cli/early-epoch": error<{ text: string; inContainer: boolean }>({
    summary: "File times are to be set back to a moment before that of the image's files",
    message: ({ text }) =>
      `SOURCE_DATE_EPOCH=${text} with \`rewrite-timestamp=true\` changes the layers, whose files are of 1980-01-01T00:00:01Z: the labels of the image would not be true.`,
    hint: ({ inContainer }) =>
      inContainer
        ? "Set SOURCE_DATE_EPOCH to 315532801 or more, as the time of the last commit: `git log -1 --format=%ct`."
        : "Leave `rewrite-timestamp` out: the files of the image have the same time in every build. Or set SOURCE_DATE_EPOCH to 315532801 or more.",
  }),
  "cli/compression-changes-layers": error<{ flag: string; compression: string }>({
    summary: "A compression is asked for that changes the layers of an image",
    message: ({ flag, compression }) =>
      `${flag} asks for ${compression}, which changes the digests of layers: the labels of the image would not be true.`,
    hint: () => "Use `compression=zstd` or `gzip`, or convert the finished image.",
  }),
  "cli/bad-cache-place": error<{ text: string }>({
    summary: "The place of a buildpack cache is not written as one",
    message: ({ text }) => `${JSON.stringify(text)} is neither a directory nor the name of an image.`,
    hint: () =>
      "Write a directory, `./cache`, or an image with its registry's host, `registry.example/app-cache:main`.",
  }),
  "cli/no-cache": error<{ place: string }>({
    summary: "There is no buildpack cache in the directory",
    message: ({ place }) => `There is no buildpack cache in ${place}.`,
    hint: () => "`cnb-dockerfile cache export` writes one, on the machine that has built the app.",
  }),
  "cli/cache-damaged": error<{ place: string; reason: string }>({
    summary: "The buildpack cache in the directory is damaged",
    message: ({ place, reason }) => `The buildpack cache in ${place} is damaged: ${reason}.`,
    hint: () => "Nothing was changed. Export it again; without it the app is built from nothing.",
  }),
  "cli/cache-place-taken": error<{ directory: string }>({
    summary: "A buildpack cache is to be written into a directory that holds something else",
    message: ({ directory }) => `${directory} holds something else than a buildpack cache.`,
    hint: () => "Name an empty directory, or one that need not be there yet.",
  }),
  "cli/cache-of-dockerfile": error<Record<never, never>>({
    summary: "A Dockerfile has no buildpack cache",
    message: () => "A Dockerfile is to be built, and only projects have a buildpack cache.",
    hint: () => "For BuildKit's own cache there are `--cache-from` and `--cache-to`.",
  }),
  "cli/cache-in-source": warning<{ directory: string; path: string }>({
    summary: "A buildpack cache lies in the source of the app",
    message: ({ directory }) =>
      `${directory} lies in the source: the next build takes it for a part of the app.`,
    hint: ({ path }) => `Write it elsewhere, or put the line \`/${path}\` into .dockerignore.`,
  }),
  "cli/cache-not-imported": warning<{ place: string }>({
    summary: "The buildpack cache could not be imported; the build goes on",
    message: ({ place }) => `The cache ${place} was not imported; the build goes on without it.`,
    hint: () => "What is wrong with it stands above. A build with `--buildpack-cache-to` writes it anew.",
  }),
  "cli/cache-not-exported": warning<{ place: string }>({
    summary: "The buildpack cache could not be exported; the image is not affected",
    message: ({ place }) =>
      `The cache was not written to ${place}; what was there stays. The image is finished.`,
    hint: () => "Why stands above.",
  }),
  "cli/pack-flag-of-build": error<{ flag: string; instead: string }>({
    summary: "A flag of `pack build` does not exist here",
    message: ({ flag }) => `\`${flag}\` is a flag of \`pack build\` that this program does not have.`,
    hint: ({ instead }) => instead,
  }),
  "cli/other-helper-image": error<{ companion: string; found: string; version: string }>({
    summary: "The installed helper image is of another version",
    message: ({ companion, found, version }) =>
      `${companion} is version ${found}, but this is cnb-dockerfile ${version}.`,
    hint: ({ companion, version }) =>
      `Run \`npm install ${companion}@${version}\`, or uninstall ${companion}.`,
  }),
  "cli/helper-image-not-built": error<{ reason: string }>({
    summary: "The helper image could not be built",
    message: ({ reason }) => `The helper image could not be built: ${reason}.`,
    hint: () =>
      "Its output is above. If the Node image cannot be pulled, name another one with `--node-image`, or a helper image in your registry with `--image`.",
  }),
  "cli/no-packaged-image": error<Record<never, never>>({
    summary: "This package has no image of its own",
    message: () => "The image that builds projects is not in this package.",
    hint: () => "Install the package again, or name a helper image in your registry with `--image`.",
  }),
};
