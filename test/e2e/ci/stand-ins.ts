import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execPath } from "node:process";
import type { Lab } from "../../lab/lab.ts";

const program = join(import.meta.dirname, "../../../dist/main.js");

/** Programs of a CI system's machine, in a directory for the PATH. */
export interface StandIns {
  readonly directory: string;
  /** Gives a shell script a name on the PATH. */
  readonly add: (name: string, script: string) => void;
}

export function standIns(directory: string): StandIns {
  mkdirSync(directory, { recursive: true });
  return {
    directory,
    add: (name, script) => {
      writeFileSync(join(directory, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(directory, name), 0o755);
    },
  };
}

/** The command by its name, as an installed package has it, and docker with buildx. */
export function addPrograms({ add }: StandIns, lab: Lab): void {
  add("cnb-dockerfile", `exec '${execPath}' -- '${program}' "$@"`);
  add("node", `exec '${execPath}' "$@"`);
  add(
    "docker",
    `[ "$1" = buildx ] || { echo "docker $1" >&2; exit 64; }\nshift\nexec '${lab.tools["docker-buildx"]}' "$@"`,
  );
}

/** What a step wrote to a file like GITHUB_OUTPUT. */
export function stepOutputs(file: string): Readonly<Record<string, string>> {
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]));
}
