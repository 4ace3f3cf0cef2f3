import { Argument, Command, CommanderError } from "commander";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";
import type { Door } from "../options/option.ts";
import { attributeOf, optionsAt } from "../options/table.ts";
import { version } from "../version.ts";
import { type Shell, shellNames } from "./completion/shells.ts";
import * as examples from "./examples.ts";
import type { BuildFlags, CheckFlags, GenerateFlags, PlanFlags, RebaseFlags } from "./flags.ts";
import { ofAccess, readOperatorDefaults, withDefaults } from "./operator-defaults.ts";
import { withBuildArguments } from "./project/build-arguments.ts";
import { handedVolumes } from "./project/volume-form.ts";
import { addAnsweredFlags, addTableFlags } from "./table-flags.ts";
import { forbidRepeats } from "./usage.ts";

/** Commands whose flags the table has. */
type CommandDoor = Exclude<Door, "frontend" | "container">;

const cacheActions = ["export", "import"] as const;

/** What `cache` is to do. */
export interface CacheCall {
  readonly action: (typeof cacheActions)[number];
  /** Directory or image. */
  readonly place: string;
  /** As that of `build`. */
  readonly source: string | undefined;
}

interface Handlers {
  readonly generate: (path: string, flags: GenerateFlags) => Promise<void>;
  readonly check: (path: string, flags: CheckFlags) => Promise<void>;
  readonly build: (source: string | undefined, flags: BuildFlags) => Promise<void>;
  readonly cache: (call: CacheCall, flags: BuildFlags) => Promise<void>;
  readonly plan: (path: string, flags: PlanFlags) => Promise<void>;
  readonly rebase: (name: string, flags: RebaseFlags) => Promise<void>;
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
  const command = (name: CommandDoor) => addTableFlags(addAnsweredFlags(program.command(name), name), name);
  command("generate")
    .description("print the Dockerfile of a project")
    .argument("[path]", "directory of the app's source (default: this one)")
    .addHelpText("after", examples.generate)
    .action((path: string | undefined, flags: GenerateFlags) =>
      handlers.generate(projectPath(path, flags.path), reaching("generate", withBuildArguments(flags))),
    );
  command("check")
    .description("say what is wrong with a project, and make nothing")
    .argument("[path]", "directory of the app's source (default: this one)")
    .addHelpText("after", examples.check)
    .action((path: string | undefined, flags: CheckFlags) =>
      handlers.check(projectPath(path, flags.path), reaching("check", withBuildArguments(flags))),
    );
  command("build")
    .description("build the image of a project, or of a Dockerfile, with BuildKit")
    .argument(
      "[source]",
      "directory, archive (zip, jar, war, tar, tgz), git URL, archive's URL, or - for standard input (default: this directory)",
    )
    .addHelpText("after", examples.build)
    .action((source: string | undefined, flags: BuildFlags) =>
      handlers.build(source, reaching("build", flags)),
    );
  command("cache")
    .description("take the buildpack cache of an app out of BuildKit, or give BuildKit one that was taken")
    .addArgument(new Argument("<action>", "which of the two").choices(cacheActions))
    .argument("<place>", "directory, or image that begins with a registry's host")
    .argument("[source]", "as that of `build`, as are all flags; where the image goes does not matter")
    .addHelpText("after", examples.cache)
    .action((action: CacheCall["action"], place: string, source: string | undefined, flags: BuildFlags) =>
      handlers.cache({ action, place, source }, reaching("cache", flags)),
    );
  command("plan")
    .description("tell what would be built, from the labels of its images")
    .argument("[path]", "directory of the app's source (default: this one)")
    .addHelpText("after", examples.plan)
    .action((path: string | undefined, flags: PlanFlags) =>
      handlers.plan(projectPath(path, flags.path), reaching("plan", withBuildArguments(flags))),
    );
  command("rebase")
    .description("put an app's image on the newest run image, for all its platforms, in the registry")
    .argument("<name>", "image that buildpacks made, with a tag: it is replaced")
    .addHelpText("after", examples.rebase)
    .action((name: string, flags: RebaseFlags) => handlers.rebase(name, reaching("rebase", flags)));
  program
    .command("completion")
    .description("print a script that has your shell complete this program")
    .addArgument(new Argument("<shell>", "the shell that is to read it").choices(shellNames))
    .addHelpText("after", examples.completion)
    .action((shell: Shell) => handlers.completion(shell, program));
  // Everything that it is told stands in variables; nobody types it.
  program.command("container", { hidden: true }).action(() => handlers.container());
  for (const own of program.commands) forbidRepeats(own);
  return program;
}

/** The flags, with what the operator of this machine says of how registries are reached. */
function reaching<Flags extends object>(door: CommandDoor, flags: Flags): Flags {
  return withDefaults(flags, readOperatorDefaults(process.env), door, ofAccess);
}

function projectPath(argument: string | undefined, flag: string | undefined): string {
  if (argument !== undefined && flag !== undefined) {
    throw new CompileError([diagnose("cli/path-twice", { argument, flag }, { file: "--path" })]);
  }
  return argument ?? flag ?? ".";
}

/** Reads arguments that a generated file recorded. Undefined: they are not such arguments. */
export function parseRecorded(recorded: readonly string[]): GenerateFlags | undefined {
  const flags = parseArguments(recorded);
  if (flags === undefined || unrecorded.some((name) => flags[name] !== undefined)) return undefined;
  // The directory of a volume that is handed over is not looked at; that of a binding would be.
  const volumes = flags.volume ?? [];
  return handedVolumes(volumes).length === volumes.length ? flags : undefined;
}

/**
 * Flags that are never recorded: they name files of one machine or say where the result goes, or what they say is recorded by
 * another flag.
 */
const unrecorded = optionsAt("generate").flatMap(({ flag, recorded }) =>
  // The table's own names.
  flag === undefined || recorded !== undefined ? [] : [attributeOf(flag) as keyof GenerateFlags],
);

/** Reads arguments of `generate`. Undefined: they are none. */
export function parseArguments(words: readonly string[]): GenerateFlags | undefined {
  const command = addTableFlags(addAnsweredFlags(new Command(), "generate"), "generate")
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  try {
    return command.parse(words, { from: "user" }).opts<GenerateFlags>();
  } catch (error) {
    if (error instanceof CommanderError) return undefined;
    throw error;
  }
}
