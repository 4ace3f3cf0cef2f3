import { randomUUID } from "node:crypto";
import { create, fromBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { type Client, Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import {
  LLBBridge,
  type PongResponse,
  type Ref,
  type ResolveImageConfigRequestSchema,
  type ResolveImageConfigResponse,
  type Result,
  type ReturnRequestSchema,
  type WarnRequestSchema,
} from "../generated/gateway_pb.js";
import { type Definition, DefinitionSchema } from "../generated/ops_pb.js";
import type { Stat } from "../generated/stat_pb.js";
import { type Status, StatusSchema } from "../generated/status_pb.js";

/** What a Solve is to make: a graph of ours, or what another frontend makes of its options and inputs. */
type SolveRequest =
  | { readonly kind: "graph"; readonly definition: Definition; readonly evaluate: boolean }
  | {
      readonly kind: "frontend";
      readonly frontend: string;
      readonly options: Readonly<Record<string, string>>;
      readonly inputs: Readonly<Record<string, Definition>>;
      readonly evaluate: boolean;
    };

/** Files of results, by the number of the result. A call throws ConnectError. */
export interface ContainerFiles {
  readonly read: (result: number, path: string) => Promise<Uint8Array>;
  readonly list: (result: number, directory: string) => Promise<readonly Stat[]>;
}

/** A cache to look into. */
export interface CacheImport {
  readonly type: string;
  readonly attrs: Record<string, string>;
}

/**
 * BuildKit, as a frontend sees it. A call throws ConnectError with what BuildKit answered; its details hold the lines of
 * the source that the failure belongs to, and have to reach the user.
 */
/** Of a link. Source: Go, io/fs, `ModeSymlink`. */
const symlinkMode = 2 ** 27;

export class Gateway {
  readonly #client: Client<typeof LLBBridge>;
  #cacheImports: readonly CacheImport[] = [];

  constructor(transport: Transport) {
    this.#client = createClient(LLBBridge, transport);
  }

  /** Before the first Solve: every one has to name the caches again, or steps that they hold are run once more. */
  useCaches(cacheImports: readonly CacheImport[]): void {
    this.#cacheImports = cacheImports;
  }

  ping(): Promise<PongResponse> {
    return this.#client.ping({});
  }

  resolveImageConfig(
    request: MessageInitShape<typeof ResolveImageConfigRequestSchema>,
  ): Promise<ResolveImageConfigResponse> {
    return this.#client.resolveImageConfig(request);
  }

  /** Out: a Ref for each platform, by its name, or one alone; with metadata. */
  async solve(request: SolveRequest): Promise<Result> {
    const { result } = await this.#client.solve({
      ...(request.kind === "graph"
        ? { definition: request.definition }
        : {
            // A frontend reads from its inputs alone; BuildKit wants one or the other.
            frontend: request.frontend,
            frontendOpt: { ...request.options },
            frontendInputs: { ...request.inputs },
          }),
      evaluate: request.evaluate,
      allowResultReturn: true,
      allowResultArrayRef: true,
      cacheImports: [...this.#cacheImports],
    });
    if (result === undefined) throw new Error("BuildKit answered a Solve without a result");
    return result;
  }

  /** One graph of ours, as one Ref. */
  async solveGraph(definition: Definition, evaluate: boolean): Promise<Ref> {
    const { result } = await this.solve({ kind: "graph", definition, evaluate });
    if (result.case !== "ref") throw new Error(`BuildKit answered a graph with ${result.case ?? "nothing"}`);
    return result.value;
  }

  async readFile(ref: Ref, path: string): Promise<Uint8Array> {
    const { data } = await this.#client.readFile({ ref: ref.id, filePath: path });
    return data;
  }

  /** So many bytes of a file from its start, or all of it. */
  async readHead(ref: Ref, filePath: string, lengthBytes: number): Promise<Uint8Array> {
    const range = { offset: 0n, length: BigInt(lengthBytes) };
    return (await this.#client.readFile({ ref: ref.id, filePath, range })).data;
  }

  /** What is in a directory, without what is below that. */
  async list(ref: Ref, dirPath: string): Promise<readonly Stat[]> {
    return (await this.#client.readDir({ ref: ref.id, dirPath })).entries;
  }

  /** Undefined: there is no such file. */
  async readFileIfAny(ref: Ref, path: string): Promise<Uint8Array | undefined> {
    try {
      return await this.readFile(ref, path);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** Undefined: there is nothing of that name. */
  async statFileIfAny(ref: Ref, path: string): Promise<Stat | undefined> {
    try {
      return (await this.#client.statFile({ ref: ref.id, path })).stat;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** Whether a directory has an entry of that name, if only a link that leads nowhere. */
  async hasEntry(ref: Ref, directory: string, name: string): Promise<boolean> {
    return (await this.#entry(ref, directory, name)) !== undefined;
  }

  /** Whether a directory has a link of that name, wherever it leads. */
  async hasLink(ref: Ref, directory: string, name: string): Promise<boolean> {
    const entry = await this.#entry(ref, directory, name);
    return entry !== undefined && Math.floor(entry.mode / symlinkMode) % 2 === 1;
  }

  async #entry(ref: Ref, directory: string, name: string): Promise<Stat | undefined> {
    try {
      const { entries } = await this.#client.readDir({ ref: ref.id, dirPath: directory });
      return entries.find((entry) => entry.path === name);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /**
   * Looks into results of BuildKit's by their ids, also into those of a step that failed. They are mounted in a container,
   * in which nothing runs.
   */
  async withFilesOf<Found>(
    resultIds: readonly string[],
    look: (files: ContainerFiles) => Promise<Found>,
  ): Promise<Found> {
    const containerId = randomUUID();
    // A container has a root; the others are beside it.
    const mounts = resultIds.map((resultId, index) => ({
      ...{ resultId, dest: index === 0 ? "/" : `/${index}`, input: -1n, output: -1n, readonly: true },
    }));
    await this.#client.newContainer({ containerId, mounts });
    try {
      return await look({
        read: async (index, filePath) =>
          (await this.#client.readFileContainer({ ref: containerId, filePath, mountIndex: index })).data,
        list: async (index, dirPath) =>
          (await this.#client.readDirContainer({ ref: containerId, dirPath, mountIndex: index })).entries,
      });
    } finally {
      await this.#client.releaseContainer({ containerId });
    }
  }

  /** What another frontend or bake hands over, by name. */
  async inputs(): Promise<Readonly<Record<string, Definition>>> {
    const { definitions } = await this.#client.inputs({});
    return definitions;
  }

  async warn(warning: MessageInitShape<typeof WarnRequestSchema>): Promise<void> {
    await this.#client.warn(warning);
  }

  async return(request: MessageInitShape<typeof ReturnRequestSchema>): Promise<void> {
    await this.#client.return(request);
  }
}

/** BuildKit gives no code of its own for a missing file: Go's text is all there is. */
function isNotFound(error: unknown): boolean {
  return (
    error instanceof ConnectError &&
    (error.code === Code.NotFound || /no such file or directory|: not found$/.test(error.rawMessage))
  );
}

/** The definition of a Ref; empty for one that holds nothing. */
export function definitionOf(ref: Ref): Definition {
  return ref.def ?? create(DefinitionSchema);
}

/** As it came over the wire: the library's own form of the details lacks the first part of their names. */
export function statusOf(error: ConnectError): Status {
  const header = error.metadata.get("grpc-status-details-bin");
  if (header !== null) return fromBinary(StatusSchema, Buffer.from(header, "base64"));
  return create(StatusSchema, { code: error.code, message: error.rawMessage });
}
