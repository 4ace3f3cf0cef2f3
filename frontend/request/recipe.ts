import { compile } from "../../src/compile.ts";
import { decodeText } from "../../src/descriptor/decode-text.ts";
import { diagnose } from "../../src/diagnostics/diagnose.ts";
import { CompileError, type Diagnostic, type Report } from "../../src/diagnostics/diagnostic.ts";
import { type Dockerfile, stageNamed } from "../../src/dockerfile/dockerfile.ts";
import { withoutSyntaxLine } from "../../src/dockerfile/read/directives.ts";
import { readGenerated } from "../../src/dockerfile/read/generated.ts";
import { readIfDockerfile } from "../../src/dockerfile/read/read-if-dockerfile.ts";
import type { EmittedFiles } from "../../src/dockerfile/write/emit.ts";
import { formatPlatform, type Platform } from "../../src/image/platform.ts";
import { defaultRegistryIndex } from "../../src/modules/registry-index.ts";
import { argumentRows } from "../../src/options/build-arguments.ts";
import { readCompiledOptions } from "../../src/options/compiled-options.ts";
import { flagOf } from "../../src/options/table.ts";
import type { AppPlan, LifecyclePlan } from "../../src/plan/lifecycle-plan.ts";
import type { CompileOptions, GitPlace, Origin } from "../../src/plan/options.ts";
import type { SupplyChainOptions } from "../../src/plan/supply-chain/supply-chain.ts";
import { present } from "../../src/present.ts";
import type { Gateway } from "../bridge/gateway.ts";
import type { State } from "../graph/llb.ts";
import { joinReplaced, type ReplacedImage, replacedImage } from "../image/replaced-image.ts";
import type { GatewayImages } from "../sources/image-source.ts";
import { GatewayModules } from "../sources/module-source.ts";
import type { NamedContexts } from "../sources/named-contexts.ts";
import { type PreviousImage, previousImage } from "../sources/previous-image.ts";
import type { ProjectSource } from "../sources/project-source.ts";
import { ownImageName, readCompileOptions } from "./compile-options.ts";
import { type Gate, operatorGate, projectGate } from "./gate.ts";
import { argumentOf, type FrontendOptions, optionsWith } from "./options.ts";

/** What is to be built, whichever file it comes from. */
export interface Recipe {
  readonly dockerfile: Dockerfile;
  readonly app: AppPlan;
  /** Whether it was read from a generated Dockerfile, whose options stand in it. */
  readonly isGenerated: boolean;
  /** Absent: no finding fails the build. */
  readonly gate?: Gate;
  /** Of a generated Dockerfile: how the scan is set, as the options say that it was made with. */
  readonly scanSettings?: SupplyChainOptions;
  /** An earlier image that the buildpacks are offered layers of; absent: none. */
  readonly previous?: PreviousImage;
  /**
   * What of the image that the build replaces may be remembered. In: run images that image extensions chose, by platform. Absent: its
   * client says of none, or another is named.
   */
  readonly replaced?: (chosen: ReadonlyMap<string, string>) => Promise<ReplacedImage | undefined>;
  /** Name of the image that the build replaces; absent: its client says of none. */
  readonly replacedName?: string;
  /**
   * The same upon another run image, for one platform. Absent: nothing in it depends on the run image but what the frontend itself puts in
   * place of stages.
   */
  readonly upon?: (runImage: string, platform: Platform) => Promise<Recipe>;
  /** What is to be said where no image extension chooses another run image; absent: nothing. */
  readonly held?: readonly Diagnostic[];
  /** Name of the image with the app's cache, as it was said; absent: there is none. */
  readonly cacheImage?: string;
  /** Name in the Dockerfile that stands for our own image; absent: the Dockerfile brings the export program along. */
  readonly ownImage?: string;
}

interface RecipeRequest {
  readonly project: ProjectSource;
  readonly options: FrontendOptions;
  readonly platforms: readonly Platform[];
  readonly images: GatewayImages;
  readonly contexts: NamedContexts;
  readonly gateway: Gateway;
  /** Our own image, for those who need it. */
  readonly own: () => State;
  /** What the machine that builds runs without emulation. */
  readonly buildPlatform: Platform;
  readonly report: Report;
}

/** Takes a generated Dockerfile as it is, and compiles everything else. Throws CompileError, TemporaryError. */
export function makeRecipe(request: RecipeRequest): Promise<Recipe> {
  const { file } = request.project;
  const text = file && decodeText(file.bytes, file.name);
  const dockerfile = file && text !== undefined ? readIfDockerfile(file.name, text) : undefined;
  if (file !== undefined && dockerfile !== undefined) return generatedRecipe(request, file.name, dockerfile);
  return compiledRecipe(request, file && text !== undefined ? { file: file.name, text } : undefined);
}

async function compiledRecipe(
  { project, options, platforms, images, contexts, gateway, own, buildPlatform, report }: RecipeRequest,
  descriptor: { readonly file: string; readonly text: string } | undefined,
): Promise<Recipe> {
  const compileOptions = readCompileOptions(options, platforms, project.descriptorPath);
  const isMissing = descriptor === undefined && project.hasNoDescriptor !== true;
  if (isMissing && compileOptions.builder === undefined) {
    const file = options.values.filename ?? "project.toml";
    throw new CompileError([diagnose("frontend/no-descriptor", { file }, { file })]);
  }
  const compiled = (listener: Report, more: Partial<CompileOptions> = {}) =>
    compile(
      {
        ...present({ descriptor }),
        options: { ...compileOptions, ...more },
      },
      {
        images,
        report: listener,
        modules: new GatewayModules({
          ...{ gateway, options, project, contexts, buildPlatform, report: listener },
          tool: own,
          registryIndex: argumentOf(options, "buildpackRegistry") ?? defaultRegistryIndex,
        }),
        gitPlace: async () => gitPlace(options),
        origin: async () => originOf(options),
      },
    );
  const held: Diagnostic[] = [];
  const { files, plan } = await compiled((diagnostic) => {
    if (diagnostic.code === "plan/previous-image-unused") held.push(diagnostic);
    else report(diagnostic);
  });
  if (plan.extensions === undefined) for (const diagnostic of held.splice(0)) report(diagnostic);
  const replaced = argumentOf(options, "replacedImage");
  const isNamed = compileOptions.previousImage !== undefined;
  return {
    ...{ ...recipeOf(plan, files), held, ...present({ replacedName: replaced }) },
    ...(plan.extensions === undefined || !isNamed
      ? {}
      : {
          upon: async (runImage: string, platform: Platform) => {
            const listener = (diagnostic: Diagnostic) => {
              if (diagnostic.code === "plan/previous-image-unused") report(diagnostic);
            };
            const again = await compiled(listener, { runImage, platforms: [platform] });
            return recipeOf(again.plan, again.files);
          },
        }),
    ...(replaced === undefined || isNamed
      ? {}
      : {
          // Everything has been said of this build already, and an image that is not there yet is no fault.
          replaced: async (chosen: ReadonlyMap<string, string>) => {
            const found = await Promise.all(
              uponRunImages(platforms, chosen).map(async (more) => {
                const upon = await compiled(() => undefined, { ...more, previousImage: replaced });
                return replacedImage(upon.plan, upon.files.contextFiles);
              }),
            );
            return joinReplaced(found.filter((one) => one !== undefined));
          },
        }),
  };
}

function recipeOf(plan: LifecyclePlan, files: EmittedFiles): Recipe {
  const { failOn } = plan.supplyChain;
  const previous = previousImage(plan, files.contextFiles);
  return {
    ...{ dockerfile: files.written, app: plan, isGenerated: false, ownImage: ownImageName },
    ...(failOn === undefined ? {} : { gate: { failOn, by: "operator" } }),
    ...present({ previous, cacheImage: plan.cache.image }),
  };
}

/** What to compile for all platforms together: those of the planned run image at once, the others one by one. */
function uponRunImages(
  platforms: readonly Platform[],
  chosen: ReadonlyMap<string, string>,
): Pick<CompileOptions, "platforms" | "runImage">[] {
  const planned = platforms.filter((platform) => !chosen.has(formatPlatform(platform)));
  return [
    ...(planned.length === 0 ? [] : [{ platforms: planned }]),
    ...platforms.flatMap((platform) => {
      const runImage = chosen.get(formatPlatform(platform));
      return runImage === undefined ? [] : [{ platforms: [platform], runImage }];
    }),
  ];
}

/** Build arguments that are about the result of any file. */
const ofAnyFile = argumentRows.filter(({ only }) => only !== "project").map(({ argument }) => argument);

/** Takes a generated Dockerfile as it is. A gate that the operator asks for stands above the file's. */
async function generatedRecipe(
  { options, platforms, gateway }: RecipeRequest,
  file: string,
  found: Dockerfile,
): Promise<Recipe> {
  const { from, app } = readGenerated(file, found);
  const asked = operatorGate(options);
  const faults = [
    ...Object.keys(optionsWith(options, "build-arg:"))
      .filter((name) => name.startsWith("CNB_") && !ofAnyFile.includes(name))
      .map((name) => diagnose("frontend/argument-for-file", { name, file }, { file: `--build-arg ${name}` })),
    ...platforms
      .map(formatPlatform)
      .filter((platform) => !from.platforms.includes(platform))
      .map((platform) =>
        diagnose("frontend/platform-not-in-file", { platform, platforms: from.platforms, file }, { file }),
      ),
  ];
  if (faults.length > 0) throw new CompileError(faults);
  const tool = stageNamed(found, "tool");
  const own = tool?.platform === "$BUILDPLATFORM" ? tool.base : undefined;
  const isInline = from.arguments.includes("--self-contained");
  // BuildKit would call us again by that line.
  const dockerfile = withoutSyntaxLine(found);
  const questions = platforms.map((platform) => ({ dockerfile, options, platform }));
  const gate = asked === "project" ? await projectGate(gateway, file, questions) : asked;
  return {
    dockerfile,
    app,
    isGenerated: true,
    scanSettings: recordedSettings(from.arguments),
    ...present({ gate, cacheImage: argumentOf(options, "cacheImage") }),
    ...(own === undefined || isInline ? {} : { ownImage: own }),
  };
}

/** What of a scan a project may say: where its settings are, and how `sbom.json` is written. Odd values count as none. */
function recordedSettings(args: readonly string[]): SupplyChainOptions {
  const said = (flag: string) => args.findLast((text) => text.startsWith(flag))?.slice(flag.length);
  const texts = {
    scanConfig: said(`${flagOf("scanConfig")}=`),
    sbomFormat: said(`${flagOf("sbomFormat")}=`),
  };
  const { scanConfig, sbomFormat } = readCompiledOptions(texts, (option) => ({ file: option }), []);
  return {
    ...present({ scanConfig, sbomFormat }),
  };
}

/** Where the project is in git: as our command or the user says, else what buildx says of the clone that it builds. */
function gitPlace(options: FrontendOptions): GitPlace | undefined {
  const { values } = options;
  const said = argumentOf(options, "source");
  if (said !== undefined) return placeIn(said, argumentOf(options, "sourceDirectory"));
  const found = values["vcs:source"];
  return found === undefined ? undefined : placeIn(found, values["vcs:localdir:context"]);
}

/** What an id that the project chose itself counts with. Undefined: the client tells nothing, as buildctl by itself. */
function originOf(options: FrontendOptions): Origin | undefined {
  const git = gitPlace(options);
  if (git !== undefined) return { kind: "git", remote: git.remote };
  const place = argumentOf(options, "sourcePlace");
  if (place === undefined) return undefined;
  return place === "unknown" ? { kind: "unknown" } : { kind: "place", key: place };
}

function placeIn(remote: string, directory = ""): GitPlace {
  return { remote, subdirectory: directory === "." ? "" : directory };
}
