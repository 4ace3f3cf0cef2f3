import { type Command, CommanderError } from "commander";
import { diagnose } from "../diagnostics/diagnose.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { exitUsage } from "./exit-code.ts";

/** What a flag that was given twice is thrown as; commander itself takes the last one and says nothing. */
const repeatedFlag = "cnb-dockerfile.repeatedFlag";

/** Makes every flag that has one value an error where it is given twice: two builders are a mistake, not a choice. */
export function forbidRepeats(command: Command): void {
  for (const option of command.options) {
    // Flags of pack's that have no twin here are answered however often they stand there.
    if (!option.required || option.hidden) continue;
    const { parseArg } = option;
    // Who parses values of any kind collects them.
    if (parseArg !== undefined && option.argChoices === undefined) continue;
    let given = false;
    option.argParser((value, before: string) => {
      if (given) throw new CommanderError(exitUsage, repeatedFlag, option.long ?? option.flags);
      given = true;
      return parseArg === undefined ? value : parseArg(value, before);
    });
  }
}

/** What is wrong with the way the program was called. Undefined: nothing; help or version was asked for, and shown. */
export function usageFault({ code, message }: CommanderError): Diagnostic | undefined {
  const [, first = "", second = ""] = /'(.*?)'(?:[^']*'(.*)')?/s.exec(message) ?? [];
  const [, suggestion] = /\(Did you mean (?:one of )?(.*)\?\)/.exec(message) ?? [];
  switch (code) {
    case "commander.help":
    case "commander.helpDisplayed":
    case "commander.version":
      return undefined;
    case "commander.unknownOption":
      return diagnose("cli/unknown-flag", { flag: first, suggestion }, { file: first });
    case "commander.unknownCommand":
      return diagnose("cli/unknown-command", { command: first, suggestion }, { file: first });
    case "commander.excessArguments":
      return diagnose("cli/too-many-arguments", { given: /: ([^:]*)\.$/s.exec(message)?.[1] ?? "" });
    case "commander.optionMissingArgument":
      return diagnose("cli/flag-without-value", { flag: longName(first) }, { file: longName(first) });
    case "commander.conflictingOption":
      return diagnose(
        "cli/flags-in-conflict",
        { flag: longName(first), other: longName(second) },
        { file: longName(first) },
      );
    case repeatedFlag:
      return diagnose("cli/repeated-flag", { flag: message }, { file: message });
    default:
      return diagnose("cli/wrong-use", { reason: message.replace(/^error: /, "") });
  }
}

/** `--builder` of `-B, --builder <image>`. */
function longName(flags: string): string {
  return /--[\w-]+/.exec(flags)?.[0] ?? flags;
}
