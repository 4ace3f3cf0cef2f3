import { posix } from "node:path";
import { parseModuleDescription } from "../../src/contract/module-description.ts";
import { diagnose } from "../../src/diagnostics/diagnose.ts";
import { CompileError, type Report } from "../../src/diagnostics/diagnostic.ts";
import type { Platform } from "../../src/image/platform.ts";
import { isPrivate, readDownloadAddress } from "../../src/modules/download-address.ts";
import { contextLocator } from "../../src/modules/locator.ts";
import type {
  BuildpackContext,
  DownloadedModule,
  LocalModule,
  ModuleSource,
  RegistryEntry,
  RegistryName,
} from "../../src/modules/module-source.ts";
import {
  findInIndex,
  indexPath,
  maxIndexFileBytes,
  noIndex,
  readRegistryIndex,
} from "../../src/modules/registry-index.ts";
import type { Gateway } from "../bridge/gateway.ts";
import { definitionFor, download, platformOf, run, type State } from "../graph/llb.ts";
import type { FrontendOptions } from "../request/options.ts";
import { httpFault } from "./http-source.ts";
import type { NamedContexts } from "./named-contexts.ts";
import { contextFiles, type ProjectSource } from "./project-source.ts";

interface GatewayModulesHost {
  readonly gateway: Gateway;
  readonly options: FrontendOptions;
  readonly project: ProjectSource;
  /** What the client hands over. */
  readonly contexts: Pick<NamedContexts, "directory">;
  /** Image that holds the export program. */
  readonly tool: () => State;
  /** What the machine that builds runs without emulation. */
  readonly buildPlatform: Platform;
  /** Address of the buildpack registry's index. */
  readonly registryIndex: string;
  readonly report: Report;
}

/** What a step looks into. */
interface DescribedPlace {
  readonly path: string;
  /** What messages call it. */
  readonly shown: string;
  /** Whether the directory is the project's. */
  readonly isProject: boolean;
}

/** Where a step finds the project, and where it writes. */
const mounted = { project: "/project", output: "/description" };
const descriptionFile = "module.json";
/** Name that a download gets. */
const downloadName = "module";

/**
 * `ModuleSource` for a program without network and without the client's files: BuildKit fetches, and our own program
 * looks into what it fetched, in a step. A whole archive would be too much to send here.
 */
export class GatewayModules implements ModuleSource {
  readonly #host: GatewayModulesHost;

  constructor(host: GatewayModulesHost) {
    this.#host = host;
  }

  async local(path: string, context?: BuildpackContext): Promise<LocalModule | undefined> {
    const { gateway, options, project } = this.#host;
    if (context !== undefined) return this.#handed(path, context);
    const shown = path === "" ? "." : path;
    const wanted = path === "" ? ["buildpack.toml", "package.toml", "extension.toml"] : [path];
    const files = contextFiles(options, project.context, wanted, `[internal] load buildpack ${shown}`);
    const ref = await gateway.solveGraph(definitionFor(files), true);
    // Most texts that could be a path are names of buildpacks.
    const isThere = path === "" || (await gateway.hasEntry(ref, posix.dirname(path), posix.basename(path)));
    if (!isThere) return undefined;
    return (await this.#describe(files, { path, shown, isProject: true }))?.found;
  }

  async #handed(path: string, context: BuildpackContext): Promise<LocalModule | undefined> {
    const directory = await this.#host.contexts.directory(context);
    if (directory === undefined) throw new CompileError([diagnose("modules/not-handed", { name: context })]);
    const place = { path, shown: contextLocator(context, path), isProject: false };
    return (await this.#describe(directory, place))?.found;
  }

  async download(text: string): Promise<DownloadedModule | undefined> {
    const { url, shown } = readDownloadAddress(text);
    const state = download(url.href, downloadName, `[internal] load buildpack ${shown}`);
    try {
      await this.#host.gateway.solveGraph(definitionFor(state), true);
    } catch (error) {
      return httpFault(error, shown);
    }
    if (!isPrivate(url)) this.#host.report(diagnose("modules/plain-http", { url: shown }, { file: shown }));
    const described = await this.#describe(state, { path: downloadName, shown, isProject: false });
    if (described === undefined) throw new Error(`BuildKit gave no file for ${shown}`);
    const { found, digest } = described;
    return { digest, module: found.module };
  }

  async lookUp(name: RegistryName): Promise<RegistryEntry | undefined> {
    const { registryIndex, report } = this.#host;
    const index = readRegistryIndex(registryIndex);
    if (index.kind === "local") throw noIndex(registryIndex, "it is neither http nor https");
    const file = `${index.url}/${indexPath(name)}`;
    const text = await this.#indexFile(file);
    return text === undefined ? undefined : findInIndex({ text, file }, name, report);
  }

  async #indexFile(url: string): Promise<string | undefined> {
    const { gateway } = this.#host;
    const name = "index";
    const state = download(url, name, `[internal] load ${url}`);
    try {
      const ref = await gateway.solveGraph(definitionFor(state), true);
      const sizeBytes = Number((await gateway.statFileIfAny(ref, name))?.size ?? 0);
      if (sizeBytes <= maxIndexFileBytes) return Buffer.from(await gateway.readFile(ref, name)).toString();
      const reason = `it is larger than ${maxIndexFileBytes} bytes`;
      throw new CompileError([diagnose("modules/bad-answer", { url, reason }, { file: url })]);
    } catch (error) {
      return httpFault(error, url);
    }
  }

  /** Undefined: there is nothing. Throws CompileError with what the program found wrong. */
  async #describe(
    files: State,
    { path, shown, isProject }: DescribedPlace,
  ): Promise<{ readonly found: LocalModule; readonly digest: string } | undefined> {
    const { gateway, tool, buildPlatform } = this.#host;
    const { project, output } = mounted;
    const to = `${output}/${descriptionFile}`;
    const step = run(
      {
        root: tool(),
        argv: [
          ...["node", "/cnb-dockerfile/export.mjs", "describe"],
          ...[`--root=${project}`, `--module=${path}`, `--to=${to}`],
          ...(isProject ? [] : [`--shown=${shown}`]),
        ],
        env: ["PATH=/usr/local/bin"],
        platform: platformOf(buildPlatform),
        mounts: [{ state: files, target: project, keyedByContent: true }],
        output,
      },
      `[internal] inspect buildpack ${shown}`,
    );
    const ref = await gateway.solveGraph(definitionFor(step), true);
    const json = Buffer.from(await gateway.readFile(ref, posix.join("/", descriptionFile))).toString();
    const description = parseModuleDescription(json);
    switch (description.kind) {
      case "missing":
        return undefined;
      case "found":
        return { found: description.found, digest: description.digest ?? "" };
      case "refused":
        throw new CompileError(description.diagnostics);
    }
  }
}
