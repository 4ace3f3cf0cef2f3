import type { Diagnostic, SourceLocation } from "../diagnostics/diagnostic.ts";

/** Where an option counts: at a command, in our frontend as a build argument, or in the builder container as a variable. */
export type Door = "generate" | "check" | "plan" | "build" | "cache" | "rebase" | "frontend" | "container";

/** `list`: several values; `switch`: on or off. */
type Form = "text" | "list" | "switch";

/** Reads one value of an option, the same at every door. Undefined: it is wrong, and `found` says why. */
export type ReadOption<Value = unknown> = (
  text: string,
  location: SourceLocation,
  found: Diagnostic[],
) => Value | undefined;

/** An option: every way to say it, and what it may say. */
export interface OptionRow {
  /** As commander wants it: `-B, --builder <image>`. Absent: no flag says it. */
  readonly flag?: string;
  /** Build argument; absent: none says it. */
  readonly argument?: string;
  /** Key of `[io.github.cnb-dockerfile]` in project.toml; absent: a project cannot say it there. */
  readonly key?: string;
  /** Environment variable that counts where no flag says otherwise; absent: none does. */
  readonly variable?: string;
  /** Environment variable of the builder container; absent: it has none. */
  readonly containerVariable?: string;
  /** Key of the operator's defaults file; absent: it cannot say it. */
  readonly setting?: string;
  readonly form: Form;
  /** What stands between the items of its build argument, where it is a list. */
  readonly separator?: "," | ";";
  /** Whether one flag can have several values, with commas between. */
  readonly splits?: true;
  /** Values of the flag; absent: any. */
  readonly choices?: readonly string[];
  /** Value of the flag where it is not given. Absent: none. */
  readonly usual?: string;
  /** The check, and what becomes of a value. Absent: any text is one, or whoever uses it reads it. */
  readonly read?: ReadOption;
  /** What is wrong with all values of a list together. Absent: nothing can be. */
  readonly checkAll?: (values: readonly never[]) => Diagnostic[];
  /** Whether the compiler is told of it. */
  readonly compiled?: true;
  /** What the compiler is told where nobody says anything; absent: nothing. */
  readonly initial?: readonly never[] | false;
  /** Whether an empty text is a mistake; absent: it is as if the option was not given. */
  readonly refusesEmpty?: true;
  /** What help says of the flag. */
  readonly text: string;
  /** What the outline of a build says of the build argument. */
  readonly argumentText?: string;
  /** What the reference says of the builder container's variable; absent: the same as of the flag. */
  readonly containerText?: string;
  readonly doors: readonly Door[];
  /**
   * What a build has to be of for the option to count: `project`, a project.toml; `ours`, that or a generated Dockerfile.
   * Absent: of any file.
   */
  readonly only?: "project" | "ours";
  /**
   * Its place among the arguments that a generated file records; a new option takes the next number, so that files made
   * before stay as they are. Absent: no file records it.
   */
  readonly recorded?: number;
  /** Name of the option that it is another name for. */
  readonly sameAs?: string;
  /** Names of flags, as commander has them, that it excludes. */
  readonly conflicts?: readonly string[];
  /** Names of switches that it turns on. */
  readonly implies?: readonly string[];
}

/** Commands that make a Dockerfile of a project, or say what would be in it. */
export const compiling = ["generate", "check", "plan"] as const;
/** Commands that give BuildKit a project: to build it, or to move its buildpack cache. */
export const building = ["build", "cache"] as const;
/** Those, and commands that can run detection of a project on an engine. */
export const onEngine = [...building, "plan", "generate"] as const;
/** Every command that reads a project. */
export const ofProject = [...compiling, ...building] as const;
/** Those, and our frontend, which is told by a build argument. */
export const anywhere = [...ofProject, "frontend"] as const;
/** Commands that an option is for which changes the image, and not which buildpack cache is the app's. */
export const ofImage = [...compiling, "build"] as const;
/** Those, and our frontend. */
export const ofImageAnywhere = [...ofImage, "frontend"] as const;
