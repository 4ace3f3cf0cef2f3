import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { emptiedApp } from "../../../src/build/file/emptied-app.ts";
import { standInBuildctl } from "../../helpers/buildctl-stand-in.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { workplace } from "../../helpers/program.ts";
import { itStarting } from "../../helpers/starting.ts";

describe("an ignore file that leaves nothing of the app is named, with its line", () => {
  const lineOf = (text: string) => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, "src"), "");
    const warning = emptiedApp(directory, ".dockerignore", text);
    if (warning === undefined) return undefined;
    expect(warning).toMatchObject({ code: "cli/app-ignored", location: { file: ".dockerignore" } });
    return warning.location?.line;
  };

  it.each([
    ["*", 1],
    ["# all\n**\n", 2],
    ["/*\n", 1],
    ["./*", 1],
    ["**/*", 1],
    [".", 1],
    ["*/", 1],
    ["!src\n*", 2],
    ["*\r\n!lib\r\n", 1],
    ["*\n!project.toml", 1],
  ])("%j: line %j", (text, line) => {
    expect(lineOf(text)).toBe(line);
  });

  it.each([[""], ["*.log"], ["*\n!src"], ["*\n!/src/"], ["*\n!*.js"], ["src"], ["#*"], ["*/x"]])(
    "%j is left alone",
    (text) => {
      expect(lineOf(text)).toBeUndefined();
    },
  );
});

itStarting("`build` warns of it before it builds", async () => {
  const { run, builder, directory } = await workplace({ "main.js": "", ".dockerignore": "# nothing\n*\n" });
  const { env } = standInBuildctl(join(directory, "..", "programs"));
  const { stderr } = await run(["build", "--engine=buildkit", "--image=x/y", "--builder", builder], { env });
  expect(stderr).toContain("[cli/app-ignored]\n  at .dockerignore:2");
});
