import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { GenerateFlags } from "../../../src/cli/flags.ts";
import { parseRecorded } from "../../../src/cli/program.ts";
import { withBuildArguments } from "../../../src/cli/project/build-arguments.ts";
import { readOptions } from "../../../src/cli/project/options.ts";
import { absent } from "../../helpers/absent.ts";
import { wholeMachine } from "../../helpers/border.ts";
import { codesOf, faultsOf } from "../../helpers/errors.ts";

const read = (flags: GenerateFlags) =>
  readOptions(flags, { directory: absent, border: wholeMachine }, "app-earlier", () => {});

describe("flags", () => {
  it("name each platform once, however it is written", () => {
    const { platforms } = read({ platform: ["linux/amd64, linux/x86_64", "linux/arm64/v8", "linux/arm64"] });
    expect(platforms).toEqual([
      { os: "linux", architecture: "amd64" },
      { os: "linux", architecture: "arm64" },
    ]);
  });

  it("that are wrong are all told at once", () => {
    const wrong = {
      platform: ["linux"],
      env: ["a b", "=x"],
      envFile: [`${absent}/vars`],
      processType: "a/b",
      syntax: "A B",
    };
    expect(codesOf(() => read(wrong))).toEqual([
      "cli/bad-platform",
      "cli/file-unreadable",
      "descriptor/env-name",
      "descriptor/declared-name",
      "cli/bad-process-type",
      "plan/bad-reference",
    ]);
  });

  it("that came as something else are told of by that", () => {
    const directory = mkdtempSync(join(tmpdir(), "cnb-dockerfile-"));
    const file = join(directory, "vars");
    try {
      writeFileSync(file, "A=1\n\nb c\n");
      const flags = withBuildArguments({ env: ["d e"], envFile: [file], buildArg: ["f g", "=h"] });
      expect(faultsOf(() => read(flags)).map(({ location }) => location)).toEqual([
        { file: "--build-arg" },
        { file, line: 3 },
        { file: "--env" },
        { file: "--build-arg" },
      ]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("leave a made-up cache id as it was, or make up one that nobody else has", () => {
    expect(read({}).fallbackCacheId).toBe("app-earlier");
    const madeUp = () =>
      readOptions({}, { directory: absent, border: wholeMachine }, undefined, () => {}).fallbackCacheId;
    expect(madeUp()).toMatch(/^app-[0-9a-f-]{36}$/);
    expect(madeUp()).not.toBe(madeUp());
  });

  it("are recorded so that they read back to the same options", () => {
    const flags = {
      ...{
        builder: "b",
        runImage: "r:1",
        platform: ["linux/arm64", "linux/amd64"],
        env: ["A=--x y\n=", "B="],
      },
      ...{
        processType: "-web",
        platformApi: "0.14",
        cacheId: "0",
        syntax: "s:1",
        keepGitDir: true,
        keepModes: true,
        workspaceMode: "0755",
        image: "i:2",
      },
    };
    const { recorded, ...options } = read(flags);
    const again = parseRecorded(recorded);
    expect(again && read(again)).toEqual({ ...options, recorded });
  });
});

describe("recorded arguments", () => {
  it.each([[["--unknown"]], [["stray"]], [["--builder"]]])("are not %j", (args) => {
    expect(parseRecorded(args)).toBeUndefined();
  });
});
