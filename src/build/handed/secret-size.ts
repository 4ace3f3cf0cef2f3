import { statSync } from "node:fs";
import { diagnose } from "../../diagnostics/diagnose.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { secretSource } from "./handed-files.ts";
import { secretId } from "./offered-secrets.ts";

/** Source: BuildKit, `session/secrets`, `MaxSecretSize`. */
const limitBytes = 500 * 1024;

/** Secrets that BuildKit does not take for their size. In: they, in the syntax of `--secret`. Files that cannot be found are left to it. */
export function oversizedSecrets(
  texts: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Diagnostic[] {
  return texts.flatMap((text) => {
    const sizeBytes = sizeOf(text, env);
    if (sizeBytes <= limitBytes) return [];
    return [diagnose("cli/secret-too-large", { id: secretId(text), sizeBytes, limitBytes })];
  });
}

function sizeOf(text: string, env: Readonly<Record<string, string | undefined>>): number {
  const source = secretSource(text, env);
  switch (source?.kind) {
    case undefined:
      return 0;
    case "variable":
      return Buffer.byteLength(env[source.name] ?? "");
    case "file":
      return fileSize(source.path);
  }
}

function fileSize(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}
