import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { expect, it } from "vitest";
import { addAnsweredFlags, addTableFlags } from "../../src/cli/table-flags.ts";
import { standInBuildctl } from "../helpers/buildctl-stand-in.ts";
import { goldenDirectory } from "../helpers/cases.ts";
import { workplace } from "../helpers/program.ts";

const addFlags = (command: Command) => addTableFlags(addAnsweredFlags(command, "build"), "build");
const parse = (...words: string[]) =>
  addFlags(new Command().exitOverride()).parse(words, { from: "user" }).opts();

it("a flag that begins with `no-` and takes a value is no other flag switched off", () => {
  const options = addFlags(new Command()).options.filter(({ long }) => long?.startsWith("--no-"));
  expect(options.map(({ long }) => long)).toContain("--no-cache-filter");
  expect(options.filter(({ required, optional, negate }) => (required || optional) === negate)).toEqual([]);
});

it("--no-cache-filter can be given, also several times, and is absent otherwise", () => {
  expect(parse("--no-cache-filter", "build", "--no-cache-filter", "export")).toMatchObject({
    noCacheFilter: ["build", "export"],
  });
  expect(parse()).not.toHaveProperty("noCacheFilter");
  expect(parse("--no-cache").cache).toBe(false);
  expect(parse("--no-sbom-attestations").sbomAttestations).toBe(false);
});

it("--no-sbom-attestations reaches our frontend for a generated Dockerfile, too", async () => {
  const generated = readFileSync(join(goldenDirectory, "minimal", "Dockerfile"), "utf8");
  const { run, directory } = await workplace({ Dockerfile: generated });
  const engine = standInBuildctl(join(directory, "..", "programs"));
  const words = ["build", "--engine=buildkit", "--image=x/y", "--no-sbom-attestations", "."];
  expect(await run(words, { env: engine.env })).toMatchObject({ exitCode: 0 });
  expect(engine.words()).toContain("--opt=build-arg:CNB_SBOM_ATTESTATIONS=false");
});

it("--no-cache-filter reaches the engine", async () => {
  const { run, directory } = await workplace({ Dockerfile: "FROM scratch AS a\nFROM scratch AS b\n" });
  const engine = standInBuildctl(join(directory, "..", "programs"));
  const words = ["build", "--engine=buildkit", "--no-cache-filter", "a", "--no-cache-filter", "b", "."];
  expect(await run(words, { env: engine.env })).toMatchObject({ exitCode: 0 });
  expect(engine.words()).toContain("--opt=no-cache=a,b");
});

it("flags of another engine, and of a git source where there is none, are told to have no effect", async () => {
  const { run, directory } = await workplace({ Dockerfile: "FROM scratch\n" });
  const engine = standInBuildctl(join(directory, "..", "programs"));
  const flags = ["--state-dir=x", "--buildx-builder=x", "--submodules", "--allow-local-git"];
  const { stderr, exitCode } = await run(["build", "--engine=buildkit", ...flags, "."], { env: engine.env });
  expect(exitCode).toBe(0);
  const told = stderr.split("\n").filter((line) => line.includes("[cli/flag-without-effect]"));
  expect(told.map((line) => /`(--[\w-]+)` has no effect/.exec(line)?.[1]).sort()).toEqual(
    flags.map((flag) => flag.replace("=x", "")).sort(),
  );
  const own = ["--buildkit-host=unix:///nowhere.sock", "--engine=buildkit", "."];
  expect((await run(["build", ...own], { env: engine.env })).stderr).not.toContain("no effect");
});
