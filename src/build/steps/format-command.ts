import { shellWord } from "../../dockerfile/write/quote.ts";
import type { EngineCommand } from "../../engines/engine-command.ts";

/** The command as a POSIX shell would take it. */
export function formatCommand(command: EngineCommand): string {
  const variables = Object.entries(command.env).map(([name, value]) => `${name}=${shellWord(value)}`);
  return [...variables, ...[command.program, ...command.arguments].map(shellWord)].join(" ");
}
