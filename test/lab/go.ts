import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { execaOnMachine } from "./machine.ts";
import { cacheDirectory } from "./paths.ts";

/** What Go keeps of sources and of compiled packages while it builds the lab's programs: up to 14 GB, which no test needs. */
const kept = join(cacheDirectory, "go");

/** Held, shared, by each `go` that runs. */
const lock = join(cacheDirectory, "go.lock");

interface GoOptions {
  readonly cwd: string;
  /** Over the machine's own variables. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs `go` apart from its user's own caches, so that what it keeps can go: see {@link clearGoCaches}. Out: its standard output. */
export async function go(words: readonly string[], { cwd, env }: GoOptions): Promise<string> {
  await mkdir(cacheDirectory, { recursive: true });
  const own = { GOCACHE: join(kept, "build"), GOMODCACHE: join(kept, "modules"), GOWORK: "off" };
  const { stdout } = await execaOnMachine("flock", ["--shared", lock, "go", ...words], {
    cwd,
    env: { ...own, ...env },
  });
  return stdout;
}

/** When all programs are made; left to another process that is just building some. Those that are missing later are built from nothing. */
export async function clearGoCaches(): Promise<void> {
  await mkdir(cacheDirectory, { recursive: true });
  await execaOnMachine("flock", ["--nonblock", lock, "rm", "-rf", kept], { reject: false });
}
