import type { Argument, Command, Option } from "commander";
import { present } from "../../present.ts";

/** A command as a shell completes it. */
export interface Completable {
  readonly name: string;
  readonly description: string;
  readonly options: readonly CompletableOption[];
  /** Absent: it takes none. */
  readonly argument?: CompletableValue;
  readonly commands: readonly Completable[];
}

export interface CompletableOption {
  /** `--output`. */
  readonly long: string;
  /** `-o`; absent: it has none. */
  readonly short?: string;
  readonly description: string;
  /** Absent: it is on or off. */
  readonly value?: CompletableValue;
}

/** What can stand somewhere. */
export type CompletableValue =
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "files" | "directories" }
  /** Something that a shell cannot know. */
  | { readonly kind: "text" };

/** Reads everything from the program itself: what is added to it is completed, too. What its help hides is not. */
export function completable(command: Command): Completable {
  const help = command.createHelp();
  const [argument] = command.registeredArguments;
  return {
    name: command.name(),
    description: command.description(),
    options: help.visibleOptions(command).flatMap(completableOption),
    ...(argument === undefined ? {} : { argument: completableValue(argument, argument.name()) }),
    commands: help.visibleCommands(command).map((own) =>
      // Commander's own `help` takes a command's name, and says nothing of it.
      own.name() === "help" ? { ...completable(own), argument: commandNames(command) } : completable(own),
    ),
  };
}

function completableOption(option: Option): CompletableOption[] {
  const { long, short, description, required, optional, flags } = option;
  if (long === undefined) return [];
  const placeholder = /[<[](.*?)[>\]]/.exec(flags)?.[1] ?? "";
  return [
    {
      long,
      ...present({ short }),
      description,
      ...(required || optional ? { value: completableValue(option, placeholder) } : {}),
    },
  ];
}

/** In: what the value is called, `file` in `--output <file>`. */
function completableValue({ argChoices }: Argument | Option, name: string): CompletableValue {
  if (argChoices !== undefined) return { kind: "words", words: argChoices };
  const [what = ""] = name.split(/[^a-z]/i);
  // A source can be an archive.
  if (what === "file" || what === "source") return { kind: "files" };
  return { kind: what === "directory" || what === "path" ? "directories" : "text" };
}

function commandNames(command: Command): CompletableValue {
  return { kind: "words", words: command.commands.map((own) => own.name()) };
}
