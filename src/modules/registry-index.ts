import compareVersions from "semver/functions/compare.js";
import parseVersion from "semver/functions/parse.js";
import * as v from "valibot";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic, type Report } from "../diagnostics/diagnostic.ts";
import { withoutSecrets } from "../diagnostics/without-secrets.ts";
import { localPlace } from "../image/local-place.ts";
import { parseReference } from "../image/reference.ts";
import type { RegistryEntry, RegistryName } from "./module-source.ts";

/** The public index, as plain files. pack clones the repository instead. */
export const defaultRegistryIndex = "https://raw.githubusercontent.com/buildpacks/registry-index/main";

/** All versions of one buildpack; the largest of the public index has some hundred kilobytes. */
export const maxIndexFileBytes = 8 * 1024 * 1024;

/** Where a registry's index is read from. */
type RegistryIndex =
  | { readonly kind: "http"; readonly url: string }
  | { readonly kind: "local"; readonly address: string };

/**
 * Reads the address of an index. A repository on GitHub is read as the files it shows; what is no http or https address
 * is `local`. Throws CompileError where it cannot be used.
 */
export function readRegistryIndex(index: string): RegistryIndex {
  const trimmed = index.replace(/\/+$/, "");
  const github = /^https:\/\/github\.com\/([^/]+)\/([^/]+?)(?:\.git)?(?:\/tree\/(.+))?$/.exec(trimmed);
  if (github !== null) {
    const [, owner = "", repository = "", branch = "HEAD"] = github;
    return { kind: "http", url: `https://raw.githubusercontent.com/${owner}/${repository}/${branch}` };
  }
  if (/^https?:\/\//.test(trimmed)) return { kind: "http", url: addressOf(trimmed) };
  return { kind: "local", address: trimmed };
}

/** Messages show the address, and so do logs. */
function addressOf(index: string): string {
  const url = URL.parse(index);
  if (url === null) throw noIndex(withoutSecrets(index), "it is not a URL");
  if (localPlace(url.hostname) === "link")
    throw noIndex(withoutSecrets(index), "only the build machine can reach that address");
  if (url.username === "" && url.password === "") return index;
  const shown = `${url.protocol}//${url.host}${url.pathname}`;
  throw noIndex(shown, "it contains a user name or a password");
}

/** What is said of an index that is not there, or none. */
export function noIndex(index: string, reason: string, cause?: unknown): CompileError {
  return new CompileError([diagnose("modules/no-registry-index", { index, reason }, { file: index })], {
    cause,
  });
}

/**
 * File of a buildpack below the index. Throws CompileError where the name can be none of an index.
 * Source: pack, `registry.IndexPath`.
 */
export function indexPath({ namespace, name }: RegistryName): string {
  const id = `${namespace}/${name}`;
  for (const part of [namespace, name]) {
    const reason =
      part === ""
        ? "a part of it is empty"
        : part.length > 253
          ? "a part of it is longer than 253 characters"
          : /^[a-z0-9.-]+$/.test(part)
            ? undefined
            : "it contains other characters";
    if (reason !== undefined) throw new CompileError([badName(id, reason)]);
  }
  const directory =
    name.length < 3
      ? `${name.length}`
      : name.length === 3
        ? `3/${name.slice(0, 2)}`
        : `${name.slice(0, 2)}/${name.slice(2, 4)}`;
  if (/(^|\/)\.{1,2}(\/|$)/.test(directory)) throw new CompileError([badName(id, "it begins with dots")]);
  return `${directory}/${namespace}_${name}`;
}

function badName(id: string, reason: string): Diagnostic {
  return diagnose("modules/registry-name", { id, reason }, { file: id });
}

const lineSchema = v.object({
  ns: v.string(),
  name: v.string(),
  version: v.string(),
  yanked: v.optional(v.boolean(), false),
  addr: v.optional(v.string(), ""),
});
type Line = v.InferOutput<typeof lineSchema> & { readonly line: number };

/**
 * Looks a buildpack up in its file of an index. In: the file's text and what messages call it; version absent: the
 * highest that is not yanked. Out: undefined where the file has no such buildpack. A yanked version that is named comes
 * with a warning. Throws CompileError. Source: pack, `registry.Cache`, which does not look at `yanked` at all.
 */
export function findInIndex(
  { text, file }: { readonly text: string; readonly file: string },
  wanted: RegistryName,
  report: Report,
): RegistryEntry | undefined {
  const id = `${wanted.namespace}/${wanted.name}`;
  const lines = readLines(text, file).filter(({ ns, name }) => `${ns}/${name}` === id);
  if (lines.length === 0) return undefined;
  const entry = entryOf(choose(lines, wanted, id, file), lines, file);
  if (entry.yanked) report(diagnose("modules/registry-yanked", { id, version: entry.version }, { file }));
  return entry;
}

function readLines(text: string, file: string): Line[] {
  const faults: Diagnostic[] = [];
  const lines = text.split(/\r?\n/).flatMap((content, position) => {
    if (content.trim() === "") return [];
    const line = position + 1;
    const fault = (reason: string) => {
      faults.push(diagnose("modules/registry-line", { line, reason }, { file, line }));
      return [];
    };
    let value: unknown;
    try {
      value = JSON.parse(content);
    } catch {
      return fault("it is not JSON");
    }
    const checked = v.safeParse(lineSchema, value);
    if (checked.success) return [{ ...checked.output, line }];
    const [issue] = checked.issues;
    return fault(`${v.getDotPath(issue) ?? "top level"}: ${issue.message}`);
  });
  if (faults.length > 0) throw new CompileError(faults);
  return lines;
}

function choose(lines: readonly Line[], { version }: RegistryName, id: string, file: string): Line {
  const versions = [...new Set(lines.map((line) => line.version))].sort(compare).reverse();
  if (version !== undefined) {
    const exact = lines.find((line) => line.version === version);
    if (exact !== undefined) return exact;
    const values = { id, version, known: versions };
    throw new CompileError([diagnose("modules/registry-version", values, { file })]);
  }
  const newest = versions.find((candidate) => !isYanked(lines, candidate));
  const line = lines.find((entry) => entry.version === newest);
  if (line === undefined) {
    throw new CompileError([diagnose("modules/registry-all-yanked", { id, versions }, { file })]);
  }
  return line;
}

/** A version may have a second line that takes the first one back. */
function isYanked(lines: readonly Line[], version: string): boolean {
  return lines.some((line) => line.version === version && line.yanked);
}

/** As Go's semver: a version that is none comes before all that are; `1.2` is short for `1.2.0`. */
function compare(a: string, b: string): number {
  const [left, right] = [a, b].map((text) =>
    parseVersion(text.replace(/^(\d+)$/, "$1.0.0").replace(/^(\d+\.\d+)$/, "$1.0")),
  );
  if (left && right) return compareVersions(left, right);
  return left ? 1 : right ? -1 : 0;
}

function entryOf({ version, addr, line }: Line, lines: readonly Line[], file: string): RegistryEntry {
  const address = parseReference(addr);
  if (address?.digest === undefined) {
    const reason = `${JSON.stringify(addr)} is not an image with a digest`;
    throw new CompileError([diagnose("modules/registry-line", { line, reason }, { file, line })]);
  }
  return { version, yanked: isYanked(lines, version), address: addr };
}
