import { readFileSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { basename, join } from "node:path";
import { execa } from "execa";
import * as v from "valibot";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import { systemReason } from "../../diagnostics/system-reason.ts";
import { optionVariable } from "../../options/table.ts";
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

/** Names under which each goes, the one in our list first. */
const programNames = {
  buildkitd: ["buildkitd"],
  buildctl: ["buildctl"],
  runc: ["buildkit-runc", "runc"],
  rootlesskit: ["rootlesskit"],
} as const satisfies Record<keyof BuildkitPrograms, readonly string[]>;
type Program = keyof BuildkitPrograms;

const daemonPrograms = ["buildkitd", "buildctl", "runc"] as const;

const directoryVariable = optionVariable("programs");
const listVariable = optionVariable("programList");
const mirrorVariable = optionVariable("programMirror");

/**
 * Finds what a BuildKit consists of: in the directory that `CNB_DOCKERFILE_PROGRAMS` names, as programs or as archives of
 * a release; on the PATH; among those fetched before; else fetches it, unless that directory is named, which is the way to
 * do without a network. Throws CompileError, or TemporaryError where retrying can help.
 */
export function findPrograms(request: ProgramRequest): Promise<BuildkitPrograms> {
  const source = new ProgramSource(request);
  return request.isRootless ? source.find([...daemonPrograms, "rootlesskit"]) : source.find(daemonPrograms);
}

/** Finds BuildKit's client alone, in the same places. Throws as `findPrograms` does. */
export async function findClient(request: DownloadRequest): Promise<string> {
  return (await new ProgramSource(request).find(["buildctl"])).buildctl;
}

/**
 * As `findPrograms`, but downloads nothing. Absent: a program that would be downloaded. Throws CompileError where
 * `findPrograms` could not get one either.
 */
export function programsHere(request: ProgramRequest): Promise<Partial<BuildkitPrograms>> {
  const source = new ProgramSource(request);
  return source.findHere(request.isRootless ? [...daemonPrograms, "rootlesskit"] : daemonPrograms);
}

/** As `findClient`, but downloads nothing. Undefined: it would be downloaded. */
export async function clientHere(request: DownloadRequest): Promise<string | undefined> {
  return (await new ProgramSource(request).findHere(["buildctl"])).buildctl;
}

/** An archive, and the release that it is of. */
interface Packed {
  readonly release: Release;
  readonly archive: Archive;
}

class ProgramSource {
  readonly #request: DownloadRequest;
  readonly #directory = process.env[directoryVariable] || undefined;
  #list: ProgramList | undefined;

  constructor(request: DownloadRequest) {
    this.#request = request;
  }

  async find<Wanted extends Program>(wanted: readonly Wanted[]): Promise<Record<Wanted, string>> {
    const here: Partial<Record<Wanted, string>> = await this.findHere(wanted);
    const found: [Wanted, string][] = [];
    // One after another: what is missing usually comes from one archive.
    for (const program of wanted) found.push([program, here[program] ?? (await this.#fetch(program))]);
    return Object.fromEntries(found) as Record<Wanted, string>;
  }

  /** Without a download. Absent: it takes one. Throws CompileError with all that the user's directory lacks. */
  async findHere<Wanted extends Program>(
    wanted: readonly Wanted[],
  ): Promise<Partial<Record<Wanted, string>>> {
    const found: [Wanted, string][] = [];
    const lacking = new Map<Archive, string[]>();
    for (const program of wanted) {
      const path = (await this.#findInstalled(program)) ?? (await this.#findPacked(program));
      if (path !== undefined) found.push([program, path]);
      else if (this.#directory !== undefined) {
        const { archive } = this.#releaseWith(program);
        lacking.set(archive, [...(lacking.get(archive) ?? []), programNames[program][0]]);
      }
    }
    if (lacking.size === 0) return Object.fromEntries(found) as Partial<Record<Wanted, string>>;
    throw new CompileError(
      Array.from(lacking, ([archive, programs]) => {
        const values = { directory: this.#directory ?? "", programs, archive: fileName(archive) };
        return diagnose("engines/no-programs-there", values, { file: directoryVariable });
      }),
    );
  }

  async #findInstalled(program: Program): Promise<string | undefined> {
    const names = programNames[program];
    const own = this.#directory === undefined ? undefined : findProgram(names, [this.#directory]);
    if (own !== undefined) return own;
    const installed = findProgram(names, pathDirectories());
    return installed !== undefined && (await this.#isNewEnough(program, installed)) ? installed : undefined;
  }

  /** One that is kept, or comes from an archive in the user's directory. */
  async #findPacked(program: Program): Promise<string | undefined> {
    const { release, archive } = this.#releaseWith(program);
    const kept = keptPrograms(release, archive, this.#request.report);
    if (kept !== undefined) return join(kept, programNames[program][0]);
    if (this.#directory === undefined) return undefined;
    const file = await localArchive(join(this.#directory, fileName(archive)), archive);
    if (file === undefined) return undefined;
    return join(await this.#keep(file, { release, archive }), programNames[program][0]);
  }

  async #fetch(program: Program): Promise<string> {
    const { release, archive } = this.#releaseWith(program);
    const kept =
      keptPrograms(release, archive, this.#request.report) ??
      (await this.#keep(await fetchArchive(release, archive, this.#request), { release, archive }));
    return join(kept, programNames[program][0]);
  }

  /** Closes the archive. Out: the directory of its programs. */
  async #keep(file: FileHandle, { release, archive }: Packed): Promise<string> {
    try {
      return await keepPrograms(file, release, archive, this.#request.report);
    } finally {
      await file.close();
    }
  }

  #releaseWith(program: Program): Packed {
    const [name] = programNames[program];
    const architecture = ownArchitecture();
    this.#list ??= readList();
    for (const release of this.#list.releases) {
      const archive = architecture === undefined ? undefined : release.archives[architecture];
      if (release.members[name] !== undefined && archive !== undefined) return { release, archive };
    }
    throw new CompileError([diagnose("engines/no-release", { program: name, architecture: process.arch })]);
  }

  /** Only BuildKit's own programs have a version that matters. */
  async #isNewEnough(name: Program, program: string): Promise<boolean> {
    if (name !== "buildkitd" && name !== "buildctl") return true;
    const { stdout } = await execa(program, ["--version"], { reject: false, stdin: "ignore" });
    const [, version] = / v?(\d+\.\d+\.\S*)/.exec(stdout) ?? [];
    if (version === undefined || !isTooOld(version)) return true;
    const oldest = `${oldestBuildkit}.0`;
    this.#request.report(diagnose("engines/old-program", { program, version, oldest }, { file: program }));
    return false;
  }
}

function fileName({ url }: Archive): string {
  return basename(new URL(url).pathname);
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
