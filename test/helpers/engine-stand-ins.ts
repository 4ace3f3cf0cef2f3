import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Programs that answer as an engine of either kind does; what they are asked to build ends well at once. */
export interface EngineStandIns {
  /** Variables by which the program finds them, and no other engine. */
  readonly env: Readonly<Record<string, string>>;
  /** How they were called, in order. */
  readonly calls: () => readonly StandInCall[];
}

export interface StandInCall {
  readonly program: string;
  readonly words: readonly string[];
  /** `BUILDX_*`, as the program saw them. */
  readonly buildx: Readonly<Record<string, string>>;
  /** Everything called `.git` that is below the directory to build. */
  readonly repositories: readonly string[];
}

const inspection = `Name: lab
Driver: remote
Nodes:
Name: lab0
BuildKit version: v0.31.2
Platforms: linux/amd64, linux/arm64
`;
const workers = JSON.stringify([
  { platforms: [{ os: "linux", architecture: "amd64" }], buildkitVersion: { version: "v0.31.2" } },
]);

/**
 * In: a directory of its own; what a build does, in the words of a shell, absent: it ends well at once; more lines of what
 * buildx says of its node.
 */
export function standInEngines(directory: string, build = ":", node = ""): EngineStandIns {
  const log = join(directory, "calls");
  mkdirSync(directory, { recursive: true });
  const program = (name: string, answers: string) => {
    const file = join(directory, name);
    // In one piece: two may run at once.
    const record = `said=$(printf 'program %s\\n' ${name}
for word; do printf 'word %s\\n' "$(printf %s "$word" | base64 -w0)"; done
env | grep ^BUILDX_ | sed 's/^/env /'
for word; do case $word in --local=context=*) context=\${word#--local=context=} ;; /*) context=$word ;; esac; done
[ -z "$context" ] || find "$context" -name .git | sed 's/^/git /')
printf '%s\\n' "$said" >>'${log}'`;
    writeFileSync(file, `#!/bin/sh\n${record}\n${answers}\n`);
    chmodSync(file, 0o755);
  };
  // As buildx does unless it is told to leave git alone.
  const look = `for context; do :; done
case "$1 $BUILDX_GIT_INFO $BUILDX_GIT_LABELS" in "build false false") ;; build*) git -C "$context" show --quiet HEAD ;; esac`;
  program(
    "docker-buildx",
    `${look}\ncase "$1" in inspect) cat <<'EOF'\n${inspection}${node}EOF\n;; build) ${build} ;; esac`,
  );
  program(
    "buildctl",
    `case " $* " in *" debug workers "*) echo '${workers}' ;; *--version*) echo 'buildctl moby v0.31.2 x' ;; *" build "*) ${build} ;; esac`,
  );
  return {
    env: {
      PATH: `${directory}:${process.env.PATH ?? ""}`,
      CNB_DOCKERFILE_PROGRAMS: directory,
      CNB_DOCKERFILE_IMAGE: "registry.example/cnb-dockerfile:0",
    },
    calls: () => (existsSync(log) ? readCalls(readFileSync(log, "utf8")) : []),
  };
}

function readCalls(text: string): StandInCall[] {
  return text.split(/^program /m).flatMap((part) => {
    const [program = "", ...lines] = part.trimEnd().split("\n");
    if (program === "") return [];
    const of = (kind: string) =>
      lines.flatMap((line) => (line.startsWith(`${kind} `) ? [line.slice(kind.length + 1)] : []));
    return [
      {
        program,
        words: of("word").map((word) => Buffer.from(word, "base64").toString("utf8")),
        buildx: Object.fromEntries(of("env").map((line) => line.split("=", 2) as [string, string])),
        repositories: of("git"),
      },
    ];
  });
}
