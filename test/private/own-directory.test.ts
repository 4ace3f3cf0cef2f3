import { homedir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { ownDirectory } from "../../src/private/own-directory.ts";

afterEach(() => vi.unstubAllEnvs());

it.each([
  ["cache", "XDG_CACHE_HOME", ".cache"],
  ["data", "XDG_DATA_HOME", ".local/share"],
  ["state", "XDG_STATE_HOME", ".local/state"],
] as const)("keeps what is %s where %s says, else in %s", (kind, variable, usual) => {
  vi.stubEnv(variable, "/elsewhere");
  expect(ownDirectory(kind)).toBe("/elsewhere/cnb-dockerfile");
  // The specification takes an empty one for none.
  vi.stubEnv(variable, "");
  expect(ownDirectory(kind)).toBe(join(homedir(), usual, "cnb-dockerfile"));
  // And a relative one, which would lie in a stranger's project.
  vi.stubEnv(variable, "project");
  expect(ownDirectory(kind)).toBe(join(homedir(), usual, "cnb-dockerfile"));
});
