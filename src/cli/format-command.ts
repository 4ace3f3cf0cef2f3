import type { EngineCommand } from "../engines/engine-command.ts";
import { shellWord } from "../index.ts";

/** The command as a POSIX shell would take it. */
export function formatCommand(command: EngineCommand): string {
  const variables = Object.entries(command.env).map(([name, value]) => `${name}=${shellWord(value)}`);
  return [...variables, ...[command.program, ...command.arguments].map(shellWord)].join(" ");
}
