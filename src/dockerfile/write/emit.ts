import { failOnArgument, secretsVersionArgument } from "../../options/step-variables.ts";
import type { LifecyclePlan } from "../../plan/lifecycle-plan.ts";
import type { Stage } from "../../stages/stage.ts";
import type { Dockerfile } from "../dockerfile.ts";
import { planComment } from "../plan-comment.ts";
import { printBase } from "./base.ts";
import { fileText } from "./content.ts";
import { ignoredPatterns } from "./dockerignore.ts";
import { printInstruction } from "./instruction.ts";
import { commentText, plainWord, shellWord } from "./quote.ts";
import { compileTemplate } from "./templates.ts";
import { verifyDockerfile } from "./verify.ts";

/** The bytes that a compilation makes; UTF-8, lines end in `\n`. */
export interface EmittedFiles {
  readonly dockerfile: string;
  /** The same, as it reads back. */
  readonly written: Dockerfile;
  /** For `<Dockerfile>.dockerignore`: saves sending what the build would leave out. */
  readonly dockerignore: string;
  /** What the build has to be handed as named contexts; empty: nothing. */
  readonly contextFiles: readonly EmittedContextFile[];
}

/** A file of a named context. */
export interface EmittedContextFile {
  readonly context: string;
  /** `linux/arm64`: the only one that gets it. */
  readonly platform: string;
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

/** What templates/dockerfile.hbs shows. */
interface DockerfileView {
  readonly syntax: readonly string[];
  readonly version: string;
  readonly descriptor: string;
  readonly platforms: string;
  /** No process was asked for, so the image starts the launcher. */
  readonly startsLauncher: boolean;
  /** Options of `docker buildx build` that hand over the secrets; each with a blank in front. */
  readonly secretOptions: string;
  /** Options that say where images are that no registry has; each with a blank in front. */
  readonly contextOptions: string;
  readonly hasContexts: boolean;
  readonly hasDirectories: boolean;
  readonly hasBuildpacks: boolean;
  readonly hasSecrets: boolean;
  /** Whether there are others than a CA bundle. */
  readonly versionsSecrets: boolean;
  readonly plan: readonly string[];
  readonly secretsVersionArgument: string;
  /** Severity; empty: none. */
  readonly failOnArgument: string;
  readonly failOn: string;
  readonly stages: readonly {
    readonly purpose: readonly string[];
    readonly from: string;
    readonly instructions: readonly string[];
  }[];
}

interface DockerignoreView {
  readonly version: string;
  readonly patterns: readonly string[];
}

/** Writes the stages down and reads them back. Throws CompileError where a value cannot stand in a Dockerfile. */
export function emitFiles(stages: readonly Stage[], plan: LifecyclePlan): EmittedFiles {
  const { version } = plan.generator;
  const contexts = plan.buildContexts ?? [];
  const directories = (plan.volumes ?? []).flatMap((one) => (one.kind === "directory" ? [one.context] : []));
  const buildpacks = plan.buildpackContexts ?? [];
  const dockerfile = compileTemplate<DockerfileView>("dockerfile.hbs")({
    syntax: plan.syntax === undefined ? [] : [plainWord(plan.syntax)],
    version,
    descriptor: commentText(plan.descriptor ?? "the builder image"),
    platforms: plan.platforms.map(({ platform }) => platform).join(","),
    startsLauncher: plan.processType === undefined,
    secretOptions: [
      ...plan.secrets.map(({ id }) => ` --secret id=${plainWord(id)},src=FILE`),
      ...(plan.ssh === undefined ? [] : [` --ssh ${plainWord(plan.ssh.id)}`]),
    ].join(""),
    contextOptions: [
      ...contexts.map((text) => commentText(` --build-context ${shellWord(text)}`)),
      ...buildpacks.map((text) => commentText(` --build-context ${shellWord(text)}`)),
      ...directories.map((name) => ` --build-context ${name}=DIRECTORY`),
    ].join(""),
    hasContexts: contexts.length > 0,
    hasDirectories: directories.length > 0,
    hasBuildpacks: buildpacks.length > 0,
    hasSecrets: plan.secrets.length > 0,
    versionsSecrets: plan.secrets.some(({ joined }) => joined === undefined),
    plan: planComment(plan),
    ...{ failOnArgument, secretsVersionArgument },
    failOn: plan.supplyChain.failOn ?? "",
    stages: stages.map(({ name, base, purpose, instructions }) => ({
      purpose: purpose.map(commentText),
      from: `${printBase(base)} AS ${name}`,
      instructions: instructions.map(printInstruction),
    })),
  });
  const written = verifyDockerfile(dockerfile, stages);
  const patterns = ignoredPatterns(plan.workspace, [...modulePaths(plan), plan.supplyChain.config]);
  const dockerignore = compileTemplate<DockerignoreView>("dockerignore.hbs")({ version, patterns });
  return { dockerfile, written, dockerignore, contextFiles: stages.flatMap(contextFiles) };
}

function contextFiles({ base }: Stage): EmittedContextFile[] {
  if (base.kind !== "context") return [];
  return base.files.map(({ platform, path, content }) => ({
    ...{ context: base.name, platform, path, text: fileText(content) },
  }));
}

/** Of the project's own directory. */
function modulePaths({ modules }: LifecyclePlan): string[] {
  return modules.flatMap(({ content }) =>
    (content.kind === "directory" || content.kind === "archive") && content.handed === undefined
      ? [content.path]
      : [],
  );
}
