import { readFileSync } from "node:fs";
import parseToml from "@iarna/toml/parse-string.js";
import * as v from "valibot";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";
import { type ByteString, bytesOf, textOf } from "../layer/byte-string.ts";
import { reasonOf } from "./file-fault.ts";

type Schema = v.GenericSchema<unknown, unknown>;

/** Reads a TOML file into the type of `schema`. Throws CompileError `export/unreadable`, `export/invalid-file`. */
export function readTomlFile<const S extends Schema>(path: ByteString, schema: S): v.InferOutput<S> {
  return check(path, schema, (text) => parseToml(text));
}

/** The same for text that is at hand. In: what messages call it. Throws CompileError `export/invalid-file`. */
export function readTomlText<const S extends Schema>(
  text: string,
  file: string,
  schema: S,
): v.InferOutput<S> {
  return checkText(text, file, schema, (toml) => parseToml(toml));
}

/** Reads a JSON file into the type of `schema`. Throws CompileError `export/unreadable`, `export/invalid-file`. */
export function readJsonFile<const S extends Schema>(path: ByteString, schema: S): v.InferOutput<S> {
  return check(path, schema, (text) => JSON.parse(text));
}

function check<const S extends Schema>(
  path: ByteString,
  schema: S,
  parse: (text: string) => unknown,
): v.InferOutput<S> {
  const file = textOf(path);
  let text: string;
  try {
    text = readFileSync(bytesOf(path), "utf8");
  } catch (error) {
    throw new CompileError(
      [diagnose("export/unreadable", { path: file, reason: reasonOf(error) }, { file })],
      {
        cause: error,
      },
    );
  }
  return checkText(text, file, schema, parse);
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
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  throw invalid(file, result.issues.map(describeIssue).join("; "));
}

/** `group[0].id: Invalid type: Expected string but received 1`. */
export function describeIssue(issue: v.BaseIssue<unknown>): string {
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
