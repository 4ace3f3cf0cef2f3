import { cpSync } from "node:fs";
import { join } from "node:path";
import { makeMoves } from "../../lab/moves.ts";
import { architectures } from "../../lab/tool-list.ts";

/**
 * Lines behind `[io.buildpacks]`: a buildpack that renames directories by rename(2): `mv` copies where that is refused. It renames
 * those of the source in each build, those of a restored layer from the second one on, and from one place to another; it
 * leaves files of odd modes, and from the second build on no longer claims a layer, which the lifecycle then renames.
 */
export const renamingLines = linesWith(
  `moves src "$layers/src"
moves "$layers/src" src
mkdir -p /tmp/made/deep
moves /tmp/made "$layers/made"
`,
  "000 200 311",
);

/** As pack can build it: its /layers, /workspace and /tmp are three file systems, and its exporter is the build user. */
export const renamingInPlaceLines = linesWith("", "700 640 755");

function linesWith(across: string, modes: string): string {
  return `
[[io.buildpacks.group]]
id = "example/renames"
[io.buildpacks.group.script]
api = "0.10"
inline = '''
set -eu
moves() { "./moves-$(uname -m)" "$1" "$2"; }
layers=$1
kept=$layers/kept
moves src src.away
moves src.away src
${across}if [ -d "$kept" ]; then
  echo "found a kept layer: $(cat "$kept/deep/er/file")"
  for mode in ${modes}; do stat -c '%n %a' "$kept/d$mode" "$kept/f$mode"; done
  moves "$kept" "$layers/away"
  moves "$layers/away/deep" "$layers/deep"
  moves "$layers/deep" "$layers/away/deep"
  moves "$layers/away/deep/er" "$layers/away/deep/renamed"
  moves "$layers/away/deep/renamed" "$layers/away/deep/er"
  moves "$layers/away" "$kept"
else
  mkdir -p "$kept/deep/er"
  for mode in ${modes}; do
    mkdir "$kept/d$mode"
    echo "$mode" >"$kept/f$mode"
    chmod "$mode" "$kept/d$mode" "$kept/f$mode"
  done
  for mode in 4755 2755 1777; do
    echo "$mode" >"$kept/s$mode"
    chmod "$mode" "$kept/s$mode"
  done
  ln -s deep "$kept/link"
fi
cat step >"$kept/deep/er/file"
printf '[types]\\nlaunch = true\\ncache = true\\n' >"$kept.toml"
if [ "$(cat step)" = 1 ]; then
  mkdir -p "$layers/dropped/deep"
  printf '[types]\\ncache = true\\n' >"$layers/dropped.toml"
fi
'''

[[io.buildpacks.group]]
id = "lab/procfile"
`;
}

/** The app's files in each build in turn. */
export const renamingSteps: readonly Readonly<Record<string, string>>[] = [
  { Procfile: "web: cat /layers/example_renames/kept/deep/er/file\n", "src/deep/a.txt": "a\n", step: "1\n" },
  { step: "2\n" },
  { step: "3\n" },
];

const machines = { amd64: "x86_64", arm64: "aarch64" } as const;

/** Puts the program by which it renames into the app's directory. */
export async function addMoves(directory: string): Promise<void> {
  for (const architecture of architectures) {
    cpSync(await makeMoves(architecture), join(directory, `moves-${machines[architecture]}`));
  }
}
