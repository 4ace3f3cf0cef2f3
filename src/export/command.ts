import type { Report } from "../diagnostics/diagnostic.ts";
import type { ByteString } from "../layer/byte-string.ts";
import { type FlagTypes, type FlagValues, flags, path, UsageError } from "./flag-values.ts";
import type { Log } from "./log.ts";

/** What a command has of the process that runs it. */
export interface CommandHost {
  readonly log: Log;
  readonly report: Report;
  /** Leaves all warnings in a file. */
  readonly leaveWarnings: (file: ByteString) => void;
}

interface CommandRow<Flags extends FlagTypes> {
  /** What stands behind the name in `--help`: one line, or more. */
  readonly usage: string;
  /** With a flag `warnings`, which names a file, what is said is left there, too. */
  readonly flags: Flags;
  /** Out: exit code; absent: 0. Throws CompileError, or node's error. */
  readonly run: (
    values: FlagValues<Flags>,
    host: CommandHost,
    /** What stands behind `--`, where the command takes that. */
    program: readonly string[],
  ) => number | undefined | Promise<number | undefined>;
  /** Whether a program and its arguments stand behind `--`. Absent: no. */
  readonly startsProgram?: true;
}

/** A command, whatever its flags are. */
export interface Command {
  readonly usage: string;
  /** In: the words behind its name. Out: exit code. Throws UsageError, and what the command throws. */
  readonly start: (words: readonly string[], host: CommandHost) => Promise<number>;
}

export function command<const Flags extends FlagTypes>({
  usage,
  flags: types,
  run,
  startsProgram,
}: CommandRow<Flags>): Command {
  return {
    usage,
    async start(words, host) {
      const end = startsProgram ? words.indexOf("--") : words.length;
      const program = end === -1 ? [] : words.slice(end + 1);
      if (startsProgram && program.length === 0) throw new UsageError("-- PROGRAM is missing.");
      const values = flags(words.slice(0, end), types);
      const exitCode = (await run(values, host, program)) ?? 0;
      if ("warnings" in values && typeof values.warnings === "string")
        host.leaveWarnings(path("--warnings", values.warnings));
      return exitCode;
    },
  };
}
