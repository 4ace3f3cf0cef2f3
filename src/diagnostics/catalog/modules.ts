import { withoutSecrets } from "../without-secrets.ts";
import { error, warning } from "./entry.ts";

/** Faults of buildpacks that a project adds to its builder. Those that can pass are thrown as TemporaryError. */
export const modulesCatalog = {
  "modules/missing-key": error<{ key: string }>({
    summary: "A buildpack's TOML file lacks a key",
    message: ({ key }) => `\`${key}\` is missing or empty.`,
    hint: ({ key }) =>
      key === "api"
        ? 'Declare the Buildpack API that it uses, for example `api = "0.10"`.'
        : `Add \`${key.slice(key.lastIndexOf(".") + 1)} = "…"\` to its table.`,
  }),
  "modules/wrong-type": error<{ key: string; expected: string; received: string }>({
    summary: "A key of a buildpack's TOML file has the wrong type",
    message: ({ key, expected, received }) =>
      `${key === "" ? "The file" : `\`${key}\``} must be ${expected}, but is ${received}.`,
    hint: () =>
      "See the Buildpack specification for the keys and their types: https://github.com/buildpacks/spec.",
  }),
  "modules/unknown-key": error<{ key: string }>({
    summary: "A package.toml has an unknown key",
    message: ({ key }) => `\`${key}\` is not a key of package.toml.`,
    hint: () => "Its keys are buildpack.uri, dependencies (uri, image), targets and platform.",
  }),
  "modules/bad-api": error<{ api: string }>({
    summary: "A buildpack's API is not a version",
    message: ({ api }) => `The Buildpack API ${JSON.stringify(api)} is not a version.`,
    hint: () => 'Write it like `api = "0.10"`.',
  }),
  "modules/bad-name": error<{ module: string; what: string; name: string; reason: string }>({
    summary: "An id or version of a buildpack or image extension is not valid as a directory name",
    message: ({ module, what, name, reason }) =>
      `The ${module}'s ${what} ${JSON.stringify(name)} is not valid as a directory name on the builder: ${reason}.`,
    hint: () => 'Use an id like "example/hello" and a version like "1.0.0".',
  }),
  "modules/order-and-targets": error<{ id: string; key: string }>({
    summary: "A buildpack has both an order and targets or stacks",
    message: ({ id, key }) => `${id} has both \`order\` and \`${key}\`.`,
    hint: ({ key }) =>
      `A composite buildpack (one with an order) runs nothing itself. Remove \`${key}\`, or the order.`,
  }),
  "modules/extension": error<{ id: string }>({
    summary: "An image extension is used as a buildpack",
    message: ({ id }) => `${id === "" ? "This" : id} is an image extension, not a buildpack.`,
    hint: () =>
      "Remove it from the buildpacks of the project, and name it with `--extension` when you build.",
  }),
  "modules/buildpack": error<{ id: string }>({
    summary: "A buildpack is used as an image extension",
    message: ({ id }) => `${id === "" ? "This" : id} is a buildpack, not an image extension.`,
    hint: () => "Name it with `--buildpack`, or with `--pre-buildpack` to add it to the builder's groups.",
  }),
  "modules/not-an-extension": error<{ place: string; reason: string }>({
    summary: "A locator does not lead to an image extension",
    message: ({ place, reason }) => `${place} is not an image extension: ${reason}.`,
    hint: () =>
      "An image extension is a directory or .tgz with an extension.toml at its root, or an image or .cnb file created by `pack extension package`.",
  }),
  "modules/extension-registry": error<{ uri: string }>({
    summary: "An image extension is named like a buildpack of the registry",
    message: ({ uri }) =>
      `${JSON.stringify(uri)} is not an existing path or an image extension of the builder. It looks like a name of the buildpack registry, which has no image extensions.`,
    hint: ({ uri }) =>
      uri.startsWith("urn:")
        ? "Name the image: `docker://IMAGE`."
        : `For a directory or an archive, fix the path. For an image, write \`docker://${uri}\`.`,
  }),
  "modules/extension-from-builder": error({
    summary: "`from=builder` is used as an image extension",
    message: () => "`from=builder` stands for the builder's buildpacks and cannot be an image extension.",
    hint: () =>
      "To keep the builder's image extensions, leave out `--extension`. To use one of them, write its ID.",
  }),
  "modules/dependency-uri-and-image": error({
    summary: "A dependency in package.toml has both a uri and an image",
    message: () => "The dependency has both `uri` and `image`.",
    hint: () => "Keep `uri`. `image` is an old name for `docker://…`.",
  }),
  "modules/unreadable": error<{ path: string; reason: string }>({
    summary: "A buildpack of the project cannot be read",
    message: ({ path, reason }) => `Cannot read ${path}: ${reason}.`,
    hint: () =>
      "Check that it is a file or directory that you can read, or remove it from the project's buildpacks.",
  }),
  "modules/too-large": error<{ path: string; sizeBytes: number; limitBytes: number }>({
    summary: "A buildpack's TOML file is too large",
    message: ({ path, sizeBytes, limitBytes }) =>
      `${path} has ${sizeBytes} bytes; the limit is ${limitBytes}.`,
    hint: () => "Check that this is the buildpack you meant.",
  }),
  "modules/link-outside": error<{ path: string; target: string }>({
    summary: "A buildpack of the project is a link that points outside the project",
    message: ({ path, target }) => `${path} points to ${target}, which is outside the project.`,
    hint: () =>
      "Copy the buildpack into the project. If you trust the project, name the buildpack itself with `--buildpack`, `--pre-buildpack` or `--post-buildpack`. In a monorepo, `--root DIRECTORY` allows every buildpack below a directory above the project.",
  }),
  "modules/link-outside-handed": error<{ path: string; target: string }>({
    summary: "A link in a buildpack points outside the buildpack's directory",
    message: ({ path, target }) => `${path} points to ${target}, which is outside the buildpack's directory.`,
    hint: () => "The build gets only that directory. Replace the link with the file itself.",
  }),
  "modules/bad-url": error<{ url: string; reason: string }>({
    summary: "A buildpack's URL cannot be used for a download",
    message: ({ url, reason }) => `Cannot download ${url}: ${reason}.`,
    hint: () => "Use an http or https URL of a .tgz or .cnb file that needs no password.",
  }),
  "modules/plain-http": warning<{ url: string }>({
    summary: "A buildpack is downloaded without encryption",
    message: ({ url }) => `${url} uses plain HTTP: anyone on the network path can change the buildpack.`,
    hint: () =>
      "Use https. The digest in the Dockerfile pins the file as it was downloaded now, even if it was changed on the way.",
  }),
  "modules/refused": error<{ url: string; status: number }>({
    summary: "A server denies access to a buildpack or an index",
    message: ({ url, status }) => `Access to ${url} was denied (HTTP ${status}).`,
    hint: () =>
      "A buildpack URL must work without a password. Put the buildpack into a registry or into the project.",
  }),
  "modules/unavailable": error<{ url: string; reason: string }>({
    summary: "A server is unreachable or fails right now",
    message: ({ url, reason }) => `Cannot read ${url}: ${reason}.`,
    hint: () => "Check the network, then try again.",
  }),
  "modules/bad-answer": error<{ url: string; reason: string }>({
    summary: "A server returns an invalid response",
    message: ({ url, reason }) => `${url} returned an invalid response: ${reason}.`,
    hint: () => "Open the URL in a browser: it may be a page about the file, not the file.",
  }),
  "modules/no-room": error<{ directory: string; reason: string }>({
    summary: "A downloaded buildpack cannot be stored in the temporary directory",
    message: ({ directory, reason }) => `Cannot store a download in ${directory}: ${reason}.`,
    hint: () => "Free some space there, or set TMPDIR to another directory.",
  }),
  "modules/registry-name": error<{ id: string; reason: string }>({
    summary: "A name is not valid in a buildpack registry",
    message: ({ id, reason }) => `${JSON.stringify(id)} is not a valid buildpack registry name: ${reason}.`,
    hint: () => "Write NAMESPACE/NAME, in lower-case letters, digits, `-` and `.`.",
  }),
  "modules/registry-line": error<{ line: number; reason: string }>({
    summary: "The buildpack registry's index has an invalid line",
    message: ({ line, reason }) => `Line ${line} is not a valid entry of a buildpack registry: ${reason}.`,
    hint: () => "Tell the index's maintainers, or use the buildpack's image directly (docker://…).",
  }),
  "modules/registry-version": error<{ id: string; version: string; known: readonly string[] }>({
    summary: "The buildpack registry does not have this version of the buildpack",
    message: ({ id, version, known }) =>
      `The registry has no ${id}@${version}. It has ${known.slice(0, 10).join(", ")}${known.length > 10 ? ", …" : ""}.`,
    hint: () => "Use one of these versions, or none for the newest.",
  }),
  "modules/registry-yanked": warning<{ id: string; version: string }>({
    summary: "A buildpack version was yanked from the registry",
    message: ({ id, version }) => `${id}@${version} was yanked from the registry.`,
    hint: () => "Use another version, or none for the newest that was not yanked.",
  }),
  "modules/registry-all-yanked": error<{ id: string; versions: readonly string[] }>({
    summary: "Every version of a buildpack was yanked from the registry",
    message: ({ id, versions }) => `Every version of ${id} was yanked: ${versions.join(", ")}.`,
    hint: () => "To use one anyway, name it with @VERSION.",
  }),
  "modules/no-registry-index": error<{ index: string; reason: string }>({
    summary: "The buildpack registry's index does not exist",
    message: ({ index, reason }) => `There is no registry index at ${index}: ${reason}.`,
    hint: () => "Use a URL (https://…, https://github.com/OWNER/REPO) or a directory.",
  }),
  "modules/unknown-scheme": error<{ module: string; uri: string; suggestion: string | undefined }>({
    summary: "A buildpack's uri has an unknown scheme",
    message: ({ module, uri }) => `Unknown scheme in the ${module} uri ${JSON.stringify(uri)}.`,
    hint: ({ module, suggestion }) =>
      suggestion !== undefined
        ? `Did you mean \`${suggestion}://\`?`
        : module === "image extension"
          ? "Use `docker://IMAGE`, `https://…`, a path or `urn:cnb:builder:ID`."
          : "Use `docker://IMAGE`, `https://…`, a path, `urn:cnb:builder:ID`, `urn:cnb:registry:NS/NAME` or `from=builder`.",
  }),
  "modules/bad-locator": error<{ module: string; uri: string }>({
    summary: "A buildpack's uri matches nothing",
    message: ({ module, uri }) =>
      module === "image extension"
        ? `${JSON.stringify(withoutSecrets(uri))} is not an existing path, an image extension on the builder or an image name.`
        : `${JSON.stringify(withoutSecrets(uri))} is not an existing path, a buildpack on the builder, a buildpack registry name or an image name.`,
    hint: ({ module }) =>
      `Begin a path with \`./\`; write an image like \`registry.example/ns/${module === "buildpack" ? module : "extension"}:1.0.0\`.`,
  }),
  "modules/outside-project": error<{ module: string; uri: string }>({
    summary: "A buildpack is outside the project",
    message: ({ module, uri }) => `The ${module} ${JSON.stringify(uri)} is outside the project's directory.`,
    hint: ({ module }) =>
      module === "image extension"
        ? "Move the image extension into the project, publish it as an image or archive, or name it with `--extension`: `cnb-dockerfile build` passes it to the build."
        : "Move the buildpack into the project, or publish it as an image or archive. If you trust the project, name the buildpack itself with `--buildpack`, `--pre-buildpack` or `--post-buildpack`. In a monorepo, `--root DIRECTORY` allows every buildpack below a directory above the project.",
  }),
  "modules/dependency-outside-project": error<{ uri: string }>({
    summary: "A dependency of a composite buildpack is outside the project",
    message: ({ uri }) => `The dependency ${JSON.stringify(uri)} is outside the project's directory.`,
    hint: () =>
      "Move the dependency into the project, or package both into one file and use that: `pack buildpack package bp.cnb --format file --path DIRECTORY`.",
  }),
  "modules/outside-handed": error<{ uri: string }>({
    summary: "A dependency is outside the buildpack's directory",
    message: ({ uri }) =>
      `The dependency ${JSON.stringify(uri)} is outside the buildpack's directory, and the build gets only that directory.`,
    hint: () =>
      "Package both into one file and use that: `pack buildpack package bp.cnb --format file --path DIRECTORY`.",
  }),
  "modules/not-handed": error<{ name: string }>({
    summary: "A buildpack's directory is not passed to the build",
    message: ({ name }) => `The build needs the directory ${name} for a buildpack, but it was not passed.`,
    hint: ({ name }) =>
      `Add \`--build-context ${name}=DIRECTORY\`. For \`generate\`, \`check\` and \`plan\`, name the directory itself.`,
  }),
  "modules/not-found": error<{ uri: string }>({
    summary: "A buildpack does not exist",
    message: ({ uri }) => `${JSON.stringify(uri)} does not exist.`,
    hint: ({ uri }) =>
      /^https?:/i.test(uri)
        ? "Check the URL, and that it needs no login."
        : "Paths in project.toml are relative to its directory; paths in flags, to the working directory or the project's.",
  }),
  "modules/no-such-path": error<{ module: string; uri: string; reason: string }>({
    summary: "A buildpack's uri is neither an existing path nor a known name",
    message: ({ uri, reason }) =>
      `There is no file or directory ${JSON.stringify(uri)} in the project, and ${reason}`,
    hint: ({ module, uri }) =>
      module === "image extension"
        ? `Fix the path. For an image with a tag, write \`docker://${uri}:TAG\`.`
        : `Fix the path; it is relative to the directory of project.toml. For a buildpack in the registry, write \`uri = "urn:cnb:registry:${uri}"\`.`,
  }),
  "modules/path-or-name": warning<{ uri: string }>({
    summary: "A buildpack's uri cannot be checked offline",
    message: ({ uri }) =>
      `There is no file or directory ${JSON.stringify(uri)} in the project. Offline, cnb-dockerfile cannot check whether the builder or a registry has a buildpack of that name.`,
    hint: ({ uri }) =>
      `For a directory, fix the path; it is relative to the directory of project.toml. For a buildpack on the builder, write \`uri = "urn:cnb:builder:${uri}"\`; for one in the registry, \`uri = "urn:cnb:registry:${uri}"\`.`,
  }),
  "modules/windows-line-ends": error<{ file: string }>({
    summary: "A buildpack's program has Windows line endings",
    message: ({ file }) =>
      `The first line of ${file} ends in a carriage return, so Linux does not find its interpreter.`,
    hint: ({ file }) =>
      `Convert it to Unix line endings: \`sed -i 's/\\r$//' ${file}\`. In a git repository, \`bin/* text eol=lf\` in .gitattributes keeps them.`,
  }),
  "modules/windows-line-ends-inside": error<{ place: string; program: string }>({
    summary: "A program of a packaged buildpack has Windows line endings",
    message: ({ place, program }) =>
      `The first line of ${program} in ${place} ends in a carriage return, so Linux does not find its interpreter.`,
    hint: () =>
      "Convert its programs to Unix line endings (`sed -i 's/\\r$//' bin/detect bin/build`), then package it again. In a git repository, `bin/* text eol=lf` in .gitattributes keeps them.",
  }),
  "modules/not-a-buildpack": error<{ place: string; reason: string }>({
    summary: "A uri does not lead to a buildpack",
    message: ({ place, reason }) => `${place} is not a buildpack: ${reason}.`,
    hint: () => "A buildpack is a .cnb file, or a directory or .tgz with a buildpack.toml at its root.",
  }),
  "modules/not-a-buildpackage": error<{ image: string }>({
    summary: "An image is not a buildpackage",
    message: ({ image }) => `${image} is not a buildpackage.`,
    hint: () => "Use an image created by `pack buildpack package`.",
  }),
  "modules/odd-name": error<{ module: string; name: string }>({
    summary: "A buildpack or image extension has an invalid id or version",
    message: ({ module, name }) => `The ${module} ${JSON.stringify(name)} has an invalid id or version.`,
    hint: () => 'An id looks like "example/hello", a version like "1.0.0". Tell the buildpack\'s author.',
  }),
  "modules/not-registered": error<{ uri: string }>({
    summary: "The buildpack registry does not have a buildpack",
    message: ({ uri }) => `The buildpack registry has no ${JSON.stringify(uri)}.`,
    hint: () =>
      "Names and versions are listed at https://registry.buildpacks.io. For another index, use `--buildpack-registry`.",
  }),
  "modules/bad-registry-entry": error<{ uri: string; address: string }>({
    summary: "The buildpack registry's entry names no image",
    message: ({ uri, address }) =>
      `The registry's entry for ${JSON.stringify(uri)} names ${JSON.stringify(address)}, which is not an image.`,
    hint: () => "Tell the registry's maintainers, or use the buildpack's image directly (docker://…).",
  }),
};
