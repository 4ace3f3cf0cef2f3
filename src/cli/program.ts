import { Command, CommanderError, Option } from "commander";
import { CompileError, diagnose, version } from "../index.ts";
import { withBuildArguments } from "./build-arguments.ts";
import { addBuildFlags, type BuildFlags, buildExamples, cacheExamples } from "./build-flags.ts";
import type { CacheCall } from "./commands/cache.ts";
import type { GenerateFlags } from "./options.ts";
import { addAccessFlags, addGenerateFlags } from "./project-flags.ts";
import { forbidRepeats } from "./usage.ts";

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

/** Flags that say how registries are reached from here; what is made does not depend on them. */
export interface AccessFlags {
  readonly registryMirror?: readonly string[];
  readonly insecureRegistry?: readonly string[];
  readonly registryCa?: string;
}

export interface Handlers {
  readonly generate: (path: string, flags: GenerateFlags & OutputFlags & AccessFlags) => Promise<void>;
  readonly check: (path: string, flags: GenerateFlags & CheckFlags & AccessFlags) => Promise<void>;
  readonly build: (source: string | undefined, flags: BuildFlags & AccessFlags) => Promise<void>;
  readonly cache: (call: CacheCall, flags: BuildFlags & AccessFlags) => Promise<void>;
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
      "directory, git URL, archive's URL, or - for standard input (default: this directory)",
    )
    .addHelpText("after", buildExamples)
    .action((source: string | undefined, flags: BuildFlags & AccessFlags) => handlers.build(source, flags));
  const cache = program.command("cache").description("take the buildpack cache of an app to another machine");
  for (const action of ["export", "import"] as const) {
    addAccessFlags(addBuildFlags(cache.command(action)))
      .description(cacheDescriptions[action])
      .argument("<place>", "directory, or image that begins with a registry's host")
      .argument("[source]", "as that of `build`, as are all flags; where its image goes does not matter")
      .addHelpText("after", cacheExamples)
      .action((place: string, source: string | undefined, flags: BuildFlags & AccessFlags) =>
        handlers.cache({ action, place, source }, flags),
      );
  }
  for (const command of [...program.commands, ...cache.commands]) forbidRepeats(command);
  return program;
}

const cacheDescriptions = {
  export: "write what BuildKit keeps for the buildpacks of an app to a directory or a registry",
  import: "give BuildKit a cache that was exported, in place of what it keeps for the app",
};

function projectPath(argument: string | undefined, flag: string | undefined): string {
  if (argument !== undefined && flag !== undefined) {
    throw new CompileError([diagnose("cli/path-twice", { argument, flag }, { file: "--path" })]);
  }
  return argument ?? flag ?? ".";
}

/** Reads arguments that a generated file recorded. Undefined: they are not such arguments. */
export function parseRecorded(recorded: readonly string[]): GenerateFlags | undefined {
  const command = addGenerateFlags(new Command())
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  try {
    return command.parse(recorded, { from: "user" }).opts<GenerateFlags>();
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
