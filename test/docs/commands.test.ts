import toml from "@iarna/toml";
import { expect, it } from "vitest";
import { readBuildxFlags } from "../helpers/buildx-help.ts";
import { idleProgram } from "../helpers/idle-program.ts";
import { markdownPages } from "../helpers/markdown-pages.ts";
import { shownCommands } from "../helpers/shown-commands.ts";

/** The changelog speaks of what was. */
const isPage = (file: string) => file !== "CHANGELOG.md" && !file.startsWith("golden/");
const commands = shownCommands(isPage);

it("shows calls of our commands that the program can read", async () => {
  const own = commands.flatMap(({ file, line, calls }) =>
    calls.filter(({ program }) => program === "cnb-dockerfile").map((call) => ({ file, line, ...call })),
  );
  expect(own.length).toBeGreaterThan(50);
  const wrong: string[] = [];
  for (const { file, line, words } of own) {
    const program = idleProgram();
    for (const command of [program, ...program.commands]) {
      command.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
    }
    try {
      // The program's own version flag ends it well.
      if (words[0] !== "--version") await program.parseAsync([...words], { from: "user" });
    } catch (error) {
      wrong.push(`${file}:${line}: ${words.join(" ")}: ${(error as Error).message}`);
    }
  }
  expect(wrong).toEqual([]);
});

it("shows calls of `docker buildx build` with flags that it has", () => {
  const known = new Set(readBuildxFlags().flatMap(({ long, short }) => [long, short ?? long]));
  const builds = commands.flatMap(({ file, line, calls }) =>
    calls
      .filter(({ program, words }) => program === "docker" && words[0] === "buildx" && words[1] === "build")
      .map((call) => ({ file, line, ...call })),
  );
  expect(builds.length).toBeGreaterThan(10);
  const unknown = builds.flatMap(({ file, line, words }) =>
    words
      .filter((word) => word.startsWith("-"))
      .map((word) => word.split("=")[0] ?? "")
      .filter((flag) => !known.has(flag))
      .map((flag) => `${file}:${line}: ${flag}`),
  );
  expect(unknown).toEqual([]);
});

it("shows TOML that is TOML", () => {
  const blocks = markdownPages()
    .filter(({ file }) => isPage(file))
    .flatMap(({ file, blocks: all }) =>
      all.filter(({ language }) => language === "toml").map((block) => ({ file, ...block })),
    );
  expect(blocks.length).toBeGreaterThan(8);
  const broken = blocks.filter(({ text }) => {
    try {
      toml.parse(text);
      return false;
    } catch {
      return true;
    }
  });
  expect(broken.map(({ file, line }) => `${file}:${line}`)).toEqual([]);
});
