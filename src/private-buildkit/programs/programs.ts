import { readFileSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { basename, join } from "node:path";
import { execa } from "execa";
import * as v from "valibot";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import { systemReason } from "../../diagnostics/system-reason.ts";
import { optionVariable } from "../../options/table.ts";
import { present } from "../../present.ts";
import { fetchArchive, localArchive } from "./archive.ts";
import { findProgram, pathDirectories } from "./find-program.ts";
import { isTooOld, oldestBuildkit } from "./oldest-buildkit.ts";
import { keepPrograms, keptPrograms } from "./program-cache.ts";
import {
  type Architecture,
  type Archive,
  type ProgramList,
  programList,
  programListSchema,
  type Release,
  releaseHost,
} from "./program-list.ts";
import type { DownloadRequest, ProgramRequest } from "./program-request.ts";

/** Absolute paths. */
export interface BuildkitPrograms {
  readonly buildkitd: string;
  readonly buildctl: string;
  readonly runc: string;
  /** Absent: not asked for. */
  readonly rootlesskit?: string;
}

/** Names under which the programs go, the one in our list first. */
const runcNames = ["buildkit-runc", "runc"];
const clientNames = ["buildctl"];

const directoryVariable = optionVariable("programs");
const listVariable = optionVariable("programList");
const mirrorVariable = optionVariable("programMirror");

/**
 * Finds what a BuildKit consists of: in the directory that `CNB_DOCKERFILE_PROGRAMS` names, as programs or as archives of
 * a release; on the PATH; among those fetched before; else fetches it, unless that directory is named, which is the way to
 * do without a network. Throws CompileError, or TemporaryError where retrying can help.
 */
export async function findPrograms(request: ProgramRequest): Promise<BuildkitPrograms> {
  const { isRootless } = request;
  const source = new ProgramSource(request);
  // One after another: what is missing usually comes from one archive.
  const buildkitd = await source.find(["buildkitd"]);
  const buildctl = await source.find(clientNames);
  const runc = await source.find(runcNames);
  if (!isRootless) return { buildkitd, buildctl, runc };
  return { buildkitd, buildctl, runc, rootlesskit: await source.find(["rootlesskit"]) };
}

/** Finds BuildKit's client alone, in the same places. Throws as `findPrograms` does. */
export function findClient(request: DownloadRequest): Promise<string> {
  return new ProgramSource(request).find(clientNames);
}

/**
 * As `findPrograms`, but downloads nothing. Absent: a program that would be downloaded. Throws CompileError where
 * `findPrograms` could not get one either.
 */
export async function programsHere(request: ProgramRequest): Promise<Partial<BuildkitPrograms>> {
  const source = new ProgramSource(request);
  const { isRootless } = request;
  const buildkitd = await source.findHere(["buildkitd"]);
  const buildctl = await source.findHere(clientNames);
  const runc = await source.findHere(runcNames);
  const rootlesskit = isRootless ? await source.findHere(["rootlesskit"]) : undefined;
  return present({ buildkitd, buildctl, runc, rootlesskit });
}

/** As `findClient`, but downloads nothing. Undefined: it would be downloaded. */
export function clientHere(request: DownloadRequest): Promise<string | undefined> {
  return new ProgramSource(request).findHere(clientNames);
}

class ProgramSource {
  readonly #request: DownloadRequest;
  readonly #directory = process.env[directoryVariable] || undefined;
  #list: ProgramList | undefined;

  constructor(request: DownloadRequest) {
    this.#request = request;
  }

  /** In: the names a program goes by, the one in the list first. */
  async find(names: readonly string[]): Promise<string> {
    const here = await this.findHere(names);
    if (here !== undefined) return here;
    const [name = ""] = names;
    const { release, archive } = this.#releaseWith(name);
    const file = await fetchArchive(release, archive, this.#request);
    return join(await this.#keep(file, release, archive), name);
  }

  /** Without a download. Undefined: it takes one. */
  async findHere(names: readonly string[]): Promise<string | undefined> {
    const [name = ""] = names;
    const own = this.#directory === undefined ? undefined : findProgram(names, [this.#directory]);
    if (own !== undefined) return own;
    const installed = findProgram(names, pathDirectories());
    if (installed !== undefined && (await this.#isNewEnough(name, installed))) return installed;
    const { release, archive } = this.#releaseWith(name);
    const kept =
      keptPrograms(release, archive, this.#request.report) ??
      (this.#directory === undefined ? undefined : await this.#unpack(this.#directory, release, archive));
    return kept === undefined ? undefined : join(kept, name);
  }

  /** Takes an archive of the user's directory. Out: the directory of its programs. */
  async #unpack(directory: string, release: Release, archive: Archive): Promise<string> {
    const file = await localArchive(join(directory, basename(new URL(archive.url).pathname)), archive);
    if (file === undefined) {
      const programs = Object.keys(release.members).join(", ");
      throw new CompileError([
        diagnose(
          "engines/no-programs-there",
          { directory, programs, archive: basename(archive.url) },
          { file: directoryVariable },
        ),
      ]);
    }
    return await this.#keep(file, release, archive);
  }

  /** Closes the archive. Out: the directory of its programs. */
  async #keep(file: FileHandle, release: Release, archive: Archive): Promise<string> {
    try {
      return await keepPrograms(file, release, archive, this.#request.report);
    } finally {
      await file.close();
    }
  }

  #releaseWith(name: string): { readonly release: Release; readonly archive: Archive } {
    const architecture = ownArchitecture();
    this.#list ??= readList();
    for (const release of this.#list.releases) {
      const archive = architecture === undefined ? undefined : release.archives[architecture];
      if (release.members[name] !== undefined && archive !== undefined) return { release, archive };
    }
    throw new CompileError([diagnose("engines/no-release", { program: name, architecture: process.arch })]);
  }

  /** Only BuildKit's own programs have a version that matters. */
  async #isNewEnough(name: string, program: string): Promise<boolean> {
    if (name !== "buildkitd" && name !== "buildctl") return true;
    const { stdout } = await execa(program, ["--version"], { reject: false, stdin: "ignore" });
    const [, version] = / v?(\d+\.\d+\.\S*)/.exec(stdout) ?? [];
    if (version === undefined || !isTooOld(version)) return true;
    const oldest = `${oldestBuildkit}.0`;
    this.#request.report(diagnose("engines/old-program", { program, version, oldest }, { file: program }));
    return false;
  }
}

function ownArchitecture(): Architecture | undefined {
  switch (process.arch) {
    case "x64":
      return "amd64";
    case "arm64":
      return "arm64";
    default:
      return undefined;
  }
}

/** The user's list in place of ours; ours with another server. Throws CompileError where they cannot be used. */
function readList(): ProgramList {
  const { [listVariable]: file, [mirrorVariable]: mirror } = process.env;
  if (file) return readListFile(file);
  if (!mirror) return programList;
  const url = mirror.replace(/\/+$/, "");
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new CompileError([diagnose("engines/bad-mirror", { text: mirror }, { file: mirrorVariable })]);
  }
  const text = JSON.stringify(programList).replaceAll(`"${releaseHost}/`, `"${url}/`);
  return v.parse(programListSchema, JSON.parse(text));
}

function readListFile(file: string): ProgramList {
  const bad = (reason: string, cause?: unknown) =>
    new CompileError([diagnose("engines/bad-program-list", { file, reason }, { file: listVariable })], {
      cause,
    });
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw bad(
      error instanceof SyntaxError ? `it is not JSON (${error.message})` : systemReason(error),
      error,
    );
  }
  const read = v.safeParse(programListSchema, value);
  if (read.success) return read.output;
  const [issue] = read.issues;
  throw bad(`${v.getDotPath(issue) ?? "it"}: ${issue.message}`);
}
