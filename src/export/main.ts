import { maxStepWarnings, type StepWarning } from "../contract/step-warnings.ts";
import { CompileError, type Diagnostic } from "../diagnostics/diagnostic.ts";
import { visible, visibleLines } from "../diagnostics/format.ts";
import type { CommandHost } from "./command.ts";
import { commandNamed, usage } from "./commands.ts";
import { asCompileError } from "./file-fault.ts";
import { UsageError } from "./flag-values.ts";
import { writeWarnings } from "./left-warnings.ts";

/** A FIFO in a layer is met by the layout and again by the cache. */
const said = new Set<string>();
/** Warnings that are left for builds in which BuildKit answers for this step. */
const left: StepWarning[] = [];
const host: CommandHost = {
  log,
  report,
  leaveWarnings: (file) => writeWarnings(file, left),
};

/** Exit codes: 0 done, 1 the input is wrong, 2 called wrongly, 70 our bug (EX_SOFTWARE). */
process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  const [name, ...rest] = words;
  const end = words.indexOf("--");
  if ((end === -1 ? words : words.slice(0, end)).includes("--help")) {
    log(usage().trimEnd());
    return 0;
  }
  try {
    return await commandNamed(name).start(rest, host);
  } catch (error) {
    const fault = asCompileError(error);
    if (!(fault instanceof CompileError)) {
      say(
        `cnb-dockerfile: this is a bug, please report it.\n${fault instanceof Error ? fault.stack : fault}`,
      );
      return 70;
    }
    for (const diagnostic of fault.diagnostics) report(diagnostic);
    return fault instanceof UsageError ? 2 : 1;
  }
}

/** Names in it may be a stranger's. */
function log(text: string): void {
  process.stdout.write(`${visibleLines(text)}\n`);
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** `error[export/unreadable]: …` with the hint below; the location stands in the message. Nothing is said twice. */
function report(diagnostic: Diagnostic): void {
  const { severity, code, message, hint } = diagnostic;
  const text = `${severity}[${code}]: ${visible(message)}${hint === undefined ? "" : `\n  ${visible(hint)}`}`;
  if (said.has(text)) return;
  said.add(text);
  if (severity === "warning" && left.length < maxStepWarnings)
    left.push({ diagnostic, printedMs: Date.now() });
  say(text);
}
