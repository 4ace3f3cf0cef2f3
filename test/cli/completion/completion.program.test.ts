import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Option } from "commander";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { completable } from "../../../src/cli/completion/completable.ts";
import { completionScripts, shellNames } from "../../../src/cli/completion/shells.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { idleProgram, shownCommands, shownFlags } from "../../helpers/idle-program.ts";
import { workplace } from "../../helpers/program.ts";

/** What bash offers for the last of some words, in a directory with a file and a directory. */
async function offered(words: readonly string[], program = idleProgram()): Promise<string[]> {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, "shop app"));
  writeFileSync(join(directory, "shop notes.toml"), "");
  const script = `${completionScripts.bash(completable(program))}
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_cnb_dockerfile
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await execa("bash", ["--norc", "-c", script, "bash", "cnb-dockerfile", ...words], {
    cwd: directory,
  });
  return stdout.split("\n").filter((line) => line !== "");
}

describe("bash completes", () => {
  it("commands", async () => {
    expect(shownCommands(idleProgram())).toContain("plan");
    expect(await offered([""])).toEqual(shownCommands(idleProgram()));
    expect(await offered(["pl"])).toEqual(["plan"]);
    expect(await offered(["help", "ge"])).toEqual(["generate"]);
  });

  it("every flag that a command's help shows, and none that it hides", async () => {
    const flags = shownFlags(idleProgram());
    expect(flags.get("plan")).toContain("--graph");
    for (const [command, wanted] of flags) {
      expect(await offered([command, "--"]), command).toEqual(wanted);
    }
    expect(await offered(["generate", "--publ"])).toEqual([]);
  });

  it("values that are fixed, also behind an equals sign", async () => {
    expect(await offered(["plan", "--graph", ""])).toEqual(["mermaid", "svg"]);
    // As bash splits `--graph=s`.
    expect(await offered(["plan", "--graph", "=", "s"])).toEqual(["svg"]);
    expect(await offered(["plan", "--graph", "="])).toEqual(["mermaid", "svg"]);
    expect(await offered(["completion", ""])).toEqual(["bash", "zsh", "fish"]);
  });

  it("files and directories where they are wanted, with blanks in their names", async () => {
    expect((await offered(["generate", "-o", "sh"])).sort()).toEqual(["shop app", "shop notes.toml"]);
    expect(await offered(["generate", "sh"])).toEqual(["shop app"]);
    expect(await offered(["check", "--path", "sh"])).toEqual(["shop app"]);
    // It may be an archive.
    expect((await offered(["build", "sh"])).sort()).toEqual(["shop app", "shop notes.toml"]);
    expect((await offered(["build", "-p", "sh"])).sort()).toEqual(["shop app", "shop notes.toml"]);
    expect(await offered(["generate", "--builder", "sh"])).toEqual([]);
  });

  it("what is added to the program, without more", async () => {
    const program = idleProgram();
    program
      .command("zap")
      .argument("<file>")
      .addOption(new Option("--progress <form>").choices(["plain", "tty"]));
    expect(await offered(["z"], program)).toEqual(["zap"]);
    expect(await offered(["zap", "--progress", "t"], program)).toEqual(["tty"]);
    expect((await offered(["zap", "sh"], program)).length).toBe(2);
  });
});

it.each(shellNames)("prints a script for %s", async (shell) => {
  const { run } = await workplace();
  const { exitCode, stdout, stderr } = await run(["completion", shell]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(stdout).toBe(completionScripts[shell](completable(idleProgram())));
});

it("refuses other shells", async () => {
  const { run } = await workplace();
  const { exitCode, stderr } = await run(["completion", "csh"]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain("bash, zsh, fish");
});
