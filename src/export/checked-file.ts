import { readFileSync } from "node:fs";
import * as v from "valibot";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";
import { type ByteString, bytesOf, textOf } from "../layer/byte-string.ts";
import { readPlainFile } from "../layer/plain-path.ts";
import { below } from "../layer/walk.ts";
import { isDeeperThan } from "../sbom/is-deeper-than.ts";
import { reasonOf } from "./file-fault.ts";
import { limits, maxNesting } from "./limits.ts";
import { parseTomlWithDates } from "./parse-toml-with-dates.ts";

type Schema = v.GenericSchema<unknown, unknown>;

/**
 * Reads a TOML file that somebody else may have put there into the type of `schema`: no link is followed, and not more is
 * read than `limits` allows. In: the directory that stands for `/`, and the file's absolute path. Undefined: there is none.
 * Throws CompileError `export/invalid-file`, OddEntryError, LargeFileError, node's error.
 */
export function readTomlIfAny<const S extends Schema>(
  root: ByteString,
  path: ByteString,
  schema: S,
): v.InferOutput<S> | undefined {
  const content = readPlainFile(root, path, limits.metadataBytes);
  return content && readTomlText(content.toString("utf8"), textOf(below(root, path)), schema);
}

/** The same for a file that has to be there. Throws CompileError `export/unreadable`, too. */
export function readTomlFile<const S extends Schema>(
  root: ByteString,
  path: ByteString,
  schema: S,
): v.InferOutput<S> {
  const value = readTomlIfAny(root, path, schema);
  if (value !== undefined) return value;
  const file = textOf(below(root, path));
  throw new CompileError([
    diagnose("export/unreadable", { path: file, reason: "it does not exist" }, { file }),
  ]);
}

/** The same for text that is at hand. In: what messages call it. Throws CompileError `export/invalid-file`. */
export function readTomlText<const S extends Schema>(
  text: string,
  file: string,
  schema: S,
): v.InferOutput<S> {
  return checkText(text, file, schema, parseTomlWithDates);
}

/** Reads a JSON file of ours into the type of `schema`. Throws CompileError `export/unreadable`, `export/invalid-file`. */
export function readJsonFile<const S extends Schema>(path: ByteString, schema: S): v.InferOutput<S> {
  const file = textOf(path);
  let text: string;
  try {
    text = readFileSync(bytesOf(path), "utf8");
  } catch (error) {
    const values = { path: file, reason: reasonOf(error) };
    throw new CompileError([diagnose("export/unreadable", values, { file })], { cause: error });
  }
  return checkText(text, file, schema, (json) => JSON.parse(json));
}

function checkText<const S extends Schema>(
  text: string,
  file: string,
  schema: S,
  parse: (text: string) => unknown,
): v.InferOutput<S> {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw invalid(file, firstLine(reasonOf(error)), error);
  }
  if (isDeeperThan(maxNesting, value)) throw invalid(file, `it is nested deeper than ${maxNesting} levels`);
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  throw invalid(file, result.issues.map(describeIssue).join("; "));
}

/** `group[0].id: Invalid type: Expected string but received 1`. */
function describeIssue(issue: v.BaseIssue<unknown>): string {
  const keyPath = v.getDotPath(issue);
  return keyPath === null ? issue.message : `${keyPath}: ${issue.message}`;
}

function invalid(file: string, reason: string, cause?: unknown): CompileError {
  const location = { file };
  return new CompileError([diagnose("export/invalid-file", { path: file, reason }, location)], { cause });
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0]?.replace(/[.:]$/, "") ?? text;
}
