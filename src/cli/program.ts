import { Argument, Command, CommanderError, Option } from "commander";
import { CompileError, diagnose, version } from "../index.ts";
import { withBuildArguments } from "./build-arguments.ts";
import { addBuildFlags, type BuildFlags, buildExamples, cacheExamples } from "./build-flags.ts";
import { type Shell, shellNames } from "./completion/shells.ts";
import type { GenerateFlags } from "./options.ts";
import { addAccessFlags, addGenerateFlags, several } from "./project-flags.ts";
import { forbidRepeats } from "./usage.ts";
import { handedVolumes } from "./volume-form.ts";

/** Flags of `generate` that say where the result goes. */
export interface OutputFlags {
  readonly output?: string;
  readonly force?: boolean;
  readonly check?: string;
  readonly json?: boolean;
  readonly path?: string;
}

/** Flags of `check` that say what counts and how it is told. */
export interface CheckFlags {
  readonly strict?: boolean;
  readonly offline?: boolean;
  readonly json?: boolean;
  readonly sarif?: boolean;
  readonly path?: string;
}

/** Flags of `plan` that say how it is told, and where to. */
export interface PlanFlags {
  readonly json?: boolean;
  readonly graph?: "mermaid" | "svg";
  readonly output?: string;
  readonly path?: string;
}

/** Flags of `rebase` that say onto what, where the result goes and how it is told. */
export interface RebaseFlags {
  readonly runImage?: string;
  readonly tag?: readonly string[];
  readonly check?: boolean;
  readonly exitCode?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Flags that say how registries are reached from here; what is made does not depend on them. */
export interface AccessFlags {
  readonly registryMirror?: readonly string[];
  readonly insecureRegistry?: readonly string[];
  readonly registryCa?: string;
}

const cacheActions = ["export", "import"] as const;

/** What `cache` is to do. */
export interface CacheCall {
  readonly action: (typeof cacheActions)[number];
  /** Directory or image. */
  readonly place: string;
  /** As that of `build`. */
  readonly source: string | undefined;
}

type CacheFlags = BuildFlags & AccessFlags;

export interface Handlers {
  readonly generate: (path: string, flags: GenerateFlags & OutputFlags & AccessFlags) => Promise<void>;
  readonly check: (path: string, flags: GenerateFlags & CheckFlags & AccessFlags) => Promise<void>;
  readonly build: (source: string | undefined, flags: BuildFlags & AccessFlags) => Promise<void>;
  readonly cache: (call: CacheCall, flags: CacheFlags) => Promise<void>;
  readonly plan: (path: string, flags: GenerateFlags & PlanFlags & AccessFlags) => Promise<void>;
  readonly rebase: (name: string, flags: RebaseFlags & AccessFlags) => Promise<void>;
  readonly container: () => Promise<void>;
  /** In: the whole program, which the shell is told of. */
  readonly completion: (shell: Shell, program: Command) => Promise<void>;
}

/** The command line. Wrong use is thrown as a CommanderError, and said by whoever catches it. */
export function createProgram(handlers: Handlers): Command {
  const program = new Command("cnb-dockerfile")
    .description("Compiles Cloud Native Buildpacks projects to multi-stage, multi-platform Dockerfiles.")
    .version(version)
    .configureOutput({ outputError: () => {} });
  addAccessFlags(addGenerateFlags(program.command("generate")))
    .description("print the Dockerfile of a project")
    .argument("[path]", "directory of the app's source (default: this one)")
    .option("-p, --path <directory>", "the same as PATH, by pack's name")
    .option(
      "-o, --output <file>",
      "write the Dockerfile there (and FILE.dockerignore, unless the project has its own .dockerignore)",
    )
    .option("--force", "overwrite a file that somebody else made")
    .addOption(
      new Option(
        "--check <file>",
        "compare the file with what would be made now; print a diff and exit 1 if it is out of date",
      ).conflicts(["output", "force"]),
    )
    .option("--json", "print a JSON object: dockerfile, dockerignore, plan, diagnostics")
    .addHelpText("after", examples)
    .action((path: string | undefined, flags: GenerateFlags & OutputFlags & AccessFlags) =>
      handlers.generate(projectPath(path, flags.path), withBuildArguments(flags)),
    );
  addAccessFlags(addGenerateFlags(program.command("check")))
    .description("say what is wrong with a project, and make nothing")
    .argument("[path]", "directory of the app's source (default: this one)")
    .option("-p, --path <directory>", "the same as PATH, by pack's name")
    .option("--strict", "count warnings as errors")
    .option("--offline", "look at project.toml and the flags only, and ask no registry")
    .option("--json", "print a JSON list of what was found")
    .addOption(
      new Option("--sarif", "print what was found as SARIF 2.1.0, for code scanners").conflicts("json"),
    )
    .addHelpText("after", checkExamples)
    .action((path: string | undefined, flags: GenerateFlags & CheckFlags & AccessFlags) =>
      handlers.check(projectPath(path, flags.path), withBuildArguments(flags)),
    );
  addAccessFlags(addBuildFlags(program.command("build")))
    .description("build the image of a project, or of a Dockerfile, with BuildKit")
    .argument(
      "[source]",
      "directory, archive (zip, jar, war, tar, tgz), git URL, archive's URL, or - for standard input (default: this directory)",
    )
    .addHelpText("after", buildExamples)
    .action((source: string | undefined, flags: BuildFlags & AccessFlags) => handlers.build(source, flags));
  addAccessFlags(addBuildFlags(program.command("cache")))
    .description("take the buildpack cache of an app out of BuildKit, or give BuildKit one that was taken")
    .addArgument(new Argument("<action>", "which of the two").choices(cacheActions))
    .argument("<place>", "directory, or image that begins with a registry's host")
    .argument("[source]", "as that of `build`, as are all flags; where the image goes does not matter")
    .addHelpText("after", cacheExamples)
    .action((action: CacheCall["action"], place: string, source: string | undefined, flags: CacheFlags) =>
      handlers.cache({ action, place, source }, flags),
    );
  addAccessFlags(addGenerateFlags(program.command("plan")))
    .description("tell what would be built, from the labels of its images")
    .argument("[path]", "directory of the app's source (default: this one)")
    .option("-p, --path <directory>", "the same as PATH, by pack's name")
    .option("--json", "print a JSON object, as schema/plan.schema.json describes it")
    .addOption(
      new Option("--graph <format>", "print the stages and what they take from each other")
        .choices(["mermaid", "svg"])
        .conflicts("json"),
    )
    .option("-o, --output <file>", "write it there, over what is there")
    .addHelpText("after", planExamples)
    .action((path: string | undefined, flags: GenerateFlags & PlanFlags & AccessFlags) =>
      handlers.plan(projectPath(path, flags.path), withBuildArguments(flags)),
    );
  addAccessFlags(program.command("rebase"))
    .description("put an app's image on the newest run image, for all its platforms, in the registry")
    .argument("<name>", "image that buildpacks made, with a tag: it is replaced")
    .option("--run-image <image>", "run image (default: the one that the image was made for)")
    .option("-t, --tag <name>", "write the result there, and leave NAME as it is; can be repeated", several)
    .addOption(
      new Option(
        "--check",
        "push nothing; say for each platform whether there is a newer run image",
      ).conflicts("tag"),
    )
    .addOption(
      new Option("--exit-code", "as --check, and exit 3 where there is a newer run image")
        .conflicts("tag")
        .implies({ check: true }),
    )
    .option("--force", "rebase also where the run image may not fit, with a warning")
    .option("--json", "print a JSON object, as schema/rebase.schema.json describes it")
    .addHelpText("after", rebaseExamples)
    .action((name: string, flags: RebaseFlags & AccessFlags) => handlers.rebase(name, flags));
  program
    .command("completion")
    .description("print a script that has your shell complete this program")
    .addArgument(new Argument("<shell>", "the shell that is to read it").choices(shellNames))
    .addHelpText("after", completionExamples)
    .action((shell: Shell) => handlers.completion(shell, program));
  // Everything that it is told stands in variables; nobody types it.
  program.command("container", { hidden: true }).action(() => handlers.container());
  for (const command of program.commands) forbidRepeats(command);
  return program;
}

function projectPath(argument: string | undefined, flag: string | undefined): string {
  if (argument !== undefined && flag !== undefined) {
    throw new CompileError([diagnose("cli/path-twice", { argument, flag }, { file: "--path" })]);
  }
  return argument ?? flag ?? ".";
}

/** Flags that are never recorded: they name files of one machine, or what they say is recorded by another flag. */
const unrecorded = ["root", "envFile", "buildArg"] as const satisfies (keyof GenerateFlags)[];

/** Reads arguments that a generated file recorded. Undefined: they are not such arguments. */
export function parseRecorded(recorded: readonly string[]): GenerateFlags | undefined {
  const flags = parseArguments(recorded);
  if (flags === undefined || unrecorded.some((name) => flags[name] !== undefined)) return undefined;
  // The directory of a volume that is handed over is not looked at; that of a binding would be.
  const volumes = flags.volume ?? [];
  return handedVolumes(volumes).length === volumes.length ? flags : undefined;
}

/** Reads arguments of `generate`. Undefined: they are none. */
export function parseArguments(words: readonly string[]): GenerateFlags | undefined {
  const command = addGenerateFlags(new Command())
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  try {
    return command.parse(words, { from: "user" }).opts<GenerateFlags>();
  } catch (error) {
    if (error instanceof CommanderError) return undefined;
    throw error;
  }
}

const examples = `
Examples:
  Write a Dockerfile and build it for two platforms:
    $ cnb-dockerfile generate --builder heroku/builder:24 > Dockerfile
    $ docker buildx build --platform linux/amd64,linux/arm64 -t registry.example/app --push .

  Keep it in the repository, and have CI say when it is out of date:
    $ cnb-dockerfile generate -o Dockerfile
    $ cnb-dockerfile generate --check Dockerfile

  Start a process of the app by default, with a build-time variable:
    $ cnb-dockerfile generate --process-type web --env BP_NODE_VERSION=24.* -o Dockerfile

  Depend on no image but the builder, the run image and a stock Node image:
    $ cnb-dockerfile generate --self-contained -o Dockerfile

Exit codes: 0 done, 1 something to mend, 2 wrong use, 75 try again later.`;

const checkExamples = `
Examples:
  In CI, with the flags that the image is built with:
    $ cnb-dockerfile check --strict --builder heroku/builder:24

  In an editor or a commit hook, without network:
    $ cnb-dockerfile check --offline

Exit codes: 0 nothing wrong (warnings are told), 1 something to mend, 2 wrong use, 75 try again later.`;

const planExamples = `
Examples:
  Who builds this app, upon what, and what has to be handed over:
    $ cnb-dockerfile plan --builder heroku/builder:24

  Which run image an app would stand on today, for a script:
    $ cnb-dockerfile plan --json | jq -r '.platforms[] | "\\(.platform) \\(.runImageDigest)"'

  A picture of the stages:
    $ cnb-dockerfile plan --graph svg -o stages.svg

Exit codes: 0 done, 1 something to mend, 2 wrong use, 75 try again later.`;

const rebaseExamples = `
Examples:
  After a security fix of the run image, or every night; it pushes nothing where nothing has changed:
    $ cnb-dockerfile rebase registry.example/app

  Only ask, for a script:
    $ cnb-dockerfile rebase --check --json registry.example/app | jq .outdated

  Try it under another tag:
    $ cnb-dockerfile rebase --tag registry.example/app:patched registry.example/app

Exit codes: 0 done or nothing to do, 1 something to mend, 2 wrong use, 3 newer run image (--exit-code), 75 try again later.`;

const completionExamples = `
Examples, each for the file that the shell reads when it starts:
  $ source <(cnb-dockerfile completion bash)        # ~/.bashrc
  $ source <(cnb-dockerfile completion zsh)         # ~/.zshrc, after compinit
  $ cnb-dockerfile completion fish | source         # ~/.config/fish/config.fish`;
