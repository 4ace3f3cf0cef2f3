import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Makes a directory what `git init` and `git remote add origin` would make it, without git. In: absent remote: none. */
export function writeClone(directory: string, remote?: string): void {
  const own = join(directory, ".git");
  for (const name of ["objects", "refs"]) mkdirSync(join(own, name), { recursive: true });
  writeFileSync(join(own, "HEAD"), "ref: refs/heads/main\n");
  const origin = remote === undefined ? "" : `[remote "origin"]\n\turl = ${remote}\n`;
  writeFileSync(join(own, "config"), `[core]\n\trepositoryformatversion = 0\n\tbare = false\n${origin}`);
}
