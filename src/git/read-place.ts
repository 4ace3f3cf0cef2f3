import { resolve } from "node:path";
import { findClone, readConfig } from "./find-clone.ts";
import { publicRemote } from "./public-remote.ts";

/** Where a directory lies in a repository. */
interface Place {
  /** URL of its remote, without credentials. */
  readonly remote: string;
  /** Path below the repository's root, with `/`; empty: the root itself. */
  readonly subdirectory: string;
}

/** Longest remote: it becomes an argument of a program. */
const maxRemoteLength = 4096;

/**
 * Reads a directory's remote from its clone: origin, else the first by name. No program is run and no other file read than
 * `.git` names as its own, whoever owns them. Undefined: not a clone, no remote, or none that could be an address.
 */
export function readPlace(directory: string): Place | undefined {
  const clone = findClone(directory);
  const remotes = (clone === undefined ? undefined : readConfig(clone.gitDirectory))
    ?.flatMap(({ name: key, value }) => {
      const name = /^remote\.(.+)\.url$/s.exec(key)?.[1];
      return name === undefined || value === undefined || value === "" ? [] : [{ name, url: value }];
    })
    .sort((a, b) => order(a.name, b.name));
  const remote = remotes?.[0]?.url;
  if (clone === undefined || remote === undefined || !isAddress(remote)) return undefined;
  // A relative remote means another directory for every clone that lies elsewhere.
  const isRelative = /^\.{0,2}\//.test(remote) || !remote.includes(":");
  return {
    remote: isRelative ? resolve(clone.root, remote) : publicRemote(remote),
    subdirectory: clone.subdirectory,
  };
}

function isAddress(remote: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no address has them, and a program takes no NUL
  return remote.length <= maxRemoteLength && !/[\0-\x1f\x7f]/.test(remote);
}

function order(a: string, b: string): number {
  if (a === b) return 0;
  if (a === "origin") return -1;
  return b === "origin" || a > b ? 1 : -1;
}
