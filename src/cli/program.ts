import { Argument, Command, CommanderError } from "commander";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";
import type { Door } from "../options/option.ts";
import { attributeOf, optionsAt } from "../options/table.ts";
import { version } from "../version.ts";
import { type Shell, shellNames } from "./completion/shells.ts";
import { exitUsage } from "./exit-code.ts";
import type { BuildFlags, CacheFlags, CheckFlags, GenerateFlags, PlanFlags, RebaseFlags } from "./flags.ts";
import { helpEnd, helpForm } from "./help.ts";
import { type Asked, ofAccess, readOperatorDefaults, withDefaults } from "./operator-defaults.ts";
import { withBuildArguments } from "./project/build-arguments.ts";
import { handedVolumes } from "./project/volume-form.ts";
import { addAnsweredFlags, addTableFlags } from "./table-flags.ts";
import { forbidRepeats } from "./usage.ts";

/** Commands whose flags the table has. */
type CommandDoor = Exclude<Door, "frontend" | "container">;

const projectText = "Directory with the app's source (default: this directory)";
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
  /** In: several paths only with a flag for a file that has several projects. */
  readonly generate: (paths: readonly string[], asked: Asked<GenerateFlags>) => Promise<void>;
  readonly check: (path: string, asked: Asked<CheckFlags>) => Promise<void>;
  readonly build: (source: string | undefined, asked: Asked<BuildFlags>) => Promise<void>;
  readonly cache: (call: CacheCall, asked: Asked<CacheFlags>) => Promise<void>;
  readonly plan: (path: string, asked: Asked<PlanFlags>) => Promise<void>;
  readonly rebase: (name: string, asked: Asked<RebaseFlags>) => Promise<void>;
  readonly container: () => Promise<void>;
  /** In: the whole program, which the shell is told of. */
  readonly completion: (shell: Shell, program: Command) => Promise<void>;
}

/** The command line. Wrong use is thrown as a CommanderError, and said by whoever catches it. */
export function createProgram(handlers: Handlers): Command {
  const program = new Command("cnb-dockerfile")
    .description("Build Cloud Native Buildpacks apps with BuildKit, or generate Dockerfiles for them.")
    .version(version, "-V, --version", "Show the version")
    .helpOption("-h, --help", "Show help")
    .helpCommand("help [command]", "Show help for a command")
    .configureHelp(helpForm)
    .configureOutput({ outputError: () => {} });
  const command = (name: CommandDoor) =>
    addAnsweredFlags(addTableFlags(program.command(name), name), name).addHelpText("after", helpEnd(name));
  command("build")
    .description("Build an image from a project or a Dockerfile")
    .argument(
      "[source]",
      "Directory, archive (zip, jar, war, tar, tgz), git URL, archive URL, or - for standard input (default: this directory)",
    )
    .action((source: string | undefined, flags: BuildFlags) =>
      handlers.build(source, reaching("build", flags)),
    );
  command("check")
    .description("Check a project for errors")
    .argument("[path]", projectText)
    .action((path: string | undefined, flags: CheckFlags) =>
      handlers.check(projectPath(path, flags.path), reaching("check", withBuildArguments(flags))),
    );
  command("plan")
    .description("Show what a build would do")
    .argument("[path]", projectText)
    .action((path: string | undefined, flags: PlanFlags) =>
      handlers.plan(projectPath(path, flags.path), reaching("plan", withBuildArguments(flags))),
    );
  command("generate")
    .description("Generate a Dockerfile from a project")
    .argument("[path...]", `${projectText}; several with --bake or --compose`)
    .action((paths: readonly string[], flags: GenerateFlags) =>
      handlers.generate(projectPaths(paths, flags), reaching("generate", withBuildArguments(flags))),
    );
  command("rebase")
    .description("Rebase an app image onto the latest run image, for all platforms")
    .argument("<name>", "App image to replace, with its tag")
    .action((name: string, flags: RebaseFlags) => handlers.rebase(name, reaching("rebase", flags)));
  command("cache")
    .description("Export or import an app's buildpack cache")
    .addArgument(new Argument("<action>", "What to do with the cache").choices(cacheActions))
    .argument("<location>", "Directory, or image that starts with a registry host")
    .argument("[source]", "Same as for build")
    .action((action: CacheCall["action"], place: string, source: string | undefined, flags: CacheFlags) =>
      handlers.cache({ action, place, source }, reaching("cache", flags)),
    );
  program
    .command("completion")
    .description("Print a shell completion script")
    .addArgument(new Argument("<shell>", "Shell to print it for").choices(shellNames))
    .addHelpText("after", helpEnd("completion"))
    .action((shell: Shell) => handlers.completion(shell, program));
  // Everything that it is told stands in variables; nobody types it.
  program.command("container", { hidden: true }).action(() => handlers.container());
  for (const own of program.commands) forbidRepeats(own);
  return program;
}

/** The flags, with what the operator of this machine says of how registries are reached. */
function reaching<Flags extends object>(door: CommandDoor, flags: Flags): Asked<Flags> {
  const defaults = readOperatorDefaults(process.env);
  return { flags: withDefaults(flags, defaults, door, ofAccess), defaults };
}

function projectPath(argument: string | undefined, flag: string | undefined): string {
  if (argument !== undefined && flag !== undefined) {
    throw new CompileError([diagnose("cli/path-twice", { argument, flag }, { file: "--path" })]);
  }
  return argument ?? flag ?? ".";
}

/** Throws CommanderError, as commander does, where one file is for one project. */
function projectPaths(paths: readonly string[], { path: flag, bake, compose }: GenerateFlags): string[] {
  if (paths.length > 1 && bake !== true && compose !== true) {
    throw new CommanderError(
      exitUsage,
      "commander.excessArguments",
      `too many arguments: ${paths.join(", ")}.`,
    );
  }
  const [first, ...others] = paths;
  return [projectPath(first, flag), ...others];
}

/** Reads arguments that a generated file recorded. Undefined: they are not such arguments. */
export function parseRecorded(recorded: readonly string[]): GenerateFlags | undefined {
  const flags = parseArguments(recorded);
  if (flags === undefined || unrecorded.some(({ name, usual }) => flags[name] !== usual)) return undefined;
  // The directory of a volume that is handed over is not looked at; that of a binding would be.
  const volumes = flags.volume ?? [];
  return handedVolumes(volumes).length === volumes.length ? flags : undefined;
}

/**
 * Flags that are never recorded: they name files of one machine or say where the result goes, or what they say is recorded by
 * another flag.
 */
const unrecorded = optionsAt("generate").flatMap(({ flag, recorded, usual }) =>
  flag === undefined || recorded !== undefined
    ? []
    : // The table's own names.
      [{ name: attributeOf(flag) as keyof GenerateFlags, usual }],
);

/** Reads arguments of `generate`. Undefined: they are none. */
export function parseArguments(words: readonly string[]): GenerateFlags | undefined {
  const command = addAnsweredFlags(addTableFlags(new Command(), "generate"), "generate")
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  try {
    return command.parse(words, { from: "user" }).opts<GenerateFlags>();
  } catch (error) {
    if (error instanceof CommanderError) return undefined;
    throw error;
  }
}
