import { error, warning } from "../entry.ts";

/** The first of them. */
function listed(names: readonly string[]): string {
  return `${names.slice(0, 3).join(", ")}${names.length > 3 ? ` and ${names.length - 3} more` : ""}`;
}

/** Faults of what `build` is asked for, and of the source that it is to build. */
export const cliBuildCatalog = {
  "cli/source-twice": error<{
    first: { flag: string; value: string };
    second: { flag: string; value: string };
    /** Flags to write where the first is the name of an image. */
    packForm: { image: string; flags: string } | undefined;
  }>({
    summary: "The source of a build is named twice",
    message: ({ first, second }) =>
      `Two sources are named: ${first.value} by ${first.flag} and ${second.value} by ${second.flag}.`,
    hint: ({ packForm }) =>
      packForm === undefined
        ? "Keep the one you mean."
        : `If ${packForm.image} is the image's name, as with pack, write \`cnb-dockerfile build ${packForm.flags}\`.`,
  }),
  "cli/app-ignored": warning<{ file: string; pattern: string }>({
    summary: "An ignore file leaves nothing of the app",
    message: ({ file, pattern }) =>
      `${file} leaves nothing of the app: the line \`${pattern}\` names everything, and no line after it takes a file back that exists.`,
    hint: () =>
      "Remove the line, or take back what the app needs, for example `!src`. A pattern starts from the app's directory.",
  }),
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
  "cli/input-twice": error<Record<never, never>>({
    summary: "Standard input is named twice",
    message: () => "Standard input can be the source or the file to build, not both.",
    hint: () => "Name a directory, or leave `--file` out.",
  }),
  "cli/no-source": error<{ url: string }>({
    summary: "There is nothing at the address of a source",
    message: ({ url }) => `There is no source at ${url}.`,
    hint: () =>
      "Name an archive: a zip, or a tar that may be gzipped. A git repository's URL ends in `.git`, or is given with `--git`.",
  }),
  "cli/bad-archive": error<{ source: string; reason: string }>({
    summary: "The archive of a source cannot be unpacked",
    message: ({ source, reason }) => `The source from ${source} cannot be unpacked: ${reason}.`,
    hint: () => "Make it with `tar -czf`, with the app's files at its root.",
  }),
  "cli/archive-names-twice": warning<{ source: string; names: readonly string[] }>({
    summary: "A zip has several files of one name",
    message: ({ source, names: [first = "", ...others] }) =>
      `${source} has several different files named ${first}${
        others.length === 0 ? "" : `, and of ${others.length} other names`
      }. The last one is taken.`,
    hint: () => "Make the archive again with one file of each name: programs differ in which one they read.",
  }),
  "cli/archive-in-directory": warning<{
    source: string;
    directory: string;
    /** The command's word that names the directory. */
    word: string;
  }>({
    summary: "An archive has one directory around everything",
    message: ({ source, directory }) =>
      `Everything in ${source} is in the directory ${directory}, which becomes the only entry of /workspace.`,
    hint: ({ word, directory }) => `If ${directory} is the app, write \`cnb-dockerfile build ${word}\`.`,
  }),
  "cli/bad-archive-directory": error<{ fragment: string; reason: string }>({
    summary: "What stands behind an archive's name is no directory of it",
    message: ({ fragment, reason }) => `${fragment} names no directory of an archive: ${reason}.`,
    hint: () => "Write `#:` and the directory behind the name, as in `build app.zip#:services/cart`.",
  }),
  "cli/no-archive-directory": error<{
    source: string;
    directory: string;
    part: string;
    /** What is in the directory where it should be; a few names. */
    there: readonly string[];
  }>({
    summary: "An archive does not have the directory that is named",
    message: ({ source, directory, part }) =>
      `${source} has no directory ${directory}: ${part} is not there, or is no directory.`,
    hint: ({ there }) =>
      there.length === 0 ? "That part of the archive is empty." : `There are ${there.join(", ")}.`,
  }),
  "cli/source-limit": error<{
    source: string;
    reason: string;
    limit: "sizeBytes" | "entries" | "ratio";
  }>({
    summary: "The archive of a source is larger than it may become",
    message: ({ source, reason }) => `The source from ${source} is not unpacked: ${reason}.`,
    hint: ({ limit }) =>
      limit === "entries"
        ? "If it is as it should be, raise the limit: `--max-source-entries 5000000`."
        : "If it is as it should be, raise the limit: `--max-source-size 16g`. With that flag the ratio does not count.",
  }),
  "cli/no-room": error<{ directory: string; reason: string }>({
    summary: "There is no room for a source in the temporary directory",
    message: ({ directory, reason }) => `The source cannot be put into ${directory}: ${reason}.`,
    hint: () => "Make room there, or name another directory with TMPDIR.",
  }),
  "cli/bad-limit": error<{ flag: string; text: string; example: string }>({
    summary: "A limit is no number",
    message: ({ flag, text }) => `${JSON.stringify(text)} is no limit for ${flag}.`,
    hint: ({ flag, example }) => `Write a number, as in \`${flag} ${example}\`.`,
  }),
  "cli/no-build-file": error<{ file: string }>({
    summary: "The file to build does not exist",
    message: ({ file }) => `There is no file ${file}.`,
    hint: () => "Name a project descriptor or a Dockerfile, seen from the current directory.",
  }),
  "cli/bad-git-url": error<{ text: string; reason: string }>({
    summary: "A git URL is not written as one",
    message: ({ text, reason }) => `${JSON.stringify(text)} is not a git URL: ${reason}.`,
    hint: () =>
      "Write URL, URL#REF or URL#REF:DIRECTORY, for example `https://git.example/shop.git#v1.2:services/cart`.",
  }),
  "cli/local-git-url": error<{ text: string }>({
    summary: "A git URL names a repository on this machine",
    message: ({ text }) => `${JSON.stringify(text)} is a repository on this machine.`,
    hint: () =>
      "Name its directory in place of the URL to build its files. To fetch a state of it with git, add `--allow-local-git`: git then acts on that repository's own configuration.",
  }),
  "cli/no-git": error<Record<never, never>>({
    summary: "The program `git` is not installed",
    message: () => "A repository is to be built, and there is no program `git`.",
    hint: () => "Install git, or fetch the source yourself and name its directory.",
  }),
  "cli/git-failed": error<{ remote: string; ref: string | undefined; reason: string }>({
    summary: "A repository could not be fetched",
    message: ({ remote, ref, reason }) =>
      `git cannot fetch ${ref === undefined ? "" : `${ref} of `}${remote}: ${reason}.`,
    hint: ({ remote }) =>
      `Try \`git ls-remote ${remote}\`: credentials, keys and proxies are those of git on this machine.`,
  }),
  "cli/git-limit": error<{
    remote: string;
    reason: string;
    limit: "sizeBytes" | "entries" | "path" | "output";
  }>({
    summary: "A git repository is larger than a source may be",
    message: ({ remote, reason }) => `${remote} is not fetched: ${reason}.`,
    hint: ({ limit }) =>
      limit === "sizeBytes"
        ? "If it is meant to be that large, raise the limit: `--max-source-size 16g`. It counts what the server sends, the files, and submodules."
        : limit === "entries"
          ? "If it is meant to have that many, raise the limit: `--max-source-entries 5000000`."
          : "No ordinary repository does that. If you trust it, clone it yourself and build the clone's directory.",
  }),
  "cli/git-slow": error<{ remote: string; reason: string }>({
    summary: "A git server takes too long",
    message: ({ remote, reason }) => `${remote} is not fetched: ${reason}.`,
    hint: () => "Try again later, or clone it yourself and build the clone's directory.",
  }),
  "cli/submodule-host": error<{ path: string; url: string; place: string }>({
    summary: "A submodule's server is on this machine or in its network",
    message: ({ path, url, place }) =>
      `The submodule ${path} is not fetched from ${url}: its server is ${place}, and the repository's own is not.`,
    hint: () =>
      "If you trust the repository, clone it with `git clone --recurse-submodules` and build the clone's directory.",
  }),
  "cli/submodule-redirect": error<{ url: string; status: string }>({
    summary: "A submodule's server redirects to another address",
    message: ({ url, status }) =>
      `The submodule at ${url} is not fetched: its server redirects to another address (HTTP ${status}), and redirects of submodules are not followed.`,
    hint: ({ url }) =>
      `Find the new address, for example in a browser, and tell git: \`git config --global url.NEW.insteadOf ${url}\`. Better still, change .gitmodules.`,
  }),
  "cli/submodules-left-out": warning<{ paths: readonly string[]; isWanted: boolean }>({
    summary: "Submodules of a git repository were not fetched",
    message: ({ paths, isWanted }) =>
      isWanted
        ? `No submodule was fetched into ${listed(paths)}: .gitmodules has no URL for it or leaves it out, so the directory is empty.`
        : `The repository has submodules, and they were not fetched. Empty in the source: ${listed(paths)}.`,
    hint: ({ isWanted }) =>
      isWanted
        ? "Commit a .gitmodules with its URL if the app needs it."
        : "If the app needs them, add `--submodules`.",
  }),
  "cli/bad-submodule": error<{ path: string; url: string; reason: string }>({
    summary: "A submodule of a git repository must not be fetched",
    message: ({ path, url, reason }) => `The submodule ${path} is not fetched from ${url}: ${reason}.`,
    hint: () =>
      "Submodules are fetched from servers, by https, http, ssh or git. Where your git has a header that belongs to one server, configure it as `http.https://SERVER/.extraHeader`.",
  }),
  "cli/git-large-files": warning<Record<never, never>>({
    summary: "A git repository keeps files in Git LFS",
    message: () =>
      "The repository keeps files in Git LFS. They are not fetched, the source has their pointers.",
    hint: () => "If the app needs them, clone the repository with Git LFS and build the clone's directory.",
  }),
  "cli/no-git-ref": error<{ remote: string; ref: string }>({
    summary: "A repository has no such branch, tag or commit",
    message: ({ remote, ref }) => `${remote} has no branch, tag or commit ${ref}.`,
    hint: ({ remote }) => `\`git ls-remote ${remote}\` lists its branches and tags.`,
  }),
  "cli/no-git-directory": error<{ remote: string; directory: string }>({
    summary: "A repository has no such directory",
    message: ({ remote, directory }) => `${remote} has no directory ${directory} in that state.`,
    hint: () => "Name one behind the second colon: `URL#REF:DIRECTORY`.",
  }),
  "cli/project-flag": error<{ flag: string; file: string }>({
    summary: "A flag for projects is given with a Dockerfile",
    message: ({ flag, file }) => `${flag} says how a project becomes an image, and ${file} is a Dockerfile.`,
    hint: ({ flag }) =>
      `Leave ${flag} out, or name a project descriptor with \`--file\`; a generated Dockerfile is made again by \`generate\`.`,
  }),
  "cli/no-revision": error<Record<never, never>>({
    summary: "A commit is to be recorded of a source that is no repository's",
    message: () =>
      "The source is not fetched from a repository, so there is no commit to write into the image.",
    hint: () => "Build it with `--git URL`, or leave `--git-metadata` out.",
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
