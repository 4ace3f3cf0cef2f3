import { readFileSync } from "node:fs";
import { create, fromBinary, type MessageInitShape } from "@bufbuild/protobuf";
import {
  CompileError,
  type CompileOptions,
  compile,
  decodeText,
  type Diagnostic,
  diagnose,
  formatPlatform,
  type Platform,
  parsePlatform,
  parseReference,
  version,
} from "../src/index.ts";
import { assemble } from "./assemble.ts";
import { definitionOf, type Gateway } from "./gateway.ts";
import type { Ref, Result, ResultSchema } from "./generated/gateway_pb.js";
import { DefinitionSchema } from "./generated/ops_pb.js";
import { GatewayImages } from "./image-source.ts";
import { definitionFor, file, local, type State, stateOf } from "./llb.ts";
import type { FrontendOptions } from "./options.ts";

type ResultInit = MessageInitShape<typeof ResultSchema>;

/** Our own image, as BuildKit started us from it. */
const ownDefinition = "/run/config/buildkit/metadata/frontend.bin";
/** Name that the Dockerfile gives it; the build is told what it stands for. */
const toolName = "cnb-dockerfile.invalid/tool:own";

/** One build: from project.toml to an image for each platform. Throws CompileError, TemporaryError, ConnectError. */
export async function build(
  gateway: Gateway,
  options: FrontendOptions,
  report: (diagnostic: Diagnostic) => void,
): Promise<ResultInit> {
  const { workers } = await gateway.ping();
  const own = workers[0]?.platforms[0] ?? { os: "linux", architecture: "amd64", variant: "" };
  const platforms = (options.values.platform ?? `${own.os}/${own.architecture}`)
    .split(",")
    .map((text) => parsePlatform(text))
    .filter((platform): platform is Platform => platform !== undefined);
  const tool = stateOf(fromBinary(DefinitionSchema, readFileSync(ownDefinition)));
  if (tool === undefined) throw new Error(`${ownDefinition} is empty`);

  const filename = options.values.filename ?? "project.toml";
  const descriptor = await readProjectFile(gateway, options, filename);
  const images = new GatewayImages(gateway, options.values["image-resolve-mode"] ?? "default");
  const { files, plan } = await compile(
    { descriptor: { file: filename, text: descriptor }, options: compileOptions(options, platforms, filename) },
    {
      images,
      report,
      modules: {
        local: async () => undefined,
        download: async () => undefined,
        lookUp: async () => undefined,
      },
      gitPlace: async () => undefined,
    },
  );

  const inner = (target: string, evaluate: boolean) =>
    solveDockerfile(gateway, { options, text: files.dockerfile, tool, target, platforms, evaluate });
  const [exported, built] = await Promise.all([inner("export", true), inner("build", false)]);
  const runImage = parseReference(plan.runImage.name);
  if (runImage === undefined) throw new Error("no run image");
  const assembled = await Promise.all(
    platforms.map(async (platform) => {
      const name = formatPlatform(platform);
      const base = images.config(runImage, platform);
      const { ref, config } = await assemble(gateway, {
        platform: name,
        target: { os: platform.os, architecture: platform.architecture, variant: platform.variant ?? "" },
        buildPlatform: { os: own.os, architecture: own.architecture, variant: own.variant },
        exported: refOf(exported, name),
        built: refOf(built, name),
        tool,
        runImage: {
          pinned: plan.runImage.reference,
          reference: plan.runImage.reference,
          image: plan.runImage.name,
          config: base,
        },
        labels: {},
      });
      return { name, platform, ref, config, base };
    }),
  );
  return {
    result: {
      case: "refs",
      value: { refs: Object.fromEntries(assembled.map(({ name, ref }) => [name, ref])) },
    },
    metadata: Object.fromEntries([
      ...assembled.flatMap(({ name, config, base }) => [
        [`containerimage.config/${name}`, config],
        [`containerimage.base.config/${name}`, base],
      ]),
      [
        "refs.platforms",
        Buffer.from(
          JSON.stringify({ Platforms: assembled.map(({ name, platform }) => ({ ID: name, Platform: platform })) }),
        ),
      ],
    ]),
  };
}

function refOf(result: Result, platform: string): Ref {
  const { case: kind, value } = result.result;
  const ref = kind === "refs" ? value.refs[platform] : undefined;
  if (ref === undefined) throw new Error(`BuildKit gave no result for ${platform}`);
  return ref;
}

async function readProjectFile(gateway: Gateway, { values, sessionId }: FrontendOptions, name: string): Promise<string> {
  const source = local(
    "dockerfile",
    { sessionId, followPaths: [name], sharedKeyHint: "dockerfile" },
    `[internal] load ${name}`,
  );
  void values;
  const ref = await gateway.solveGraph(definitionFor(source), true);
  const bytes = await gateway.readFileIfAny(ref, name);
  if (bytes === undefined) throw new CompileError([diagnose("frontend/no-descriptor", { file: name }, { file: name })]);
  return decodeText(bytes, name);
}

function compileOptions(
  { values }: FrontendOptions,
  platforms: readonly Platform[],
  filename: string,
): CompileOptions {
  const argument = (name: string) => values[`build-arg:${name}`];
  const builder = argument("CNB_BUILDER");
  return {
    ...(builder === undefined ? {} : { builder }),
    buildpacks: [],
    preBuildpacks: [],
    postBuildpacks: [],
    withoutSystemBuildpacks: false,
    platforms,
    buildEnv: [],
    secrets: [],
    bindings: [],
    caCertificate: false,
    descriptorPath: filename,
    keepGitDirectory: false,
    fallbackCacheId: "frontend",
    tool: { kind: "image", reference: toolName },
    recorded: [],
    version,
  };
}

interface DockerfileRequest {
  readonly options: FrontendOptions;
  readonly text: string;
  readonly tool: State;
  readonly target: string;
  readonly platforms: readonly Platform[];
  readonly evaluate: boolean;
}

function solveDockerfile(
  gateway: Gateway,
  { options, text, tool, target, platforms, evaluate }: DockerfileRequest,
): Promise<Result> {
  const dockerfile = file("/Dockerfile", Buffer.from(text), "[internal] Dockerfile made from project.toml");
  return gateway.solve({
    kind: "frontend",
    frontend: "dockerfile.v0",
    evaluate,
    options: {
      ...forwarded(options),
      filename: "Dockerfile",
      target,
      platform: platforms.map(formatPlatform).join(","),
      "multi-platform": "true",
      "build-arg:CNB_DOCKERFILE_ASSEMBLE": "1",
      [`context:${toolName}`]: "input:tool",
    },
    inputs: { dockerfile: definitionFor(dockerfile), tool: definitionFor(tool) },
  });
}

function forwarded({ values }: FrontendOptions): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([key]) => key === "no-cache"));
}

void create;
void definitionOf;
