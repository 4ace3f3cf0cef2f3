import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { pid } from "node:process";

/** What our own earlier run wrote there; undefined when the file is missing or was cut off. */
export function readJson<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as T;
  } catch {
    return undefined;
  }
}

/** Writes whole or not at all: a killed writer leaves the old file. */
export function writeJson(path: string, value: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.${pid}.tmp`, JSON.stringify(value, null, 2));
  renameSync(`${path}.${pid}.tmp`, path);
}
