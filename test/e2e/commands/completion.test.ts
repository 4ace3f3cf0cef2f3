import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { completable } from "../../../src/cli/completion/completable.ts";
import { completionScripts } from "../../../src/cli/completion/shells.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { idleProgram, shownCommands, shownFlags } from "../../helpers/idle-program.ts";

/** A directory with a file, a directory and the script of a shell. */
function prepare(shell: "zsh" | "fish"): { readonly directory: string; readonly script: string } {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, "shop"));
  writeFileSync(join(directory, "notes.toml"), "");
  const script = join(directory, `script.${shell}`);
  writeFileSync(script, completionScripts[shell](completable(idleProgram())));
  return { directory, script };
}

/** Types lines into an interactive zsh, each with TAB at its end. Out: what then stands there. */
async function typeIntoZsh(lines: readonly string[]): Promise<string[]> {
  const { directory, script } = prepare("zsh");
  const program = `
zmodload zsh/zpty
zpty -b shell zsh -f -i
zpty -w shell "stty columns 200; autoload -U compinit; compinit -u -D; source $1; cd $2; PS1="
zpty -w shell 'report () { print -r -- "<LINE:$BUFFER>"; BUFFER= }; zle -N report; bindkey "^X" report'
zpty -w shell 'setopt no_beep no_auto_menu; print REA""DY'
until [[ $text == *READY* ]]; do zpty -r shell part || sleep 0.05; text+=$part; done
shift 2
for line in "$@"; do
  text= part=
  zpty -w -n shell "$line"$'\\t\\x18'
  until [[ $text == *'<LINE:'*'>'* ]]; do zpty -r shell part || sleep 0.05; text+=$part; done
  print -r -- "\${\${text#*<LINE:}%%>*}"
done
zpty -d shell`;
  const { stdout } = await execa("zsh", ["-f", "-c", program, "zsh", script, directory, ...lines], {
    timeout: 60_000,
  });
  return stdout.split("\n");
}

/** What fish offers for a line, without descriptions. */
async function offeredByFish(line: string): Promise<string[]> {
  const { directory, script } = prepare("fish");
  const { stdout } = await execa(
    "fish",
    ["--no-config", "-c", `source ${script}; complete --do-complete $argv[1]`, line],
    { cwd: directory, env: { HOME: directory }, timeout: 60_000 },
  );
  return stdout.split("\n").flatMap((offer) => offer.split("\t")[0] || []);
}

it("zsh completes commands, flags, fixed values, files and directories", async () => {
  expect(
    await typeIntoZsh([
      "cnb-dockerfile pl",
      "cnb-dockerfile plan --gra",
      "cnb-dockerfile plan --graph=s",
      "cnb-dockerfile plan --graph m",
      "cnb-dockerfile plan -o no",
      "cnb-dockerfile plan s",
      "cnb-dockerfile completion z",
    ]),
  ).toEqual([
    "cnb-dockerfile plan ",
    "cnb-dockerfile plan --graph=",
    "cnb-dockerfile plan --graph=svg ",
    "cnb-dockerfile plan --graph mermaid ",
    "cnb-dockerfile plan -o notes.toml ",
    "cnb-dockerfile plan shop/",
    "cnb-dockerfile completion zsh ",
  ]);
});

describe("fish completes", () => {
  it("commands and every flag that a command's help shows", async () => {
    expect((await offeredByFish("cnb-dockerfile ")).sort()).toEqual(shownCommands(idleProgram()).sort());
    for (const [command, wanted] of shownFlags(idleProgram())) {
      expect((await offeredByFish(`cnb-dockerfile ${command} --`)).sort(), command).toEqual(
        [...wanted].sort(),
      );
    }
  });

  it("fixed values, files and directories", async () => {
    expect(await offeredByFish("cnb-dockerfile plan --graph=")).toEqual(["--graph=mermaid", "--graph=svg"]);
    expect(await offeredByFish("cnb-dockerfile plan -o no")).toEqual(["notes.toml"]);
    expect(await offeredByFish("cnb-dockerfile plan s")).toEqual(["shop/"]);
    expect(await offeredByFish("cnb-dockerfile completion f")).toEqual(["fish"]);
    expect(await offeredByFish("cnb-dockerfile plan --builder no")).toEqual([]);
  });
});
