import { chmodSync, existsSync, lstatSync, mkdirSync, realpathSync } from "node:fs";
import { LostModes } from "../../contract/source-files.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import type { Report } from "../../diagnostics/diagnostic.ts";
import { type ByteString, byteStringOf, bytesOf, textOf } from "../../layer/byte-string.ts";
import { type TreeEntry, walkTree } from "../../layer/walk.ts";
import { type CopyTotals, copyTree, sameMode } from "../copy-tree.ts";
import { reportLeftOut } from "../left-out.ts";
import { isGenerated } from "./generated-files.ts";
import { type PathMatcher, pathMatcher } from "./ignore-patterns.ts";
import { cloneMode, noting } from "./source-modes.ts";

export interface SourceRequest {
  readonly from: ByteString;
  readonly to: ByteString;
  /** Not both are non-empty; when they are, `exclude` decides, as in pack. */
  readonly exclude: readonly string[];
  readonly include: readonly string[];
  /** The project descriptor, relative to `from`. Absent: `project.toml`. */
  readonly descriptor?: string;
  readonly keepGitDirectory: boolean;
  readonly keepModes: boolean;
  /** Of `to` itself. */
  readonly mode: number;
  /** Whether the app may run as another user than its owner, so that it matters who else can write. */
  readonly runsAsOther: boolean;
}

interface SourceTotals extends CopyTotals {
  /** Files, links and directories that did not come along; a `.git` counts once. */
  readonly leftOut: number;
}

/** Where buildpacks look for the descriptor. Source: project descriptor spec. */
const descriptorName = "project.toml";

/**
 * Copies the app's source as the buildpacks are to see it: filtered as pack does, with the modes that any clone of it
 * gets, times kept. The descriptor always comes along, as `project.toml`; what `generate` wrote does not. Throws node's error where a file is unreadable.
 */
export function copySource(request: SourceRequest, report: Report): SourceTotals {
  const descriptor = findDescriptor(request);
  if (
    request.descriptor !== undefined &&
    !existsSync(bytesOf(`${request.from}/${byteStringOf(request.descriptor)}`))
  ) {
    report(diagnose("export/descriptor-missing", { path: request.descriptor }));
  }
  const selection = new Selection(request, descriptor);
  mkdirSync(bytesOf(request.to), { recursive: true });
  const lost = new LostModes();
  const totals = copyTree(noting(lost, selection.entries()), request.to, {
    mode: request.keepModes ? sameMode : cloneMode,
    onLeftOut: ({ name }, kind) => {
      selection.leftOut += 1;
      reportLeftOut(textOf(name.slice(1)), kind, report);
    },
  });
  chmodSync(bytesOf(request.to), request.mode);
  if (!request.keepModes) reportModes(lost, request, report);
  if (totals.files === 0 || (totals.files === 1 && existsSync(bytesOf(`${request.to}/${descriptorName}`)))) {
    report(diagnose("export/empty-source", undefined));
  }
  return { ...totals, leftOut: selection.leftOut };
}

function reportModes(lost: LostModes, { runsAsOther }: SourceRequest, report: Report): void {
  const shown = (paths: readonly ByteString[]) => ({
    paths: paths.slice(0, 3).map(textOf),
    count: paths.length,
  });
  if (runsAsOther && lost.writable.length > 0) {
    report(diagnose("export/write-dropped", shown(lost.writable)));
  }
  if (lost.closed.length > 0) report(diagnose("export/made-readable", shown(lost.closed)));
}

/** A descriptor that is named otherwise, as the regular file it is or leads to inside the source. */
function findDescriptor({ from, descriptor }: SourceRequest): TreeEntry | undefined {
  const relative = byteStringOf(descriptor ?? descriptorName).replace(/^(\.\/)+/, "");
  if (relative === descriptorName) return undefined;
  try {
    const path = realpathSync(bytesOf(`${from}/${relative}`), { encoding: "latin1" });
    const root = realpathSync(bytesOf(from), { encoding: "latin1" });
    const stats = lstatSync(bytesOf(path));
    // Its links elsewhere in the tree do not matter: it is a copy of its own.
    return stats.isFile() && path.startsWith(`${root}/`)
      ? { path, name: `/${descriptorName}`, stats: Object.assign(stats, { nlink: 1 }) }
      : undefined;
  } catch {
    // It may lie outside of what is built: the compiler has read it already.
    return undefined;
  }
}

/** Goes through the source and says what comes along. */
class Selection {
  leftOut = 0;
  readonly #request: SourceRequest;
  readonly #descriptor: TreeEntry | undefined;
  readonly #keeps: PathMatcher;

  constructor(request: SourceRequest, descriptor: TreeEntry | undefined) {
    this.#request = request;
    this.#descriptor = descriptor;
    this.#keeps = keepMatcher(request);
  }

  /** In the order of the walk; a directory that was left out comes along once something below it does. */
  *entries(): Generator<TreeEntry, void, undefined> {
    const waiting: TreeEntry[] = [];
    let gitDirectory: ByteString | undefined;
    for (const entry of walkTree(this.#request.from, "")) {
      if (gitDirectory !== undefined && entry.name.startsWith(gitDirectory)) continue;
      while (waiting.length > 0 && !isBelow(entry, waiting.at(-1))) {
        waiting.pop();
        this.leftOut += 1;
      }
      if (!this.#request.keepGitDirectory && /\/\.git$/.test(entry.name)) {
        gitDirectory = `${entry.name}/`;
        this.leftOut += 1;
      } else if (this.#isReplaced(entry) || isDeadDescriptor(entry) || isGenerated(entry)) {
        this.leftOut += 1;
      } else if (this.#isKept(entry)) {
        yield* waiting.splice(0);
        yield entry;
      } else if (entry.stats.isDirectory()) {
        waiting.push(entry);
      } else {
        this.leftOut += 1;
      }
    }
    this.leftOut += waiting.length;
    if (this.#descriptor !== undefined) yield this.#descriptor;
  }

  #isReplaced({ name }: TreeEntry): boolean {
    if (this.#descriptor === undefined) return false;
    return name === `/${descriptorName}` || name.startsWith(`/${descriptorName}/`);
  }

  #isKept({ name }: TreeEntry): boolean {
    if (name === "") return true;
    return name === `/${descriptorName}` || this.#keeps(textOf(name.slice(1)));
  }
}

/** A link out of the source: the compiler has read what it leads to, and `detect` puts that in its place. */
function isDeadDescriptor({ name, path, stats }: TreeEntry): boolean {
  return name === `/${descriptorName}` && stats.isSymbolicLink() && !existsSync(bytesOf(path));
}

function keepMatcher({ exclude, include }: SourceRequest): PathMatcher {
  if (exclude.length > 0) {
    const excludes = pathMatcher(exclude);
    return (path) => !excludes(path);
  }
  return include.length > 0 ? pathMatcher(include) : () => true;
}

function isBelow(entry: TreeEntry, directory: TreeEntry | undefined): boolean {
  return directory !== undefined && entry.name.startsWith(`${directory.name}/`);
}
