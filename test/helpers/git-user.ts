import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** Our program, as it is packed. */
export const program = join(import.meta.dirname, "..", "..", "dist", "main.js");

/** A user whose git keeps the passwords that it is told. */
export interface GitUser {
  readonly home: string;
  readonly temporary: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Whatever must not be seen. */
  readonly secrets: readonly string[];
  readonly start: (url: string) => ChildProcess;
}

export function newGitUser(place: string, secrets: readonly string[]): GitUser {
  const home = mkdtempSync(join(place, "home-"));
  const temporary = join(home, "tmp");
  mkdirSync(temporary);
  mkdirSync(join(home, "elsewhere"));
  writeFileSync(join(home, ".gitconfig"), "[credential]\nhelper = store\n");
  const environment = { PATH: process.env.PATH, HOME: home, TMPDIR: temporary, GIT_CONFIG_NOSYSTEM: "1" };
  return {
    ...{ home, temporary, environment, secrets },
    start: (url) =>
      spawn(process.execPath, ["--", program, "build", "--dry-run", "--engine=buildkit", "--git", url], {
        cwd: join(home, "elsewhere"),
        env: environment,
        // As a shell starts it: a group of its own, which Ctrl-C reaches as a whole.
        ...{ detached: true, stdio: ["ignore", "pipe", "pipe"] },
      }),
  };
}

export function readProcess(pid: number, file: "cmdline" | "environ"): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    return "";
  }
}

/** Processes of a user, known by his home. Zombies have none. */
export function processesOf({ home }: GitUser): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => readProcess(pid, "environ").includes(`HOME=${home}\0`));
}

/** Where the password can be read in what is started. */
export function exposed(user: GitUser, own: number | undefined, processes = processesOf(user)): string[] {
  return processes
    .filter((pid) => pid !== own)
    .flatMap((pid) =>
      (["cmdline", "environ"] as const).flatMap((file) => {
        const text = readProcess(pid, file);
        return user.secrets.some((secret) => text.includes(secret))
          ? [`${file} of ${text.replaceAll("\0", " ")}`]
          : [];
      }),
    );
}

/** Every file below a directory, however it changes meanwhile. */
function filesBelow(directory: string): string[] {
  const read = () => {
    try {
      return readdirSync(directory, { withFileTypes: true });
    } catch {
      return [];
    }
  };
  return read().flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

/** Files of a user that hold the password. */
export function filesWithSecret(user: GitUser): string[] {
  return filesBelow(user.home).filter((path) => {
    try {
      const text = readFileSync(path, "latin1");
      return user.secrets.some((secret) => text.includes(secret));
    } catch {
      return false;
    }
  });
}

export const ownDirectories = ({ temporary }: GitUser) =>
  readdirSync(temporary).filter((name) => name.startsWith("cnb-dockerfile-"));

export async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 60_000; !condition(); await pause(20)) {
    if (Date.now() > end) throw new Error("it never came");
  }
}

/** Runs to the end; looks all the while. Out: what was said, what could be read where, and our own arguments at last. */
export async function watchRun(user: GitUser, url: string) {
  const child = user.start(url);
  const ended = once(child, "close");
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (piece) => (said += piece));
  const found = new Set<string>();
  let [looks, sawHelper, ownArguments] = [0, false, ""];
  while (child.exitCode === null && child.signalCode === null) {
    const processes = processesOf(user);
    for (const one of exposed(user, child.pid, processes)) found.add(one);
    for (const path of filesWithSecret(user)) found.add(path);
    const isFetching = processes.some((pid) => readProcess(pid, "cmdline").includes("remote-http"));
    sawHelper ||= isFetching;
    if (isFetching) ownArguments = readProcess(child.pid ?? 0, "cmdline");
    looks++;
    await pause(5);
  }
  await ended;
  return { said, found: [...found], looks, sawHelper, ownArguments };
}
