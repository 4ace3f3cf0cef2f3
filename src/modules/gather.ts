import type { BuilderMetadata } from "../builder/builder.ts";
import type { Buildpacks } from "../builder/buildpack-info.ts";
import { type ModuleKind, moduleNames } from "../contract/module-kind.ts";
import type { BuildpackEntry } from "../descriptor/project-descriptor.ts";
import { diagnose } from "../diagnostics/diagnose.ts";
import {
  CompileError,
  type Diagnostic,
  type SourceLocation,
  TemporaryError,
} from "../diagnostics/diagnostic.ts";
import { closest } from "../diagnostics/did-you-mean.ts";
import type { ImageSource } from "../image/image-source.ts";
import type { Platform } from "../image/platform.ts";
import { formatReference, type ImageReference, parseReference } from "../image/reference.ts";
import { present } from "../present.ts";
import { readBuildpackageImage } from "./buildpackage-image.ts";
import type {
  AddedModule,
  EntryMeaning,
  GatheredModules,
  HandedDirectory,
  HandedPlace,
  ModuleContent,
} from "./gathered-modules.ts";
import { contextLocator, type Locator, readLocator, type Surroundings } from "./locator.ts";
import { invalidLocator, noExtension, nothingNamed } from "./locator-faults.ts";
import { type ModuleContents, readModuleContents } from "./module-contents.ts";
import type { BuildpackContext, ModuleSource, RegistryName } from "./module-source.ts";
import { readPackageToml } from "./package-toml.ts";
import { withPlaces } from "./with-places.ts";

interface GatherRequest {
  readonly entries: readonly BuildpackEntry[];
  /** Image extensions; absent: none. */
  readonly extensions?: readonly BuildpackEntry[];
  /** Directory that relative paths start from, seen from the project's directory; may begin with `..`. */
  readonly base: string;
  /** Absent: where they lie is not known, if there are any. */
  readonly handed?: readonly HandedDirectory[];
  readonly builders: readonly BuilderMetadata[];
  readonly platforms: readonly Platform[];
}

interface GatherHost {
  readonly images: ImageSource;
  readonly modules: ModuleSource;
}

/**
 * Finds out what each entry of the project's orders is, and brings in what the builder does not hold.
 * Throws CompileError with every entry that names nothing, TemporaryError where retrying can help.
 */
export async function gatherModules(request: GatherRequest, host: GatherHost): Promise<GatheredModules> {
  const buildpacks = new Gathering("buildpack", request, host);
  const extensions = new Gathering("extension", request, host);
  // One after another, so that modules are named in the same order whatever answers first.
  for (const entry of request.entries) await buildpacks.entry(entry);
  for (const entry of request.extensions ?? []) await extensions.entry(entry);
  const found = [...buildpacks.found, ...extensions.found];
  if (found.length > 0) throw new CompileError(found);
  return {
    meanings: new Map([...buildpacks.meanings, ...extensions.meanings]),
    modules: buildpacks.modules(),
    extensions: extensions.modules(),
  };
}

/** What was found at one place. */
interface FoundPlace {
  readonly main: ModuleContents["main"];
  readonly added: AddedModule;
}

/** Where relative paths start from, and who wrote them. */
interface Base extends Pick<Surroundings, "base" | "context" | "isOption"> {
  /** Whether a package.toml did. Absent: no. */
  readonly isDependency?: true;
}

class Gathering {
  readonly meanings = new Map<BuildpackEntry, EntryMeaning>();
  readonly found: Diagnostic[] = [];
  readonly #kind: ModuleKind;
  readonly #request: GatherRequest;
  readonly #host: GatherHost;
  readonly #places = new Map<string, FoundPlace>();

  constructor(kind: ModuleKind, request: GatherRequest, host: GatherHost) {
    this.#kind = kind;
    this.#request = request;
    this.#host = host;
  }

  modules(): AddedModule[] {
    return [...this.#places.values()].map(({ added }) => added);
  }

  async entry(entry: BuildpackEntry): Promise<void> {
    try {
      const meaning = await this.#meaning(entry);
      if (meaning !== undefined) this.meanings.set(entry, meaning);
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      this.found.push(...error.diagnostics);
    }
  }

  async #meaning(entry: BuildpackEntry): Promise<EntryMeaning | undefined> {
    if (entry.kind === "inline") return { kind: "buildpack", id: entry.id, version: entry.version };
    if (entry.kind === "named") {
      // The usual case needs neither disk nor network.
      const versions = this.#onBuilder().get(entry.id);
      if (versions !== undefined) return this.#builderBuildpack(entry.id, entry.version, entry.location);
      return this.#unknownId(entry.id, entry.version, entry.location);
    }
    const isOption = entry.isOption === true;
    return this.#located(entry.uri, { base: isOption ? "" : this.#request.base, isOption }, entry.location);
  }

  /** An id that the builder does not hold: pack then takes it for a name of the registry, a path or an image. */
  async #unknownId(
    id: string,
    version: string | undefined,
    location: SourceLocation,
  ): Promise<EntryMeaning | undefined> {
    try {
      const text = version === undefined ? id : `${id}@${version}`;
      return await this.#located(text, { base: this.#request.base, isOption: false }, location);
    } catch (error) {
      if (!(error instanceof CompileError || error instanceof TemporaryError)) throw error;
      const suggestion = closest(id, [...this.#onBuilder().keys()]);
      throw new CompileError([diagnose("plan/buildpack-unknown", { id, suggestion }, location)], {
        cause: error,
      });
    }
  }

  async #located(text: string, base: Base, location: SourceLocation): Promise<EntryMeaning | undefined> {
    const locator = await readLocator(text, {
      ...base,
      isOnBuilder: (id, version) => this.#isOnBuilder(id, version),
      isThere: async (path) => (await this.#host.modules.local(path, base.context)) !== undefined,
    });
    if (base.isDependency && locator.kind === "invalid" && locator.reason === "outside") {
      const code =
        base.context === undefined ? "modules/dependency-outside-project" : "modules/outside-handed";
      throw new CompileError([diagnose(code, { uri: text }, location)]);
    }
    if (this.#kind === "extension" && (locator.kind === "builder-order" || locator.kind === "registry")) {
      throw new CompileError([noExtension(locator.kind, text, location)]);
    }
    if (locator.kind === "builder-order") return { kind: "builder-order" };
    if (locator.kind === "on-builder") {
      return this.#builderBuildpack(locator.id, locator.version, location);
    }
    try {
      const { main } = await this.#place(locator, text, location);
      return { kind: "buildpack", ...main };
    } catch (error) {
      throw nothingNamed(locator, text, { kind: this.#kind, location }, error) ?? error;
    }
  }

  #onBuilder(): Buildpacks {
    const [builder] = this.#request.builders;
    return (this.#kind === "buildpack" ? builder?.buildpacks : builder?.extensions) ?? new Map();
  }

  #isOnBuilder(id: string, version: string | undefined): boolean {
    const versions = this.#onBuilder().get(id);
    return (
      versions !== undefined && (version === undefined || versions.some((own) => own.version === version))
    );
  }

  #builderBuildpack(id: string, version: string | undefined, location: SourceLocation): EntryMeaning {
    const buildpacks = this.#onBuilder();
    const versions = buildpacks.get(id)?.map((own) => own.version);
    if (versions === undefined) {
      const suggestion = closest(id, [...buildpacks.keys()]);
      if (this.#kind === "extension") {
        throw new CompileError([diagnose("plan/extension-unknown", { id, suggestion }, location)]);
      }
      throw new CompileError([diagnose("plan/buildpack-unknown", { id, suggestion }, location)]);
    }
    if (version !== undefined && !versions.includes(version)) {
      throw new CompileError([
        diagnose("plan/buildpack-version-unknown", { id, version, versions }, location),
      ]);
    }
    return { kind: "buildpack", id, ...present({ version }) };
  }

  async #place(
    locator: Exclude<Locator, { kind: "builder-order" | "on-builder" }>,
    text: string,
    location: SourceLocation,
  ): Promise<FoundPlace> {
    switch (locator.kind) {
      case "invalid":
        throw new CompileError([invalidLocator(locator.reason, text, location, this.#kind)]);
      case "registry":
        return this.#registered(locator.name, text, location);
      case "image":
        return this.#image(locator.reference, location);
      case "download":
        return this.#once(locator.url, () => this.#download(locator.url, location));
      case "local":
        return this.#local(locator, text, location);
    }
  }

  /** Each place is asked once, however often it is named. */
  async #once(key: string, find: () => Promise<FoundPlace>): Promise<FoundPlace> {
    const before = this.#places.get(key);
    if (before !== undefined) return before;
    const place = await find();
    this.#places.set(key, place);
    return place;
  }

  async #registered(name: RegistryName, text: string, location: SourceLocation): Promise<FoundPlace> {
    const entry = await this.#host.modules.lookUp(name);
    if (entry === undefined) {
      throw new CompileError([diagnose("modules/not-registered", { uri: text }, location)]);
    }
    const reference = parseReference(entry.address);
    if (reference === undefined) {
      throw new CompileError([
        diagnose("modules/bad-registry-entry", { uri: text, address: entry.address }, location),
      ]);
    }
    return this.#image(reference, location);
  }

  #image(reference: ImageReference, location: SourceLocation): Promise<FoundPlace> {
    return this.#once(`image ${formatReference(reference)}`, async () => {
      const { platforms } = this.#request;
      const { images } = this.#host;
      const contents = await readBuildpackageImage(reference, {
        ...{ images, platforms, location, kind: this.#kind },
      });
      return foundAt(contents, this.#kind, {
        content: { kind: "image", reference: contents.pinned },
        location,
      });
    });
  }

  async #download(url: string, location: SourceLocation): Promise<FoundPlace> {
    const found = await this.#host.modules.download(url);
    if (found === undefined) throw new CompileError([diagnose("modules/not-found", { uri: url }, location)]);
    const contents = await readModuleContents(found.module, url, { kind: this.#kind, location });
    return foundAt(contents, this.#kind, {
      content: { kind: "download", url, digest: found.digest },
      location,
    });
  }

  async #local(
    { path, context }: Extract<Locator, { kind: "local" }>,
    text: string,
    location: SourceLocation,
  ): Promise<FoundPlace> {
    const key = context === undefined ? `path ${path}` : `context ${context}/${path}`;
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const found = await this.#host.modules.local(path, context);
    if (found === undefined) throw new CompileError([diagnose("modules/not-found", { uri: text }, location)]);
    const handed = context === undefined ? undefined : this.#handedPlace(context, path);
    const shown = handed?.shown ?? (path === "" ? "." : path);
    const contents = await readModuleContents(found.module, shown, { kind: this.#kind, location });
    const content: ModuleContent = { kind: found.form, path, ...present({ handed }) };
    const place = foundAt(contents, this.#kind, { content, location });
    // Known before its dependencies are looked for: they may name it again.
    this.#places.set(key, place);
    if (found.module.kind === "buildpack" && found.module.packageToml !== undefined) {
      const file = shown === "." ? "package.toml" : `${shown}/package.toml`;
      const text = found.module.packageToml;
      const base: Base = {
        ...{ base: path, isOption: false, isDependency: true },
        ...present({ context }),
      };
      await withPlaces({ file, text }, async () => {
        for (const { uri, keyPath } of readPackageToml(text, file).dependencies) {
          await this.#located(uri, base, { file, keyPath });
        }
      });
    }
    return place;
  }

  #handedPlace(context: BuildpackContext, path: string): HandedPlace {
    const { directory } = this.#request.handed?.find((one) => one.context === context) ?? {};
    if (directory === undefined) return { context, shown: contextLocator(context, path) };
    const separator = path === "" || directory.endsWith("/") ? "" : "/";
    return { context, directory, shown: `${directory}${separator}${path}` };
  }
}

/** Both become directories, and stand in a Dockerfile's mounts, where nothing can be quoted. */
const namePattern = /^[A-Za-z0-9_][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/;
const versionPattern = /^[A-Za-z0-9_][A-Za-z0-9._+-]*$/;

function foundAt(
  { main, buildpacks }: ModuleContents,
  kind: ModuleKind,
  rest: Omit<AddedModule, "buildpacks">,
): FoundPlace {
  const odd = buildpacks.find(({ id, version }) => !namePattern.test(id) || !versionPattern.test(version));
  if (odd !== undefined) {
    throw new CompileError([
      diagnose(
        "modules/odd-name",
        { module: moduleNames[kind], name: `${odd.id}@${odd.version}` },
        rest.location,
      ),
    ]);
  }
  return { main, added: { ...rest, buildpacks } };
}
