import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Where the program keeps compiled code, below a home. */
const place = join(".cache", "cnb-dockerfile", "compiled");
let kept: ReadonlyMap<string, Buffer> | undefined;

/**
 * Remembers what a first run has left in its home. Each further home can begin with that, as a user's does after his first
 * run; without it, a run takes half as long again.
 */
export function keepCompiledCode(home: string): void {
  const directory = join(home, place);
  if (kept !== undefined || !existsSync(directory)) return;
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const paths = entries.flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []));
  if (paths.length > 0) kept = new Map(paths.map((path) => [path.slice(home.length), readFileSync(path)]));
}

/** Puts it into a home; nothing, before there is any. */
export function putCompiledCode(home: string): void {
  for (const [path, code] of kept ?? []) {
    mkdirSync(dirname(join(home, path)), { recursive: true, mode: 0o700 });
    writeFileSync(join(home, path), code);
  }
}
