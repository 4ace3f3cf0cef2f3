import { mkdirSync } from "node:fs";
// Before they are gone.
import "../lab/machine.ts";
import { cacheDirectory } from "../lab/paths.ts";

/** Variables of the machine that say where its programs and temporary files are, and what the test runner itself needs. */
const kept =
  /^(?:PATH|TMPDIR|NODE_ENV|TEST|MODE|DEV|PROD|SSR|BASE_URL|VITEST.*|CNB_DOCKERFILE_TEST_.*|SystemRoot|ComSpec|PATHEXT|TEMP|TMP)$/i;

/**
 * Gives this process, and whatever it starts, the variables of a machine on which nobody has set anything: no settings of
 * git, docker, pack, npm or ours, no proxies, no terminal, English texts, UTC, and the usual umask. In: an empty home.
 */
export function cleanEnvironment(home: string): void {
  mkdirSync(home, { recursive: true });
  for (const name of Object.keys(process.env)) if (!kept.test(name)) delete process.env[name];
  Object.assign(process.env, {
    ...{ HOME: home, USERPROFILE: home, LANG: "C.UTF-8", TZ: "UTC", TERM: "dumb" },
    // Of the machine itself, whatever the home: /etc/gitconfig.
    GIT_CONFIG_NOSYSTEM: "1",
    // The lab's programs are the machine's, not the home's.
    CNB_DOCKERFILE_LAB_CACHE: cacheDirectory,
  });
  process.umask(0o022);
}
