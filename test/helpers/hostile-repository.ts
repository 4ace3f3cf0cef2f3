import { chmodSync, cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { git } from "./git.ts";
import { type ProgramSetting, programSettings } from "./git-settings.ts";

/** A directory that a stranger has made, and what shows that something of it was run. */
export interface HostileRepository {
  readonly directory: string;
  /** Names of what was run or written, sorted. */
  readonly markers: () => readonly string[];
  /** Forgets them. */
  readonly clear: () => void;
}

/**
 * What is hostile besides the configuration: `missing`: HEAD is a commit that has to be fetched; `signed`: HEAD is a commit
 * with a signature; `worktree`: `.git` is a file and leads to the repository; `bare`: the directory itself is a repository
 * without a working tree; `committed`: no repository, but all that a commit can hold.
 */
export const hostileKinds = ["missing", "signed", "worktree", "bare", "committed"] as const;
export type HostileKind = (typeof hostileKinds)[number];

/** Names of hooks. Source: githooks(5). */
const hooks = [
  ...[
    "applypatch-msg",
    "commit-msg",
    "fsmonitor-watchman",
    "post-applypatch",
    "post-checkout",
    "post-commit",
  ],
  ...["post-index-change", "post-merge", "post-receive", "post-rewrite", "post-update", "pre-applypatch"],
  ...[
    "pre-auto-gc",
    "pre-commit",
    "pre-merge-commit",
    "pre-push",
    "pre-rebase",
    "pre-receive",
    "prepare-commit-msg",
  ],
  ...["proc-receive", "push-to-checkout", "reference-transaction", "sendemail-validate", "update"],
];

/** In: a directory that is there for it; files of the project, by path; settings to plant. */
export async function makeHostileRepository(
  place: string,
  kind: HostileKind,
  files: Readonly<Record<string, string>>,
  settings: readonly ProgramSetting[] = programSettings,
): Promise<HostileRepository> {
  const directory = join(place, "project");
  const [aside, seen] = [join(place, "files"), join(place, "markers")];
  for (const path of [directory, aside, seen]) mkdirSync(path, { recursive: true });
  // Whoever runs them can leave his sign.
  chmodSync(seen, 0o777);
  // Whoever wants what is missing has to ask a repository on this disk, by a program that is named.
  const remote = kind === "missing" ? aside : "https://git.example/acme/shop.git";
  const config = `[remote "origin"]\nurl = ${remote}\n${plant(aside, seen, settings)}`;
  for (const [name, text] of Object.entries({ ...committed(aside), ...files })) {
    writeFileSync(join(directory, name), text);
  }
  await git(directory, "init", "-q", "--initial-branch=main");
  await git(directory, "add", ".");
  await git(directory, "commit", "-qm", "first");
  const dotGit = join(directory, ".git");
  plantHooks(join(dotGit, "hooks"), seen, "hook");
  if (kind === "signed") await sign(directory);
  if (kind === "missing") writeFileSync(join(dotGit, "HEAD"), `${"de".repeat(20)}\n`);
  if (kind === "committed") await embed(directory);
  writeFileSync(join(dotGit, "config"), config);
  writeFileSync(join(dotGit, "config.worktree"), config);
  switch (kind) {
    case "missing":
    case "signed":
      break;
    case "worktree":
      cpSync(dotGit, join(aside, "repository"), { recursive: true });
      rmSync(dotGit, { recursive: true });
      writeFileSync(dotGit, `gitdir: ${join(aside, "repository")}\n`);
      break;
    case "bare":
      for (const name of readdirSync(dotGit))
        cpSync(join(dotGit, name), join(directory, name), { recursive: true });
      rmSync(dotGit, { recursive: true });
      break;
    case "committed":
      writeFileSync(join(directory, "embedded", "config"), config);
      rmSync(dotGit, { recursive: true });
      break;
  }
  return {
    directory,
    markers: () => readdirSync(seen).sort(),
    clear: () => {
      for (const name of readdirSync(seen)) rmSync(join(seen, name));
    },
  };
}

/** The configuration, with a program for each setting that leaves its name in `seen`. */
function plant(aside: string, seen: string, settings: readonly ProgramSetting[]): string {
  plantHooks(join(aside, "hooks"), seen, "hooksPath");
  plantHooks(join(aside, "template", "hooks"), seen, "templateDir");
  writeFileSync(join(aside, "attributes"), "* filter=hostile diff=hostile merge=hostile\n");
  const lines = settings.flatMap(({ name, lines: own }, index) => {
    const marker = `${index}-${name.replace(/[^A-Za-z0-9.-]+/g, "_")}`;
    const program = join(aside, marker);
    writeProgram(program, join(seen, marker));
    return own.map((line) =>
      line.replaceAll("PROGRAM", program).replaceAll("FILES", aside).replaceAll("MARKERS", seen),
    );
  });
  const text = `${lines.join("\n")}\n`;
  const include = /\[include[\s\S]*?\n(?=\[)/g;
  for (const name of ["included", "included-if"]) writeFileSync(join(aside, name), text.replace(include, ""));
  return text;
}

function plantHooks(directory: string, seen: string, kind: string): void {
  mkdirSync(directory, { recursive: true });
  for (const name of hooks) writeProgram(join(directory, name), join(seen, `${kind}-${name}`));
}

function writeProgram(path: string, marker: string): void {
  writeFileSync(path, `#!/bin/sh\n: > '${marker}'\nexit 1\n`);
  chmodSync(path, 0o755);
}

/** Files of a commit that git acts upon. */
function committed(aside: string): Record<string, string> {
  return {
    ".gitattributes": "* filter=hostile diff=hostile merge=hostile\n",
    ".gitmodules": `[submodule "hostile"]\npath = sub\nurl = ext::${aside}/x\nupdate = !${aside}/x\n`,
    ".lfsconfig": `[lfs "customtransfer.x"]\npath = ${aside}/x\n`,
    "app.txt": "app\n",
  };
}

/** A repository without a working tree among the files, which a commit can hold. */
async function embed(directory: string): Promise<void> {
  const bare = join(directory, "embedded");
  await git(directory, "init", "-q", "--bare", "embedded");
  await git(directory, "-c", "core.hooksPath=/dev/null", "push", "-q", "./embedded", "HEAD:refs/heads/main");
  writeFileSync(join(bare, "HEAD"), `${"de".repeat(20)}\n`);
  for (const path of ["refs/heads", "objects/info"]) writeFileSync(join(bare, path, "kept"), "");
}

/** HEAD becomes a commit with a signature, which nobody has made. */
async function sign(directory: string): Promise<void> {
  const commit = await git(directory, "cat-file", "commit", "HEAD");
  const signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n iQ==\n -----END PGP SIGNATURE-----";
  const input = `${commit.replace(/^(committer .*)$/m, `$1\n${signature}`)}\n`;
  const { stdout } = await execa("git", ["hash-object", "-t", "commit", "-w", "--stdin"], {
    cwd: directory,
    input,
  });
  writeFileSync(join(directory, ".git", "HEAD"), `${stdout.trim()}\n`);
}
