import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Report } from "../../diagnostics/diagnostic.ts";
import { systemReason } from "../../diagnostics/system-reason.ts";
import { optionVariable } from "../../options/table.ts";
import { NotPrivate } from "../../private/not-private.ts";
import { ownDirectory } from "../../private/own-directory.ts";
import { makePrivateDirectory } from "../../private/private-directory.ts";
import { createPrivateFile, readPrivateFile, writePrivateFile } from "../../private/private-file.ts";

/** 128 bits as hexadecimal digits: what is shorter could be guessed together with the secret. */
const minLength = 32;

type Environment = Readonly<Record<string, string | undefined>>;

interface KeyOptions {
  readonly env: Environment;
  /** Whether a key may be made, and kept for later builds. */
  readonly makes: boolean;
  readonly report: Report;
}

/**
 * The key that versions of secrets are made with: the one that a variable has, else this machine's, which is made with its
 * first build. CI's machines last as long as a job, and a key made there would have every job run everything; so there it has
 * to be given. Undefined: there is none, which is a warning where secrets are used. Throws CompileError for one that is too
 * short.
 */
export function secretsKey({ env, makes, report }: KeyOptions): string | undefined {
  const variable = optionVariable("secretsKey");
  const given = env[variable]?.trim();
  if (given) {
    if (given.length >= minLength) return given;
    throw new CompileError([
      diagnose("cli/secrets-key-short", { variable, length: given.length, minLength }, { file: variable }),
    ]);
  }
  try {
    return machineKey(makes && !env.CI) ?? missing(report, variable, makes);
  } catch (error) {
    const reason = error instanceof NotPrivate ? error.reason : systemReason(error);
    report(diagnose("cli/secrets-key-unusable", { file: keyFile(), reason, variable }));
    return undefined;
  }
}

function missing(report: Report, variable: string, tells: boolean): undefined {
  if (tells) report(diagnose("cli/secrets-key-missing", { variable }));
}

/** Undefined: there is none. Throws NotPrivate where another user could know or choose it; Node's error. */
function machineKey(makes: boolean): string | undefined {
  const path = keyFile();
  const kept = readKey(path);
  if (kept !== undefined || !makes) return kept;
  makePrivateDirectory(ownDirectory("data"));
  const made = randomBytes(32).toString("hex");
  if (createPrivateFile(path, made)) return made;
  // Another build was quicker, or what is there is no key.
  const other = readKey(path);
  if (other !== undefined) return other;
  writePrivateFile(path, made);
  return made;
}

/** Undefined: there is no file, or no whole key in it. */
function readKey(path: string): string | undefined {
  try {
    const text = readPrivateFile(path).trim();
    return /^[0-9a-f]{64}$/.test(text) ? text : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function keyFile(): string {
  return join(ownDirectory("data"), "secrets-key");
}
