import { createServer, type Http2ServerResponse } from "node:http2";
import { Duplex, PassThrough, type Readable, type Writable } from "node:stream";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import {
  LLBBridge,
  type PongResponseSchema,
  type ReadFileRequest,
  type ResolveImageConfigRequest,
  type ResultSchema,
  type ReturnRequest,
  type SolveRequest,
  type WarnRequest,
} from "../../frontend/generated/gateway_pb.js";
import { type Definition, type Op, OpSchema } from "../../frontend/generated/ops_pb.js";
import { StatusSchema } from "../../frontend/generated/status_pb.js";
import { afterTest } from "./after-test.ts";

/** Files by path, as the frontend asks for them. */
export type FakeFiles = Readonly<Record<string, string | Uint8Array>>;
type ResultInit = MessageInitShape<typeof ResultSchema>;

/** What a test lets BuildKit know and do; everything else is answered as BuildKit answers what it does not have. */
export interface FakeScript {
  readonly pong?: MessageInitShape<typeof PongResponseSchema>;
  /** Directories of the client by name: `dockerfile`, `context`. */
  readonly directories?: Readonly<Record<string, FakeFiles>>;
  /** Links that lead nowhere, in each of the directories. */
  readonly links?: readonly string[];
  /** Results that the test's own answers hand out, by the id of their Ref. */
  readonly refs?: Readonly<Record<string, FakeFiles>>;
  /** Configs as JSON by `NAME PLATFORM`: `docker.io/acme/run:24 linux/amd64`. */
  readonly images?: Readonly<Record<string, string>>;
  readonly inputs?: Readonly<Record<string, Definition>>;
  /** What BuildKit reads as the severity of a Dockerfile's gate; absent: there is none. */
  readonly dockerfileGate?: string;
  /** Asked before the directories are; undefined: not of the test's. */
  readonly solve?: (request: SolveRequest) => ResultInit | undefined | Promise<ResultInit | undefined>;
  /** Asked before the images are. */
  readonly resolve?: (request: ResolveImageConfigRequest) => { digest?: string; config: string } | undefined;
  /** Asked before the files are. */
  readonly readFile?: (request: ReadFileRequest) => Promise<Uint8Array> | undefined;
  readonly warn?: (request: WarnRequest) => Promise<void>;
  readonly return?: (request: ReturnRequest) => void;
  /** What a call of this name fails with; undefined: nothing. */
  readonly failure?: (method: string) => MessageInitShape<typeof StatusSchema> | undefined;
}

/** What a BuildKit was asked, in order. */
export interface FakeCalls {
  readonly solved: readonly SolveRequest[];
  readonly resolved: readonly ResolveImageConfigRequest[];
  readonly warned: readonly WarnRequest[];
  readonly returned: readonly ReturnRequest[];
  /** Ends the connection, as a client does that cancels its build. */
  readonly hangUp: () => void;
}

/** BuildKit in this process, and the two streams that a frontend in this process has. */
export interface FakeBuildkit extends FakeCalls {
  readonly input: Readable;
  readonly output: Writable;
}

/** Everything that a frontend of today needs. */
const calls = [
  ...["solve.base", "solve.inlinereturn", "gateway.solve.evaluate", "importcaches", "proto.refarray"],
  ...["readfile", "readdir", "statfile", "resolveimage", "resolveimage.resolvemode", "reference.output"],
  ...["frontend.inputs", "frontend.caps", "gateway.warnings", "return", "returnmap"],
];
const operations = [
  ...["source.image", "source.local", "source.local.sessionid", "source.local.followpaths", "source.http"],
  ...["source.local.excludepatterns", "source.local.sharedkeyhint", "platform", "meta.description"],
  ...["exec.meta.base", "exec.meta.network", "exec.mount.bind", "exec.mount.cache.content"],
  ...["file.base", "exec.validexitcode", "mergeop", "diffop"],
];
export const usualPong: MessageInitShape<typeof PongResponseSchema> = {
  frontendApiCaps: calls.map((id) => ({ id, enabled: true })),
  llbCaps: operations.map((id) => ({ id, enabled: true })),
  workers: [
    {
      id: "worker",
      platforms: [
        { os: "linux", architecture: "amd64" },
        { os: "linux", architecture: "arm64" },
      ],
    },
  ],
};

/** As Go says it; BuildKit has no code for it. */
const missingFile = (path: string) =>
  new ConnectError(`open /var/lib/buildkit/mount/${path}: no such file or directory`, Code.Unknown);

/** Starts a BuildKit that ends with the test. */
export function fakeBuildkit(script: FakeScript = {}): FakeBuildkit {
  const [input, output] = [new PassThrough(), new PassThrough()];
  return { input, output, ...answerFrontend(script, input, output) };
}

/** The same for a frontend that is a process. In: its standard input and output. */
export function answerFrontend(script: FakeScript, input: Writable, output: Readable): FakeCalls {
  const refs = new Map(Object.entries(script.refs ?? {}));
  const calls = {
    solved: [] as SolveRequest[],
    resolved: [] as ResolveImageConfigRequest[],
    warned: [] as WarnRequest[],
    returned: [] as ReturnRequest[],
  };
  const handler = connectNodeAdapter({
    routes: (router) =>
      router.service(LLBBridge, {
        ping: () => script.pong ?? usualPong,
        inputs: () => ({ definitions: { ...script.inputs } }),
        async solve(request) {
          calls.solved.push(request);
          const result =
            (await script.solve?.(request)) ??
            outlineOf(request, script) ??
            directoryOf(request, script, refs);
          if (result === undefined) throw new ConnectError("the test knows no such Solve", Code.Unknown);
          return { result };
        },
        readFile(request) {
          const answer = script.readFile?.(request);
          if (answer !== undefined) return answer.then((data) => ({ data }));
          const content = refs.get(request.ref)?.[request.filePath];
          if (content === undefined) throw missingFile(request.filePath);
          return { data: Buffer.from(content) };
        },
        statFile({ ref, path }) {
          if (refs.get(ref)?.[path] === undefined) throw missingFile(path);
          return { stat: { path } };
        },
        readDir({ ref, dirPath }) {
          const files = refs.get(ref);
          if (files === undefined || dirPath !== ".") throw missingFile(dirPath);
          // As Go has it: what kind of file it is, in the high bits.
          const entries = Object.keys(files).map((path) => ({ path, mode: 0o644 }));
          const links = (script.links ?? []).map((path) => ({ path, mode: 2 ** 27 + 0o777 }));
          return { entries: [...entries, ...links] };
        },
        resolveImageConfig(request) {
          calls.resolved.push(request);
          const scripted = script.resolve?.(request);
          if (scripted !== undefined) return { ...scripted, config: Buffer.from(scripted.config) };
          const { os = "", architecture = "", variant = "" } = request.platform ?? {};
          const platform = [os, architecture, variant].filter((part) => part !== "").join("/");
          const config = script.images?.[`${request.ref} ${platform}`];
          if (config === undefined) throw new ConnectError(`${request.ref}: not found`, Code.Unknown);
          return { digest: `sha256:${"a".repeat(64)}`, config: Buffer.from(config) };
        },
        async warn(request) {
          await script.warn?.(request);
          calls.warned.push(request);
          return {};
        },
        return(request) {
          calls.returned.push(request);
          script.return?.(request);
          return {};
        },
      }),
  });
  const connection = Duplex.from({ readable: output, writable: input });
  // A frontend that goes away is what some tests are about.
  connection.on("error", () => undefined);
  const server = createServer((request, response) => {
    const failure = script.failure?.(request.url.split("/").at(-1) ?? "");
    if (failure === undefined) handler(request, response);
    else request.resume().on("end", () => fail(response, failure));
  });
  server.emit("connection", connection);
  const fake = { ...calls, hangUp: () => void connection.destroy() };
  afterTest(fake.hangUp);
  return fake;
}

/** BuildKit's answer to the one question that we ask of a Dockerfile. */
function outlineOf(
  { frontendOpt }: SolveRequest,
  { dockerfileGate = "" }: FakeScript,
): ResultInit | undefined {
  if (frontendOpt.requestid !== "frontend.outline") return undefined;
  const json = { args: [{ name: "CNB_FAIL_ON", value: dockerfileGate }] };
  return { metadata: { "result.json": Buffer.from(JSON.stringify(json)) } };
}

/** A graph whose result is a directory of the client's. */
function directoryOf(
  { definition }: SolveRequest,
  { directories = {} }: FakeScript,
  refs: Map<string, FakeFiles>,
): ResultInit | undefined {
  const last = definition && operationsOf(definition).at(-1)?.op;
  if (last?.case !== "source") return undefined;
  const files = directories[last.value.identifier.replace(/^local:\/\//, "")];
  if (files === undefined) return undefined;
  const id = `ref-${refs.size}`;
  refs.set(id, files);
  return { result: { case: "ref", value: { id, ...(definition === undefined ? {} : { def: definition }) } } };
}

/** The operations of a graph, inputs first, without the last, which only says which of them is the result. */
export function operationsOf({ def }: Definition): Op[] {
  return def.slice(0, -1).map((bytes) => fromBinary(OpSchema, bytes));
}

/** Answers a call with nothing but a failure, details and all, as BuildKit sends it: the library adds to their names. */
function fail(response: Http2ServerResponse, init: MessageInitShape<typeof StatusSchema>): void {
  const status = create(StatusSchema, init);
  response.writeHead(200, { "content-type": "application/grpc+proto" });
  response.addTrailers({
    "grpc-status": String(status.code),
    "grpc-message": encodeURIComponent(status.message),
    "grpc-status-details-bin": Buffer.from(toBinary(StatusSchema, status)).toString("base64"),
  });
  response.end();
}
