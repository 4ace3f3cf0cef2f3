import { CommanderError } from "commander";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic, TemporaryError } from "../diagnostics/diagnostic.ts";
import { visibleLines } from "../diagnostics/format.ts";
import { systemReason } from "../diagnostics/system-reason.ts";
import { build } from "./commands/build.ts";
import { cache } from "./commands/cache.ts";
import { check } from "./commands/check.ts";
import { completion } from "./commands/completion.ts";
import { container } from "./commands/container.ts";
import { generate } from "./commands/generate.ts";
import { plan } from "./commands/plan.ts";
import { rebase } from "./commands/rebase.ts";
import { metadataWord, pluginCall, pluginMetadata } from "./docker-plugin.ts";
import { exitInternal, exitTemporary, exitUsage, exitUserError } from "./exit-code.ts";
import { createProgram } from "./program.ts";
import { absoluteSearchPath } from "./search-path.ts";
import { systemFault } from "./system-fault.ts";
import { type OutputForm, Terminal } from "./terminal.ts";
import { usageFault } from "./usage.ts";

/** Runs the program by this process's arguments and variables; the exit code is then `process.exitCode`. */
export async function main(): Promise<void> {
  // Before anything is started.
  if (process.env.PATH !== undefined) process.env.PATH = absoluteSearchPath(process.env.PATH);

  if (process.argv[2] === metadataWord) {
    process.stdout.write(pluginMetadata());
    return;
  }
  try {
    const { words, env } = pluginCall(process.argv.slice(2));
    process.argv.splice(2, Number.POSITIVE_INFINITY, ...words);
    Object.assign(process.env, env);
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    process.exitCode = fail(new Terminal("text"), error.diagnostics, exitUsage);
    return;
  }
  const terminal = new Terminal(chosenForm(process.argv.slice(2)));

  // A reader that has seen enough (`| head`) is no fault; a full disk behind `>` is one.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") return;
    terminal.show(diagnose("cli/output-closed", { reason: systemReason(error) }));
    process.exitCode = exitUserError;
  });

  const program = createProgram({
    generate: async (paths, asked) => {
      process.exitCode = await generate(paths, asked, terminal);
    },
    check: (path, asked) => check(path, asked, terminal),
    build: async (source, asked) => {
      process.exitCode = await build(source, asked, terminal);
    },
    cache: async (call, asked) => {
      process.exitCode = await cache(call, asked, terminal);
    },
    plan: async (path, asked) => {
      process.exitCode = await plan(path, asked, terminal);
    },
    rebase: async (name, { flags }) => {
      process.exitCode = await rebase(name, flags, terminal);
    },
    container: async () => {
      process.exitCode = await container(process.env, terminal);
    },
    completion: (shell, own) => completion(shell, own, terminal),
  });
  for (const command of [program, ...program.commands]) command.exitOverride();

  // Of an event that nobody waits for, as that of a stream.
  process.on("uncaughtException", (error) => process.exit(explain(error, terminal)));

  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = explain(error, terminal);
  }
}

function explain(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) {
    const fault = usageFault(error);
    if (fault !== undefined) return fail(terminal, [fault], exitUsage);
    return error.exitCode === 0 ? 0 : exitUsage;
  }
  if (error instanceof CompileError) return fail(terminal, error.diagnostics, exitUserError);
  if (error instanceof TemporaryError) return fail(terminal, [error.diagnostic], exitTemporary, false);
  const fault = systemFault(error);
  if (fault !== undefined) return fail(terminal, [fault], exitUserError, false);
  process.stderr.write(
    `Internal error in cnb-dockerfile. Please report it with these details:\n${visibleLines(String((error as Error).stack))}\n`,
  );
  return exitInternal;
}

function fail(
  terminal: Terminal,
  diagnostics: readonly Diagnostic[],
  exitCode: number,
  completed = true,
): number {
  terminal.conclude(diagnostics, completed);
  return exitCode;
}

/** Has to be known before the arguments are, because they can be wrong themselves. */
function chosenForm(args: readonly string[]): OutputForm {
  const isCheck = args[0] === "check";
  if (isCheck && args.includes("--sarif")) return "sarif";
  if (args.includes("--json")) return isCheck ? "list" : "json";
  return "text";
}
