import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runSteps } from "../../src/build/build-image.ts";
import type { BuildPorts } from "../../src/build/build-ports.ts";
import type { BuildResult } from "../../src/build/outputs/build-result.ts";
import type { ReadyBuild } from "../../src/build/ready-build.ts";
import { readBuildOrder } from "../../src/cli/build/read-build-order.ts";
import type { BuildFlags } from "../../src/cli/flags.ts";
import type { BuildRequest } from "../../src/engines/build-request.ts";
import type { Engine } from "../../src/engines/engine.ts";
import { wholeMachine } from "../helpers/border.ts";
import { temporaryDirectory } from "../helpers/directory.ts";
import { heardPorts } from "../helpers/heard-ports.ts";

const digest = `sha256:${"a".repeat(64)}`;

/** A build by an engine that notes what it is asked for, and ends with these exit codes, one after another. */
function build(flags: BuildFlags, exitCodes: readonly number[]) {
  const directory = temporaryDirectory();
  const metadataFile = join(directory, "metadata.json");
  const request: BuildRequest = {
    ...{ context: directory, file: { directory, name: "project.toml" }, metadataFile },
    ...{ platforms: [], tags: ["docker.io/library/app:latest"], buildArguments: [], labels: [] },
    ...{ annotations: [], outputs: [], noCache: false, noCacheFilter: [], pull: false, secrets: [], ssh: [] },
    ...{ cacheFrom: [], cacheTo: [], buildContexts: [], attestations: {} },
    ...{ limits: { addHosts: [], allow: [], ulimits: [] }, progress: "quiet" },
  };
  const asked: string[] = [];
  const engine: Engine = {
    ...{
      name: "buildkit",
      title: "a BuildKit",
      platforms: [],
      versions: [],
      openHosts: [],
      nativePlatforms: [],
      isLimited: false,
    },
    store: { kind: "none" },
    command: ({ target = "image" }) => {
      const exitCode = exitCodes[asked.push(target) - 1] ?? 0;
      const answer = JSON.stringify({ "containerimage.digest": digest });
      const script = `printf '%s' '${answer}' >'${metadataFile}'; exit ${exitCode}`;
      return { program: "sh", arguments: ["-c", script], env: {} };
    },
  };
  const order = readBuildOrder(directory, flags, {});
  const ready: ReadyBuild = {
    ...{ order, engine, border: wholeMachine, appRequest: request, imageRequest: request },
    ...{ outputs: [{ type: "cacheonly", attributes: {} }], shownTags: ["app"] },
  };
  const { heard, ports } = heardPorts();
  const results: BuildResult[] = [];
  const all = { ...ports, result: (result: BuildResult) => results.push(result) } as unknown as BuildPorts;
  return { asked, heard, results, directory, ending: runSteps(ready, all) };
}

it("import, image and export come in this order, and the result is told once", async () => {
  const caches = { buildpackCacheFrom: "a.example/cache", buildpackCacheTo: "a.example/cache" };
  const { asked, results, ending } = build({ ...caches }, []);
  expect(await ending).toBe("done");
  expect(asked).toEqual(["cache-import", "image", "cache-export"]);
  expect(results).toMatchObject([{ image: { answer: { digest }, shownTags: ["app"] }, faults: [] }]);
});

it("a cache that cannot be imported does not keep the image from being built", async () => {
  const { asked, heard, ending } = build({ buildpackCacheFrom: "a.example/cache" }, [1]);
  expect(await ending).toBe("done");
  expect(asked).toEqual(["cache-import", "image"]);
  expect(heard.reported.map(({ code }) => code)).toEqual(["cli/cache-not-imported"]);
});

it("no cache is exported of an image that could not be built", async () => {
  const { asked, results, ending } = build({ buildpackCacheTo: "a.example/cache" }, [1]);
  expect(await ending).toBe("failed");
  expect(asked).toEqual(["image"]);
  expect(results).toEqual([{ faults: [] }]);
});

it("a file about the image that cannot be written fails the build, whose cache is exported all the same", async () => {
  const place = temporaryDirectory();
  mkdirSync(join(place, "taken"));
  const { asked, results, ending } = build(
    { iidfile: join(place, "taken"), buildpackCacheTo: "a.example/cache" },
    [],
  );
  expect(await ending).toBe("failed");
  expect(asked).toEqual(["image", "cache-export"]);
  expect(results.flatMap(({ faults }) => faults.map(({ code }) => code))).toEqual(["cli/result-unwritten"]);
});

it("what BuildKit answers is in the files that are wanted", async () => {
  const place = temporaryDirectory();
  const file = join(place, "id");
  writeFileSync(file, "old");
  expect(await build({ iidfile: file }, []).ending).toBe("done");
  expect(readFileSync(file, "utf8")).toBe(digest);
});

it("a dry run prints each command, and runs none", async () => {
  const flags = { dryRun: true, artifacts: "about", buildpackCacheTo: "a.example/cache" };
  const { asked, heard, results, directory, ending } = build(flags, []);
  expect(await ending).toBe("done");
  expect(asked).toEqual(["artifacts", "image", "cache-export"]);
  expect(heard.printed).toHaveLength(3);
  expect(results).toEqual([]);
  expect(existsSync(join(directory, "metadata.json"))).toBe(false);
});
