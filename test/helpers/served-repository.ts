import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { git } from "./git.ts";

/** Makes a repository of one commit below `place`. In: its files. Out: a directory for a git server, with `app.git` in it. */
export async function makeServedRepository(
  place: string,
  files: Readonly<Record<string, string | Buffer>>,
): Promise<string> {
  const work = join(place, "work");
  const served = join(place, "served");
  for (const directory of [work, served]) mkdirSync(directory);
  await git(work, "init", "--quiet", "--initial-branch=main");
  for (const [name, content] of Object.entries(files)) writeFileSync(join(work, name), content);
  await git(work, "add", ".");
  await git(work, "commit", "--quiet", "--message=x");
  await git(work, "clone", "--quiet", "--bare", ".", join(served, "app.git"));
  return served;
}
