import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { diagnosticJson, visible } from "../../src/diagnostics/format.ts";
import type { SourceFile } from "../sources/project-source.ts";
import type { Gateway } from "./gateway.ts";

/** Sends a warning, which the client shows with the lines that it is about. A build does not fail for one that is lost. */
export async function sendWarning(
  gateway: Gateway,
  diagnostic: Diagnostic,
  file: SourceFile | undefined,
): Promise<void> {
  const { message, hint, code, location } = diagnostic;
  const { line, column = 1 } = location ?? {};
  const position = { line: line ?? 1, character: column - 1 };
  const isAboutFile = file !== undefined && location?.file === file.name && line !== undefined;
  try {
    await gateway.warn({
      level: 1n,
      short: Buffer.from(visible(`${message} [${code}]`)),
      detail: hint === undefined ? [] : [Buffer.from(visible(hint))],
      url: diagnosticJson(diagnostic).url,
      ...(isAboutFile
        ? {
            info: { filename: file.name, data: file.bytes, language: "TOML" },
            ranges: [{ start: position, end: position }],
          }
        : {}),
    });
  } catch {
    // Nobody is left to tell it to.
  }
}
