import { type GitBudget, GitLimitError } from "./git-budget.ts";
import type { GitProgram } from "./git-program.ts";

/** Where another repository's commit belongs in a tree. */
export interface TreeLink {
  /** Below the tree, with `/`. */
  readonly path: string;
  readonly commit: string;
}

/** Longer than any file system takes, so that no path of a tree fills our memory. */
const maxEntryBytes = 64 * 2 ** 10;

/**
 * Counts what a commit's tree becomes, before it is one. A tree can name another many times over, so that a small pack has
 * more entries than there are bytes on any disk. Out: its submodules and
 * its size, or why git cannot read it. Throws GitLimitError.
 */
export async function measureTree(
  git: GitProgram,
  tree: string,
  commit: string,
  budget: GitBudget,
): Promise<
  { readonly links: readonly TreeLink[]; readonly sizeBytes: number } | { readonly stderr: string }
> {
  const links: TreeLink[] = [];
  let all = 0;
  let rest: Buffer = Buffer.alloc(0);
  const take = (piece: Buffer) => {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    let start = 0;
    for (let end = rest.indexOf(0); end !== -1; end = rest.indexOf(0, start)) {
      const { link, sizeBytes } = readEntry(rest.subarray(start, end));
      budget.countEntry(sizeBytes);
      all += sizeBytes;
      if (link !== undefined) links.push(link);
      start = end + 1;
    }
    rest = rest.subarray(start);
    if (rest.length > maxEntryBytes) throw new GitLimitError("path", "it has a path of more than 64 KiB");
  };
  const words = ["ls-tree", "-r", "-t", "-l", "-z", "--full-tree", "--end-of-options", commit];
  const { isSuccess, stderr } = await git.close(words, tree, take);
  return isSuccess ? { links, sizeBytes: all } : { stderr };
}

/** Source: git-ls-tree(1), "OUTPUT FORMAT" with `-l`. */
function readEntry(entry: Buffer): { readonly link?: TreeLink; readonly sizeBytes: number } {
  const tab = entry.indexOf(9);
  const [, type, commit = "", size] = entry.subarray(0, tab).toString("latin1").split(/ +/);
  if (type === "commit")
    return { link: { path: entry.subarray(tab + 1).toString("utf8"), commit }, sizeBytes: 0 };
  return { sizeBytes: type === "blob" ? Number(size) : 0 };
}
