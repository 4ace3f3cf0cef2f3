import type { GitBudget } from "./git-budget.ts";
import { GitLimitError } from "./git-limit-error.ts";
import type { GitProgram } from "./git-program.ts";

/** Where another repository's commit belongs in a tree. */
export interface TreeLink {
  /** Below the tree, with `/`. */
  readonly path: string;
  readonly commit: string;
}

/** Longer than any system takes. Source: PATH_MAX of Linux, four times that of macOS. */
const maxPathBytes = 4096;

/** Of mode, type, object and size, before the path. */
const maxHeadBytes = 200;

/** Submodules are few, and their paths are all kept. A tree can be named many times over, and each name makes other paths. */
const maxLinkBytes = 16 * 2 ** 20;

interface MeasuredTree {
  readonly links: readonly TreeLink[];
  /** Of its files, as git keeps them. */
  readonly sizeBytes: number;
  readonly entries: number;
  /** Whether attributes may make files larger when they are written. */
  readonly mayGrow: boolean;
}

/**
 * Counts what a commit's tree becomes, before it is one. A tree can name another many times over, so that a small pack has
 * more entries than there are bytes on any disk. Out: its submodules, its size, and whether its files may become larger than
 * that; or why git cannot read it. Throws GitLimitError.
 */
export async function measureTree(
  git: GitProgram,
  tree: string,
  commit: string,
  budget: GitBudget,
): Promise<MeasuredTree | { readonly stderr: string }> {
  const links: TreeLink[] = [];
  let [all, entries, linkBytes, mayGrow] = [0, 0, 0, false];
  let rest: Buffer = Buffer.alloc(0);
  const take = (piece: Buffer) => {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    let start = 0;
    for (let end = rest.indexOf(0); end !== -1; end = rest.indexOf(0, start)) {
      const { type, path, commit, sizeBytes } = readEntry(rest.subarray(start, end));
      if (path.length > maxPathBytes) throw tooLong();
      budget.countEntry(sizeBytes);
      all += sizeBytes;
      entries += 1;
      mayGrow ||= /\.gitattributes$/i.test(path.subarray(-14).toString("latin1"));
      if (type === "commit") {
        linkBytes += path.length + commit.length;
        if (linkBytes > maxLinkBytes)
          throw new GitLimitError("path", "the paths of its submodules have more than 16 MiB");
        links.push({ path: path.toString("utf8"), commit });
      }
      start = end + 1;
    }
    rest = rest.subarray(start);
    if (rest.length > maxPathBytes + maxHeadBytes) throw tooLong();
  };
  const words = ["ls-tree", "-r", "-t", "-l", "-z", "--full-tree", "--end-of-options", commit];
  const { isSuccess, stderr } = await git.close(words, tree, { onOutput: take });
  return isSuccess ? { links, sizeBytes: all, entries, mayGrow } : { stderr };
}

function tooLong(): GitLimitError {
  return new GitLimitError("path", `it has a path of more than ${maxPathBytes} bytes`);
}

/** Source: git-ls-tree(1), "OUTPUT FORMAT" with `-l`. */
function readEntry(entry: Buffer): {
  readonly type: string;
  readonly commit: string;
  readonly path: Buffer;
  readonly sizeBytes: number;
} {
  const tab = entry.indexOf(9);
  const [, type = "", commit = "", size] = entry.subarray(0, tab).toString("latin1").split(/ +/);
  return { type, commit, path: entry.subarray(tab + 1), sizeBytes: type === "blob" ? Number(size) : 0 };
}
