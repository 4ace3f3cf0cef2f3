import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import { fileURLToPath } from "node:url";

/** The checkout this file belongs to, absolute, symlinks resolved. */
export const checkout = realpathSync(fileURLToPath(new URL("../..", import.meta.url)));

/** Buildpacks, apps and their like, absolute. */
export const fixtures = join(checkout, "test/fixtures");

/** What one checkout's lab owns: daemon data, logs, generated inputs. Not in git; `main.ts prune` empties it. */
export const stateDirectory = join(checkout, ".lab");

/** Sixteen hex digits that tell this checkout from any other on the machine. */
export const checkoutId = createHash("sha256").update(checkout).digest("hex").slice(0, 16);

/** Unix socket paths end at 108 bytes, so sockets live in a short place and not under a deep checkout. */
export const socketDirectory = join(tmpdir(), `cnb-lab-${checkoutId}`);

/** Tools and root file systems, the same for every checkout; `CNB_DOCKERFILE_LAB_CACHE` moves it. */
export const cacheDirectory =
  env.CNB_DOCKERFILE_LAB_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "cnb-dockerfile-lab");

/** A path under this checkout's state. */
export function inState(...parts: readonly string[]): string {
  return join(stateDirectory, ...parts);
}
