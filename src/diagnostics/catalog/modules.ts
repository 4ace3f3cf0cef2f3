import { withoutSecrets } from "../without-secrets.ts";
import { error, warning } from "./entry.ts";

/** Faults of buildpacks that a project adds to its builder. Those that can pass are thrown as TemporaryError. */
export const modulesCatalog = {
  "modules/missing-key": error<{ key: string }>({
    summary: "A buildpack's TOML file lacks a key",
    message: ({ key }) => `\`${key}\` is missing or empty.`,
    hint: ({ key }) =>
      key === "api"
        ? 'Name the Buildpack API that it was written for, as `api = "0.10"`.'
        : `Add \`${key.slice(key.lastIndexOf(".") + 1)} = "…"\` to its table.`,
  }),
  "modules/wrong-type": error<{ key: string; expected: string; received: string }>({
    summary: "A key of a buildpack's TOML file has a value of another type",
    message: ({ key, expected, received }) =>
      `\`${key === "" ? "The whole" : key}\` should be ${expected}, but is ${received}.`,
    hint: () =>
      "The keys and their types are in the Buildpack specification, at https://github.com/buildpacks/spec.",
  }),
  "modules/unknown-key": error<{ key: string }>({
    summary: "A package.toml has a key that there is not",
    message: ({ key }) => `\`${key}\` is no key of package.toml.`,
    hint: () => "Its keys are buildpack.uri, dependencies (uri, image), targets and platform.",
  }),
  "modules/bad-api": error<{ api: string }>({
    summary: "A buildpack names a Buildpack API that is no version",
    message: ({ api }) => `The Buildpack API ${JSON.stringify(api)} is no version.`,
    hint: () => 'It looks like `api = "0.10"`.',
  }),
  "modules/bad-name": error<{ what: string; name: string; reason: string }>({
    summary: "A buildpack's id or version cannot name a directory",
    message: ({ what, name, reason }) =>
      `The buildpack's ${what} ${JSON.stringify(name)} cannot name a directory on the builder: ${reason}.`,
    hint: () => 'An id looks like "example/hello", a version like "1.0.0".',
  }),
  "modules/order-and-targets": error<{ id: string; key: string }>({
    summary: "A buildpack has both an order and targets or stacks",
    message: ({ id, key }) => `${id} has both \`order\` and \`${key}\`.`,
    hint: ({ key }) =>
      `A composite buildpack, which has an order, runs nothing itself: remove \`${key}\`, or the order.`,
  }),
  "modules/extension": error<{ id: string }>({
    summary: "An image extension stands where a buildpack should",
    message: ({ id }) => `${id === "" ? "This" : id} is an image extension, and those are not supported.`,
    hint: () => "Take it out of the project, or build with pack.",
  }),
  "modules/dependency-uri-and-image": error({
    summary: "A dependency in package.toml has both a uri and an image",
    message: () => "The dependency has both `uri` and `image`.",
    hint: () => "Keep `uri`; `image` is an old name for `docker://…`.",
  }),
  "modules/unreadable": error<{ path: string; reason: string }>({
    summary: "A buildpack of the project cannot be read",
    message: ({ path, reason }) => `Cannot read ${path}: ${reason}.`,
    hint: () =>
      "Check that it is a file or directory that you may read, or take it out of the project's buildpacks.",
  }),
  "modules/too-large": error<{ path: string; sizeBytes: number; limitBytes: number }>({
    summary: "A buildpack's TOML file is too large",
    message: ({ path, sizeBytes, limitBytes }) =>
      `${path} is ${sizeBytes} bytes long; ${limitBytes} is the most that is read.`,
    hint: () => "Check that this is the buildpack you meant.",
  }),
  "modules/link-outside": error<{ path: string; target: string }>({
    summary: "A buildpack of the project is a link that leads out of the project",
    message: ({ path, target }) => `${path} leads to ${target}, which is outside of the project.`,
    hint: () =>
      "Copy the buildpack into the project. If you trust the project, name the buildpack itself with `--buildpack`, `--pre-buildpack` or `--post-buildpack`. For a repository with several projects, `--root DIRECTORY` allows every buildpack below a directory above the project.",
  }),
  "modules/link-outside-handed": error<{ path: string; target: string }>({
    summary: "A file of a buildpack is a link that leads out of the buildpack's directory",
    message: ({ path, target }) =>
      `${path} leads to ${target}, which is outside of the buildpack's directory.`,
    hint: () => "A build gets that directory only. Put the file itself in the link's place.",
  }),
  "modules/bad-url": error<{ url: string; reason: string }>({
    summary: "A buildpack's address cannot be downloaded from",
    message: ({ url, reason }) => `Nothing can be downloaded from ${url}: ${reason}.`,
    hint: () => "Name an http or https address of a .tgz or .cnb file that can be read without a password.",
  }),
  "modules/plain-http": warning<{ url: string }>({
    summary: "A buildpack is downloaded without encryption",
    message: ({ url }) => `${url} is read over plain HTTP: whoever is between can change the buildpack.`,
    hint: () =>
      "Use https. The digest in the Dockerfile holds builds to what was read now, not to what its author meant.",
  }),
  "modules/refused": error<{ url: string; status: number }>({
    summary: "A server refuses to hand out a buildpack or an index",
    message: ({ url, status }) => `${url} is refused (HTTP ${status}).`,
    hint: () =>
      "A buildpack at an address has to be readable without a password. Put it into a registry, or into the project.",
  }),
  "modules/unavailable": error<{ url: string; reason: string }>({
    summary: "A server cannot be reached or does not answer as it should for now",
    message: ({ url, reason }) => `${url} could not be read: ${reason}.`,
    hint: () => "Check the network and try again.",
  }),
  "modules/bad-answer": error<{ url: string; reason: string }>({
    summary: "A server answers with something that cannot be used",
    message: ({ url, reason }) => `${url} gave an answer that cannot be used: ${reason}.`,
    hint: () => "Open the address in a browser: it may be a page about the file and not the file.",
  }),
  "modules/no-room": error<{ directory: string; reason: string }>({
    summary: "A downloaded buildpack cannot be put into the temporary directory",
    message: ({ directory, reason }) => `A download cannot be put into ${directory}: ${reason}.`,
    hint: () => "Make room there, or name another directory with TMPDIR.",
  }),
  "modules/registry-name": error<{ id: string; reason: string }>({
    summary: "A text is no name in a buildpack registry",
    message: ({ id, reason }) => `${JSON.stringify(id)} is no name in a buildpack registry: ${reason}.`,
    hint: () => "Names look like namespace/name, in lower case letters, digits, `-` and `.`.",
  }),
  "modules/registry-line": error<{ line: number; reason: string }>({
    summary: "The buildpack registry's index has a line that cannot be read",
    message: ({ line, reason }) => `Line ${line} is no entry of a buildpack registry: ${reason}.`,
    hint: () => "Tell who keeps the index, or name the buildpack's image itself (docker://…).",
  }),
  "modules/registry-version": error<{ id: string; version: string; known: readonly string[] }>({
    summary: "The buildpack registry has the buildpack, but not in this version",
    message: ({ id, version, known }) =>
      `The registry has no ${id}@${version}. It has ${known.slice(0, 10).join(", ")}${known.length > 10 ? ", …" : ""}.`,
    hint: () => "Name one of these versions, or none for the newest.",
  }),
  "modules/registry-yanked": warning<{ id: string; version: string }>({
    summary: "The version of a buildpack that was named has been withdrawn",
    message: ({ id, version }) => `${id}@${version} has been yanked from the registry.`,
    hint: () => "Name another version, or none: then it is the newest that has not been yanked.",
  }),
  "modules/registry-all-yanked": error<{ id: string; versions: readonly string[] }>({
    summary: "Every version of a buildpack in the registry has been withdrawn",
    message: ({ id, versions }) => `Every version of ${id} has been yanked: ${versions.join(", ")}.`,
    hint: () => "Name one with @VERSION to use it all the same.",
  }),
  "modules/no-registry-index": error<{ index: string; reason: string }>({
    summary: "The buildpack registry's index cannot be found",
    message: ({ index, reason }) => `There is no registry index at ${index}: ${reason}.`,
    hint: () => "It is an address (https://…, https://github.com/OWNER/REPO) or a directory.",
  }),
  "modules/unknown-scheme": error<{ uri: string; suggestion: string | undefined }>({
    summary: "A buildpack's uri has a scheme that is not known",
    message: ({ uri }) => `The scheme of the buildpack uri ${JSON.stringify(uri)} is not known.`,
    hint: ({ suggestion }) =>
      suggestion !== undefined
        ? `Did you mean \`${suggestion}://\`?`
        : "Use `docker://IMAGE`, `https://…`, a path, `urn:cnb:builder:ID`, `urn:cnb:registry:NS/NAME` or `from=builder`.",
  }),
  "modules/bad-locator": error<{ uri: string }>({
    summary: "A text names no buildpack",
    message: ({ uri }) =>
      `${JSON.stringify(withoutSecrets(uri))} is neither a path that exists, nor a buildpack of the builder, nor a name of the buildpack registry, nor the name of an image.`,
    hint: () => "A path begins with `./`; an image looks like `registry.example/ns/buildpack:1.0.0`.",
  }),
  "modules/outside-project": error<{ uri: string }>({
    summary: "A buildpack lies outside of the project",
    message: ({ uri }) => `The buildpack ${JSON.stringify(uri)} lies outside of the project's directory.`,
    hint: () =>
      "Move the buildpack into the project, or publish it as an image or archive. If you trust the project, name the buildpack itself with `--buildpack`, `--pre-buildpack` or `--post-buildpack`. For a repository with several projects, `--root DIRECTORY` allows every buildpack below a directory above the project.",
  }),
  "modules/dependency-outside-project": error<{ uri: string }>({
    summary: "A composite buildpack of the project needs a buildpack that lies outside of the project",
    message: ({ uri }) => `The dependency ${JSON.stringify(uri)} lies outside of the project's directory.`,
    hint: () =>
      "Move the dependency into the project, or put both into one file, and name that: `pack buildpack package bp.cnb --format file --path DIRECTORY`.",
  }),
  "modules/outside-handed": error<{ uri: string }>({
    summary: "A buildpack outside of the project needs another one that lies beside it",
    message: ({ uri }) =>
      `Its dependency ${JSON.stringify(uri)} lies outside of the buildpack's directory, which is all that the build gets.`,
    hint: () =>
      "Put both into one file, and name that: `pack buildpack package bp.cnb --format file --path DIRECTORY`.",
  }),
  "modules/not-handed": error<{ name: string }>({
    summary: "A buildpack's directory is named and not handed over",
    message: ({ name }) => `The build needs the directory ${name} for a buildpack and is not given it.`,
    hint: ({ name }) =>
      `Add \`--build-context ${name}=DIRECTORY\`; to \`generate\`, \`check\` and \`plan\` name the directory itself.`,
  }),
  "modules/not-found": error<{ uri: string }>({
    summary: "There is nothing where a buildpack should be",
    message: ({ uri }) => `There is nothing at ${JSON.stringify(uri)}.`,
    hint: ({ uri }) =>
      /^https?:/i.test(uri)
        ? "Check the address, and that it can be read without a login."
        : "Paths in project.toml start from its directory, those of flags from the working directory or the project's.",
  }),
  "modules/no-such-path": error<{ uri: string; reason: string }>({
    summary: "A buildpack's uri is neither a path that exists nor a name that is known",
    message: ({ uri, reason }) =>
      `There is no file or directory ${JSON.stringify(uri)} in the project, and ${reason}`,
    hint: ({ uri }) =>
      `Correct the path; it starts from the directory of project.toml. If you mean a buildpack of the registry, write \`uri = "urn:cnb:registry:${uri}"\`.`,
  }),
  "modules/path-or-name": warning<{ uri: string }>({
    summary: "Offline, it is not known whether a buildpack's uri names anything",
    message: ({ uri }) =>
      `There is no file or directory ${JSON.stringify(uri)} in the project. Without network, it is not known whether the builder or a registry has a buildpack of that name.`,
    hint: ({ uri }) =>
      `If you mean a directory, correct the path; it starts from the directory of project.toml. If you mean a buildpack of the builder, write \`uri = "urn:cnb:builder:${uri}"\`; one of the registry, \`uri = "urn:cnb:registry:${uri}"\`.`,
  }),
  "modules/windows-line-ends": error<{ file: string }>({
    summary: "A buildpack's program has the line ends of Windows",
    message: ({ file }) =>
      `The first line of ${file} ends in a carriage return, so Linux looks for an interpreter of that name and starts nothing.`,
    hint: ({ file }) =>
      `Save it with the line ends of Unix: \`sed -i 's/\\r$//' ${file}\`. In a git repository, \`bin/* text eol=lf\` in .gitattributes keeps them.`,
  }),
  "modules/windows-line-ends-inside": error<{ place: string; program: string }>({
    summary: "A program of a packed buildpack has the line ends of Windows",
    message: ({ place, program }) =>
      `The first line of ${program} in ${place} ends in a carriage return, so Linux looks for an interpreter of that name and starts nothing.`,
    hint: () =>
      "Save its programs with the line ends of Unix (`sed -i 's/\\r$//' bin/detect bin/build`) and pack it again. In a git repository, `bin/* text eol=lf` in .gitattributes keeps them.",
  }),
  "modules/not-a-buildpack": error<{ place: string; reason: string }>({
    summary: "What a uri names is no buildpack",
    message: ({ place, reason }) => `${place} is no buildpack: ${reason}.`,
    hint: () =>
      "A buildpack is a directory, or a .tgz of one, with a buildpack.toml at its root, or a .cnb file.",
  }),
  "modules/not-a-buildpackage": error<{ image: string }>({
    summary: "An image that should hold buildpacks holds none",
    message: ({ image }) => `${image} is not a buildpackage.`,
    hint: () => "Name an image made by `pack buildpack package`.",
  }),
  "modules/odd-name": error<{ name: string }>({
    summary: "A buildpack has an id or version that cannot be a directory's name",
    message: ({ name }) => `The buildpack ${JSON.stringify(name)} has an id or version that cannot be used.`,
    hint: () => 'An id looks like "example/hello", a version like "1.0.0". Tell the buildpack\'s author.',
  }),
  "modules/not-registered": error<{ uri: string }>({
    summary: "The buildpack registry does not have a buildpack",
    message: ({ uri }) => `The buildpack registry has no ${JSON.stringify(uri)}.`,
    hint: () =>
      "Names and versions are listed at https://registry.buildpacks.io; another index: `--buildpack-registry`.",
  }),
  "modules/bad-registry-entry": error<{ uri: string; address: string }>({
    summary: "The buildpack registry's entry names no image",
    message: ({ uri, address }) =>
      `The registry's entry for ${JSON.stringify(uri)} names ${JSON.stringify(address)}, which is no image.`,
    hint: () => "Tell who keeps the registry, or name the buildpack's image itself (docker://…).",
  }),
};
