import type { Command } from "commander";
import { completable } from "../completion/completable.ts";
import { completionScripts, type Shell } from "../completion/shells.ts";
import type { Terminal } from "../terminal.ts";

/** `completion`: prints what a shell reads to complete the program. */
export async function completion(shell: Shell, program: Command, terminal: Terminal): Promise<void> {
  terminal.print(completionScripts[shell](completable(program)));
}
