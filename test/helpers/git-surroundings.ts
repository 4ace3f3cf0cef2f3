import type { GitSurroundings } from "../../src/build/source/git/git-environment.ts";

/** This process, at no terminal. */
export const gitSurroundings: GitSurroundings = {
  get env() {
    return process.env;
  },
  hasTerminal: false,
};
