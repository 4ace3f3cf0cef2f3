import { cacheCommands } from "./cache/cache-commands.ts";
import type { Command } from "./command.ts";
import { extensionCommands } from "./extensions/extension-commands.ts";
import { UsageError } from "./flag-values.ts";
import { imageCommands, meantBy } from "./image/image-commands.ts";
import { inspectCommands } from "./inspect/inspect-commands.ts";
import { memoryCommands } from "./memory/memory-commands.ts";
import { moduleCommands } from "./modules/module-commands.ts";
import { phaseCommands } from "./phase/phase-commands.ts";
import { sourceCommands } from "./source/source-commands.ts";

/** All that this program does, by the word that asks for it, in the order of `--help`. */
const commands: Readonly<Record<string, Command>> = {
  ...sourceCommands,
  ...moduleCommands,
  ...phaseCommands,
  ...imageCommands,
  ...cacheCommands,
  ...memoryCommands,
  ...inspectCommands,
  ...extensionCommands,
};

/** The command that the first word names. In: variables, of which one can ask for a part of it. Throws UsageError. */
export function commandNamed(name = "", env: NodeJS.ProcessEnv = process.env): Command {
  const meant = meantBy(name, env);
  const found = Object.hasOwn(commands, meant) ? commands[meant] : undefined;
  if (found !== undefined) return found;
  const names = Object.keys(commands);
  throw new UsageError(`Unknown command ${JSON.stringify(name)}. Commands: ${names.join(", ")}.`);
}

/** What `--help` prints. */
export function usage(): string {
  const width = 7;
  const entries = Object.entries(commands).map(
    ([name, { usage: text }]) =>
      `${name.padEnd(width - 1)} ${text.replaceAll("\n", `\n${" ".repeat(width)}`)}`,
  );
  return `Runs inside a cnb-dockerfile build.\n\n${entries.join("\n")}\n`;
}
