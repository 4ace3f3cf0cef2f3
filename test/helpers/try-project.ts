import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { resultJson } from "../../src/cli/commands/generate.ts";
import type { GenerateFlags } from "../../src/cli/flags.ts";
import { parseArguments } from "../../src/cli/program.ts";
import { withBuildArguments } from "../../src/cli/project/build-arguments.ts";
import { readOptions } from "../../src/cli/project/options.ts";
import { type CompileResult, compile } from "../../src/compile.ts";
import type { DiagnosticCode } from "../../src/diagnostics/catalog.ts";
import { CompileError, type Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { diagnosticJson, formatDiagnostic } from "../../src/diagnostics/format.ts";
import { readGenerated } from "../../src/dockerfile/read/generated.ts";
import { readDockerfile } from "../../src/dockerfile/read/read-dockerfile.ts";
import { ignoredPatterns } from "../../src/dockerfile/write/dockerignore.ts";
import type { EmittedFiles } from "../../src/dockerfile/write/emit.ts";
import { emitFiles } from "../../src/dockerfile/write/emit.ts";
import type { LifecyclePlan } from "../../src/plan/lifecycle-plan.ts";
import type { CompileOptions } from "../../src/plan/options.ts";
import type { Stage } from "../../src/stages/stage.ts";
import { lowerToStages } from "../../src/stages/stages.ts";
import { absent } from "./absent.ts";
import { wholeMachine } from "./border.ts";
import type { DockerfileReader } from "./dockerfile-reader.ts";
import { type HostileProject, places } from "./hostile-project.ts";
import type { HostileStage } from "./hostile-stages.ts";
import { type ReadBack, readBack, wellFormed } from "./read-back.ts";

/** What became of a project. */
export interface Outcome {
  /** Everything that is not as it should be; empty: nothing. */
  readonly faults: readonly string[];
  /** Why it was refused; empty: it was not. */
  readonly refused: readonly DiagnosticCode[];
}

const targetPlatform = "linux/amd64";

/** Compiles a project as the command line does and holds what comes of it against what was put in. */
export async function tryProject(project: HostileProject, reader: DockerfileReader): Promise<Outcome> {
  const warnings: Diagnostic[] = [];
  let options: CompileOptions;
  let result: CompileResult;
  try {
    options = optionsOf(project, project.words);
    result = await compile(
      { descriptor: project.descriptor, options },
      {
        images: project.images,
        modules: project.modules,
        report: (warning) => warnings.push(warning),
        gitPlace: async () => project.git,
      },
    );
  } catch (error) {
    if (!(error instanceof CompileError)) {
      return { faults: [failure(error)], refused: [] };
    }
    return {
      faults: [...refusalFaults(project, error.diagnostics), ...drawingFaults(error.diagnostics)],
      refused: error.diagnostics.map(({ code }) => code),
    };
  }
  const { files, plan } = result;
  const stages = lowerToStages(plan);
  const read = await readBack(
    stages,
    plan,
    files,
    ignoredPatterns(plan.workspace, [...modulePlaces(plan), plan.supplyChain.config]),
    { imageEnv: { PATH: project.imagePath }, buildArgs: { TARGETPLATFORM: targetPlatform } },
    reader,
  );
  return {
    faults: [
      ...read.faults,
      ...(project.wild === undefined && read.faults.length === 0
        ? [...arrivalFaults(project, plan, stages, read), ...generatedFaults(files, plan)]
        : []),
      ...warningFaults(project, warnings),
      ...drawingFaults(warnings),
      ...recordFaults(project, options, plan),
      ...jsonFaults(result, warnings),
    ],
    refused: [],
  };
}

/** Our frontend holds the stage `app` against the plan in the file, and takes from there what it makes the image by. */
function generatedFaults({ written }: EmittedFiles, plan: LifecyclePlan): string[] {
  const { user, runImage, platformApi, execEnv, processType } = plan;
  const { app } = readGenerated("Dockerfile", written);
  const expected = { user, runImage, platformApi, execEnv, processType };
  const found = { ...expected, execEnv: undefined, processType: undefined, ...app };
  return isDeepStrictEqual(found, expected) ? [] : [`the frontend reads ${JSON.stringify(app)}`];
}

function optionsOf(project: HostileProject, words: readonly string[]): CompileOptions {
  const flags = parseArguments(words);
  if (flags === undefined) throw new Error("the command line cannot be read");
  const { descriptor, descriptorPath } = project;
  const read = (more: Partial<GenerateFlags>) =>
    readOptions(
      { ...withBuildArguments(flags), ...more },
      {
        directory: absent,
        border: wholeMachine,
        descriptor,
        ...(descriptorPath === undefined ? {} : { descriptorPath }),
      },
      readDockerfile(project.earlierFile).from?.cacheId,
      () => {},
    );
  // What files say stands in the recorded words themselves.
  const options = words === project.words ? withFiles(project, read) : read({});
  return {
    ...options,
    tool: options.tool.kind === "inline" ? { ...options.tool, program: project.program } : options.tool,
  };
}

/** Calls `read` with flags that name the project's files, while they are there. */
function withFiles<Result>(
  { envFile, volume }: HostileProject,
  read: (flags: Partial<GenerateFlags>) => Result,
): Result {
  const directory = mkdtempSync(join(tmpdir(), "cnb-dockerfile-flags-"));
  try {
    const file = join(directory, "env");
    writeFileSync(file, envFile);
    const mounted = join(directory, "volume");
    mkdirSync(mounted);
    for (const [name, text] of volume.files) writeFileSync(join(mounted, name), text);
    return read({ envFile: [file], volume: [`${mounted}:${volume.target}`] });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Only the wild text may be refused, and what is said has to name its place. */
function refusalFaults({ wild }: HostileProject, diagnostics: readonly Diagnostic[]): string[] {
  const said = JSON.stringify(diagnostics);
  if (wild === undefined) return [`it is refused, though nothing in it is wrong: ${said}`];
  if (said.includes(places[wild])) return [];
  return [`the refusal does not name ${places[wild]}: ${said}`];
}

/** A message may show a text, and only as a text: it ends no line of the terminal's and starts no colour. */
function drawingFaults(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics.flatMap((diagnostic) => {
    const drawn = formatDiagnostic(diagnostic, { color: false, texts: new Map() });
    const parts = [diagnostic.message, diagnostic.location, diagnostic.hint].filter(
      (part) => part !== undefined,
    );
    return /[^\P{Cc}\n\t]|[\u2028\u2029\u202e]/u.test(drawn) || drawn.split("\n").length > parts.length
      ? [`a message has control characters: ${JSON.stringify(drawn)}`]
      : [];
  });
}

/** Where the variables of `--ca-cert` lead. */
const joinedCertificates = "/dev/shm/cnb-dockerfile-ca-certificates.pem";

/** What the user wrote has to be there, whatever the passes between made of it. */
function arrivalFaults(
  { arrives, descriptor, descriptorPath }: HostileProject,
  { buildContexts = [] }: LifecyclePlan,
  stages: readonly Stage[],
  { texts, tables }: ReadBack,
): string[] {
  const faults: string[] = [];
  const same = (what: string, expected: unknown, found: unknown) => {
    if (!isDeepStrictEqual(wellFormed(expected), found))
      faults.push(`${what}: ${JSON.stringify(expected)} arrives as ${JSON.stringify(found)}`);
  };
  for (const [name, value] of arrives.env)
    same(`variable ${name}`, value, texts.get(`/platform/env/${name}`));
  for (const [path, text] of arrives.scripts) same(path, text, texts.get(path));
  const strangers = [...texts].flatMap(([path, text]) => {
    const name = /^\/platform\/env\/(.*)$/s.exec(path)?.[1];
    // Those of `--ca-cert` are ours.
    return name === undefined || arrives.env.has(name) || text === joinedCertificates ? [] : [name];
  });
  same("variables that nobody asked for", [], strangers);
  same("order", orderTable(arrives.order), tables.get("/cnb/order.toml"));
  if (descriptorPath === undefined) {
    same("project.toml", descriptor.text, texts.get("/workspace/project.toml"));
  }
  const instructions = stages.flatMap((stage) => stage.instructions);
  const words = instructions.flatMap((one) => (one.kind === "run" ? one.argv : []));
  same(
    "modules' paths",
    arrives.modulePaths.map((path) => `--from=/context/${path}`),
    words.filter((word) => word.startsWith("--from=/context/")),
  );
  const urls = instructions.flatMap((one) =>
    one.kind === "add" && one.digest !== undefined ? [one.url] : [],
  );
  same("modules' addresses", arrives.moduleUrls, urls);
  for (const { name } of stages) {
    const isPhase = name === "detect" || name === "build";
    // Certificates alone are for the step that fetches a vulnerability database, too.
    const wanted =
      name === "vulnerability-db-files" ? ["ca-cert"] : isPhase ? [...arrives.secrets.keys()] : [];
    // In detect, which has no network, the user's alone are where `build` finds them joined to the builder's.
    const joined =
      name === "detect" && arrives.secrets.has("ca-cert") ? [["ca-cert", joinedCertificates] as const] : [];
    const expected = [...joined, ...sorted(arrives.secrets).filter(([id]) => wanted.includes(id))].sort();
    same(`${name}'s secrets`, expected, [...secretsOf(stages, name)].sort());
  }
  const types = [...texts].flatMap(([path, text]) => {
    const name = /^\/platform\/bindings\/(.*)\/type$/s.exec(path)?.[1];
    return name === undefined ? [] : [[name, text] as const];
  });
  same("bindings", sorted(arrives.bindings), sorted(new Map(types)));
  const app = stages.find(({ name }) => name === "rootfs");
  same(
    "run image",
    `${arrives.runImage}@`,
    app?.base.kind === "image" ? app.base.reference.replace(/sha256:.*/, "") : "",
  );
  const contexts = buildContexts.map((context) => context.slice(context.indexOf("=") + 1));
  same("layouts", arrives.layouts, contexts);
  const entrypoint = instructions.flatMap((one) => (one.kind === "entrypoint" ? one.argv : []));
  same("process", [`/cnb/process/${arrives.process}`], entrypoint);
  same(
    "patterns",
    arrives.filter.patterns.map((pattern) => `--${arrives.filter.kind}=${pattern}`),
    words.filter((word) => /^--(in|ex)clude=/.test(word)),
  );
  return faults;
}

function secretsOf(stages: readonly Stage[], name: string): (readonly [string, string])[] {
  const instructions = stages.find((stage) => stage.name === name)?.instructions ?? [];
  const mounts = instructions.flatMap((one) => (one.kind === "run" ? one.mounts : []));
  // One secret can be at several places.
  return mounts.flatMap((mount) => (mount.kind === "secret" ? [[mount.id, mount.target] as const] : []));
}

function sorted(texts: ReadonlyMap<string, string>): (readonly [string, string])[] {
  return [...texts].sort(([one], [other]) => (one < other ? -1 : 1));
}

function modulePlaces({ modules }: LifecyclePlan): string[] {
  return modules.flatMap(({ content }) =>
    content.kind === "directory" || content.kind === "archive" ? [content.path] : [],
  );
}

function orderTable(order: HostileProject["arrives"]["order"]) {
  return { order: order.map((group) => ({ group: group.map(({ id, version }) => ({ id, version })) })) };
}

function warningFaults({ arrives }: HostileProject, warnings: readonly Diagnostic[]): string[] {
  const told = warnings.some(
    ({ code, location }) => code === "descriptor/unknown-key" && location?.keyPath === arrives.unknownKey,
  );
  return told ? [] : [`no warning tells of the key ${JSON.stringify(arrives.unknownKey)}`];
}

/** The words in the comment have to mean what the words of the user meant. */
function recordFaults(
  project: HostileProject,
  { recorded, ...options }: CompileOptions,
  plan: LifecyclePlan,
) {
  if (!isDeepStrictEqual(recorded, plan.generator.recorded)) return ["the plan records other words"];
  const { recorded: again, ...sameOptions } = optionsOf(project, recorded);
  // An id that is made up is another one each time; the comment keeps it.
  const settled = { ...sameOptions, fallbackCacheId: options.fallbackCacheId };
  return isDeepStrictEqual([recorded, withoutPlaces(options)], [again, withoutPlaces(settled)])
    ? []
    : [`the recorded words mean something else: ${JSON.stringify(options)}, now ${JSON.stringify(settled)}`];
}

/** Which flag named a secret is for messages only. */
function withoutPlaces(options: Omit<CompileOptions, "recorded">) {
  const { secrets, bindings } = options;
  return {
    ...options,
    secrets: secrets.map(({ name }) => name),
    bindings: bindings.map(({ name, type, keys }) => ({ name, type, keys })),
  };
}

/** What `--json` prints has to hold the same texts. */
function jsonFaults(result: CompileResult, warnings: readonly Diagnostic[]): string[] {
  const read: unknown = JSON.parse(Buffer.from(resultJson(result, warnings)).toString());
  const expected = { ...result.files, plan: result.plan, diagnostics: warnings.map(diagnosticJson) };
  return isDeepStrictEqual(read, expected) ? [] : ["the JSON holds other texts"];
}

/** Writes a stage that no plan has, and reads it back. */
export async function tryStage(
  { stage, impossible }: HostileStage,
  plan: LifecyclePlan,
  reader: DockerfileReader,
): Promise<Outcome> {
  try {
    const files = emitFiles([stage], plan);
    const surroundings = { imageEnv: {}, buildArgs: { TARGETPLATFORM: targetPlatform } };
    const { faults } = await readBack(
      [stage],
      plan,
      files,
      ignoredPatterns(plan.workspace, [...modulePlaces(plan), plan.supplyChain.config]),
      surroundings,
      reader,
    );
    return { faults: [...faults, ...(impossible ? ["what is impossible is not refused"] : [])], refused: [] };
  } catch (error) {
    if (!(error instanceof CompileError)) return { faults: [failure(error)], refused: [] };
    const refused = error.diagnostics.map(({ code }) => code);
    return {
      faults: impossible ? [] : [`it is refused, though nothing in it is wrong: ${refused}`],
      refused,
    };
  }
}

function failure(error: unknown): string {
  return `it fails with ${error instanceof Error ? error.stack : String(error)}`;
}
