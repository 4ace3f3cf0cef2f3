/** A program to run, without a shell. */
export interface EngineCommand {
  readonly program: string;
  readonly arguments: readonly string[];
  /** Variables beside those of this process. */
  readonly env: Readonly<Record<string, string>>;
}

/** The command as a POSIX shell would take it. */
export function formatCommand(command: EngineCommand): string {
  const variables = Object.entries(command.env).map(([name, value]) => `${name}=${shellWord(value)}`);
  return [...variables, ...[command.program, ...command.arguments].map(shellWord)].join(" ");
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
