import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import type { ByteString } from "../../layer/byte-string.ts";
import type { TreeEntry } from "../../layer/walk.ts";
import { sliceMatcher } from "./slice-pattern.ts";

/**
 * Divides the app's tree into one list of entries per slice, and what is left, each sorted by the bytes of the whole
 * path. A directory that a pattern matches comes with all below it; directories above what a slice holds are in it too.
 * In: the walk of the app's directory, itself first. Out: one list more than there are slices; any may be empty.
 * Throws CompileError `export/invalid-slice`. Source: CNB buildpack spec, launch.toml slices.
 */
export function sliceApp(
  app: readonly TreeEntry[],
  slices: readonly { readonly paths: readonly string[] }[],
): readonly (readonly TreeEntry[])[] {
  if (slices.length === 0) return [sorted(app)];
  const tree = new SlicedTree(app);
  const layers = slices.map(({ paths }) => tree.take(paths));
  return [...layers, tree.rest()];
}

class SlicedTree {
  readonly #root: ByteString;
  readonly #entries = new Map<ByteString, TreeEntry>();
  readonly #children = new Map<ByteString, ByteString[]>();
  readonly #taken = new Set<ByteString>();

  constructor(app: readonly TreeEntry[]) {
    this.#root = app[0]?.name ?? "";
    for (const entry of app) {
      this.#entries.set(entry.name, entry);
      if (entry.stats.isDirectory()) this.#children.set(entry.name, []);
      if (entry.name !== this.#root) this.#children.get(parentOf(entry.name))?.push(entry.name);
    }
  }

  /** What the patterns match and no earlier slice took. */
  take(patterns: readonly string[]): readonly TreeEntry[] {
    const names = new Set<ByteString>();
    for (const pattern of patterns) {
      const matches = sliceMatcher(pattern);
      for (const name of this.#entries.keys()) {
        if (name === this.#root) continue;
        const isMatch = matches(name.slice(this.#root.length + 1));
        if (isMatch === undefined) throw new CompileError([diagnose("export/invalid-slice", { pattern })]);
        if (isMatch) this.#add(name, names);
      }
    }
    const parents = new Set<ByteString>();
    for (const name of names) {
      for (let above = name; above !== this.#root; ) {
        above = parentOf(above);
        if (!names.has(above)) parents.add(above);
      }
    }
    // The deepest first: a directory counts as taken once all it holds is.
    for (const parent of [...parents].sort((a, b) => depthOf(b) - depthOf(a))) {
      if (this.#children.get(parent)?.every((child) => this.#taken.has(child))) this.#taken.add(parent);
    }
    return this.#sortedEntries([...names, ...parents]);
  }

  rest(): readonly TreeEntry[] {
    return this.#sortedEntries([...this.#entries.keys()].filter((name) => !this.#taken.has(name)));
  }

  #add(match: ByteString, names: Set<ByteString>): void {
    const pending = [match];
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (this.#taken.has(name)) continue;
      this.#taken.add(name);
      names.add(name);
      // One by one: a directory may hold more than a call takes arguments.
      for (const child of this.#children.get(name) ?? []) pending.push(child);
    }
  }

  #sortedEntries(names: readonly ByteString[]): readonly TreeEntry[] {
    return sorted(names.flatMap((name) => this.#entries.get(name) ?? []));
  }
}

function sorted(entries: readonly TreeEntry[]): readonly TreeEntry[] {
  return [...entries].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function parentOf(name: ByteString): ByteString {
  return name.slice(0, name.lastIndexOf("/"));
}

function depthOf(name: ByteString): number {
  return name.split("/").length;
}
