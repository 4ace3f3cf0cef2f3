import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { type StandInCall, standInEngines } from "../../helpers/engine-stand-ins.ts";
import { projectToml, workplace } from "../../helpers/program.ts";
import { writeClone } from "../../helpers/written-clone.ts";

const noId = projectToml.replace('id = "shop"\n', "");
const remote = "https://robot:hunter2@git.example/acme/shop.git";
const engines = ["buildx", "buildkit"] as const;

/** A clone with a project below it, and an engine that tells how it was called. */
async function clone(files: Readonly<Record<string, string>> = { "web/project.toml": noId }) {
  const place = await workplace(files);
  writeClone(place.directory, remote);
  const engine = standInEngines(join(temporaryDirectory(), "bin"));
  return {
    ...place,
    engine,
    build: (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
      place.run(["build", "--platform=linux/amd64", "--progress=plain", ...words], {
        env: { ...engine.env, ...env },
      }),
  };
}

/** What is said of the place in git, in the words of either client. */
const placeWords = (calls: readonly StandInCall[]) =>
  calls.flatMap(({ words }) => words.flatMap((word) => /(?:vcs:|CNB_DOCKERFILE_SOURCE).*/.exec(word) ?? []));

describe.each(engines)("build by %s", (name) => {
  const engine = [`--engine=${name}`, "--buildkit-host=tcp://127.0.0.1:9", "--output=type=oci,dest=out.tar"];

  it("tells our frontend where a project is in git, without credentials", async () => {
    const place = await clone();
    const { stderr } = await place.build([...engine, "web"]);
    expect(stderr).not.toContain("hunter2");
    expect(placeWords(place.engine.calls())).toEqual([
      "CNB_DOCKERFILE_SOURCE=https://git.example/acme/shop.git",
      "CNB_DOCKERFILE_SOURCE_DIRECTORY=web",
    ]);
  });

  it("leaves the directory out at the repository's root", async () => {
    const place = await clone({ "project.toml": noId });
    await place.build([...engine, "."]);
    expect(placeWords(place.engine.calls())).toEqual([
      "CNB_DOCKERFILE_SOURCE=https://git.example/acme/shop.git",
    ]);
  });

  it("believes the user before the clone", async () => {
    const place = await clone();
    await place.build([...engine, "--build-arg=CNB_DOCKERFILE_SOURCE=https://other.example/x", "web"]);
    expect(placeWords(place.engine.calls())).toEqual(["CNB_DOCKERFILE_SOURCE=https://other.example/x"]);
  });

  it("says nothing of a Dockerfile, which would have it as an argument of its own", async () => {
    const place = await clone({ Dockerfile: "FROM scratch\n" });
    await place.build([...engine, "."]);
    const calls = place.engine.calls();
    expect(calls.some(({ words }) => words.includes("build"))).toBe(true);
    expect(placeWords(calls)).toEqual([]);
  });
});

it("starts buildx so that it runs no git, whatever the user's variables say, from the first question on", async () => {
  const place = await clone();
  mkdirSync(join(place.directory, "out"));
  const users = { BUILDX_GIT_INFO: "true", BUILDX_GIT_LABELS: "full" };
  await place.build(["--engine=buildx", "--output=type=local,dest=out", "web"], users);
  const calls = place.engine.calls();
  expect(calls.map(({ words: [first] }) => first).toSorted()).toEqual([
    "build",
    "inspect",
    "inspect",
    "version",
  ]);
  for (const { words, buildx } of calls) {
    expect(buildx, words[0]).toEqual({ BUILDX_GIT_INFO: "false", BUILDX_GIT_LABELS: "false" });
  }
});

it("shows these variables in the command of --dry-run", async () => {
  const place = await clone();
  const { stdout } = await place.build(["--engine=buildx", "--dry-run", "web"]);
  expect(stdout).toMatch(/^BUILDX_GIT_INFO=false BUILDX_GIT_LABELS=false docker-buildx build /);
});
