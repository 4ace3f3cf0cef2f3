import { posix } from "node:path";
import { diagnose } from "../../src/diagnostics/diagnose.ts";
import { CompileError } from "../../src/diagnostics/diagnostic.ts";
import { present } from "../../src/present.ts";
import type { Gateway } from "../bridge/gateway.ts";
import type { Ref } from "../generated/gateway_pb.js";
import type { Definition } from "../generated/ops_pb.js";
import { copy, definitionFor, type LocalOptions, local, type State, stateOf } from "../graph/llb.ts";
import type { FrontendOptions } from "../request/options.ts";
import { remoteContext } from "./remote-context.ts";

/** The file that a build was called with: project.toml under any name, or a generated Dockerfile. */
export interface SourceFile {
  /** As the client named it. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What there is to build. */
export interface ProjectSource {
  /** Absent: there is none, and a builder that was named can do without. */
  readonly file?: SourceFile;
  /** The client says that there is no descriptor: what it named is an empty file outside of the context. */
  readonly hasNoDescriptor?: true;
  /** Content of `<file>.dockerignore`, which counts in place of `.dockerignore`. */
  readonly ignoreFile?: Uint8Array;
  /** Where the descriptor lies in the context; absent: not there, or nobody can tell. */
  readonly descriptorPath?: string;
  /** Absent: the client's own directory, of which BuildKit takes what it needs. */
  readonly context?: State;
}

/** Name of a file where the client gives none; docker's counts as none, for it says it unasked. */
const descriptorName = "project.toml";
const dockerfileName = "Dockerfile";

/**
 * Reads the file that the build was called with: from the client's directory, from a context on the net, or from what
 * another frontend or bake hands over. Throws ConnectError where BuildKit cannot get at it.
 */
export async function readProjectSource(gateway: Gateway, options: FrontendOptions): Promise<ProjectSource> {
  const { filename = descriptorName, dockerfilekey } = options.values;
  const names = filename === dockerfileName ? [dockerfileName, descriptorName] : [filename];
  const inputs = await gateway.inputs();
  const context = await readContext(gateway, options, inputs.context);
  const given =
    dockerfilekey === undefined && inputs.dockerfile !== undefined ? stateOf(inputs.dockerfile) : undefined;
  const onNet = dockerfilekey === undefined ? context : undefined;
  const ref = await gateway.solveGraph(definitionFor(given ?? onNet ?? clientFiles(options, names)), true);
  const read = async (name: string) => {
    const bytes = await gateway.readFileIfAny(ref, name);
    return bytes === undefined ? [] : [{ name, bytes }];
  };
  const [file] = (
    await Promise.all([...names, ...(onNet === undefined ? [] : ["context"])].map(read))
  ).flat();
  if (file === undefined) {
    await refuseLink(gateway, ref, names);
    return context === undefined ? {} : { context };
  }
  const [inContext, [ignoreFile]] = await Promise.all([
    onNet !== undefined ? file.name !== "context" : isInContext(gateway, options, context, file),
    read(`${file.name}.dockerignore`),
  ]);
  // What `build` hands over where a project has no descriptor, since a build has to name some file. Nothing in it is to reach the app.
  const isPlaceholder = file.bytes.length === 0 && file.name.endsWith(".toml") && !inContext;
  return {
    ...(isPlaceholder ? { hasNoDescriptor: true } : { file }),
    ...(ignoreFile === undefined ? {} : { ignoreFile: ignoreFile.bytes }),
    ...(inContext ? { descriptorPath: file.name } : {}),
    ...present({ context }),
  };
}

/**
 * BuildKit resolves links in what the client sent, so one that leads out leads nowhere: that is no project without a
 * descriptor. Throws CompileError.
 */
async function refuseLink(gateway: Gateway, ref: Ref, names: readonly string[]): Promise<void> {
  for (const name of names) {
    if (!(await gateway.hasLink(ref, posix.dirname(name), posix.basename(name)))) continue;
    throw new CompileError([diagnose("files/dangling-link", { path: name }, { file: name })]);
  }
}

/** Whether the context holds the same file: the client may have named one that lies elsewhere. */
async function isInContext(
  gateway: Gateway,
  options: FrontendOptions,
  context: State | undefined,
  { name, bytes }: SourceFile,
): Promise<boolean> {
  const state = contextFiles(options, context, [name], `[internal] look for ${name} in the context`);
  const ref = await gateway.solveGraph(definitionFor(state), true);
  const found = await gateway.readFileIfAny(ref, name);
  return found !== undefined && Buffer.compare(found, bytes) === 0;
}

/** What lies at some paths of the context, where links lead to included; a context on the net comes as a whole. */
export function contextFiles(
  options: FrontendOptions,
  context: State | undefined,
  paths: readonly string[],
  title: string,
): State {
  if (context !== undefined) return context;
  const directory = options.values.contextkey ?? "context";
  const sharedKeyHint = `${directory}-${paths.join(" ")}`;
  return clientDirectory(options, { directory, followPaths: paths, sharedKeyHint }, title);
}

/** The directory that the client calls `dockerfile`; of it, only the files that count. */
function clientFiles(options: FrontendOptions, names: readonly string[]): State {
  const directory = options.values.dockerfilekey ?? "dockerfile";
  const followPaths = names.flatMap((name) => [name, `${name}.dockerignore`]);
  const request = { directory, followPaths, sharedKeyHint: directory };
  return clientDirectory(options, request, `[internal] load ${names.join(" or ")}`);
}

/** Some paths of a directory of the client's; bake gives each directory a session of its own. */
function clientDirectory(
  { values, sessionId }: FrontendOptions,
  { directory, ...request }: Omit<LocalOptions, "sessionId"> & { readonly directory: string },
  title: string,
): State {
  const session = values[`local-sessionid:${directory}`] ?? sessionId;
  return local(directory, { ...request, sessionId: session }, title);
}

/** A context that is not a directory of the client's. */
async function readContext(
  gateway: Gateway,
  options: FrontendOptions,
  input: Definition | undefined,
): Promise<State | undefined> {
  const { values } = options;
  const address = values[values.contextkey ?? "context"] ?? "";
  const given = input === undefined ? undefined : stateOf(input);
  const state = address === "" ? given : await remoteContext(gateway, options, address);
  const subdirectory = values.contextsubdir ?? "";
  if (state === undefined || subdirectory === "") return state;
  const source = posix.join("/", subdirectory);
  return copy([{ from: state, source, destination: "/" }], {}, `[internal] ${source} of the context`);
}
