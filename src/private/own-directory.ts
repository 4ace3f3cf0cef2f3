import { join } from "node:path";
import { homeDirectory, xdgDirectory } from "./home-directory.ts";

/** Variable that moves it, and where it is below the home directory. */
const parents = {
  cache: ["XDG_CACHE_HOME", ".cache"],
  data: ["XDG_DATA_HOME", ".local/share"],
  state: ["XDG_STATE_HOME", ".local/state"],
} as const;

/**
 * Where we keep what can be made again (`cache`), what should stay (`data`), and notes about earlier runs (`state`).
 * Source: XDG Base Directory Specification.
 */
export function ownDirectory(kind: keyof typeof parents): string {
  const [variable, usual] = parents[kind];
  return join(xdgDirectory(variable) ?? join(homeDirectory(), usual), "cnb-dockerfile");
}
