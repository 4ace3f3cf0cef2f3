import type { Command } from "commander";
import { createProgram } from "../../src/cli/program.ts";

/** The program as a shell's user has it, with commands that do nothing. */
export function idleProgram(): Command {
  const nothing = async () => {};
  return createProgram({
    generate: nothing,
    check: nothing,
    build: nothing,
    cache: nothing,
    plan: nothing,
    rebase: nothing,
    container: nothing,
    completion: nothing,
  });
}

/** Flags that the help of a command shows, by the command's name. */
export function shownFlags(program: Command): ReadonlyMap<string, readonly string[]> {
  const help = program.createHelp();
  const visible = help.visibleCommands(program).filter((command) => program.commands.includes(command));
  return new Map(
    visible.map((command) => [
      command.name(),
      help.visibleOptions(command).map(({ long, flags }) => long ?? flags),
    ]),
  );
}

/** Commands that the program's help shows, in its order. */
export function shownCommands(program: Command): string[] {
  return program
    .createHelp()
    .visibleCommands(program)
    .map((command) => command.name());
}
