import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { umask } from "node:process";
import { expect, it, vi } from "vitest";
import { cacheDirectories, makeCacheDirectories, withLocalCache } from "../../src/cli/local-cache.ts";
import { Terminal } from "../../src/cli/terminal.ts";
import type { BuildRequest } from "../../src/engines/build-request.ts";
import type { Engine, EngineName } from "../../src/engines/engine.ts";
import { wholeMachine } from "../helpers/border.ts";
import { temporaryDirectory } from "../helpers/directory.ts";

const empty: BuildRequest = {
  context: "/app",
  file: { directory: "/app", name: "project.toml" },
  ...{ platforms: [], tags: [], buildArguments: [], labels: [], annotations: [], outputs: [] },
  ...{ noCache: false, noCacheFilter: [], pull: false, secrets: [], ssh: [], cacheFrom: [], cacheTo: [] },
  ...{ buildContexts: [], attestations: {}, limits: { addHosts: [], allow: [], ulimits: [] } },
  progress: "auto",
};
const engine = (name: EngineName): Engine => ({
  ...{
    name,
    title: name,
    platforms: [],
    versions: [],
    store: { kind: "none" },
    openHosts: [],
    isLimited: false,
  },
  command: () => ({ program: "none", arguments: [], env: {} }),
});

function caches(
  env: NodeJS.ProcessEnv,
  { name = "buildkit", request = {} }: { name?: EngineName; request?: Partial<BuildRequest> } = {},
) {
  const terminal = new Terminal("text");
  const tell = vi.spyOn(terminal, "tell").mockReturnValue();
  const { cacheFrom, cacheTo } = withLocalCache({ ...empty, ...request }, engine(name), env, {
    ...{ border: wholeMachine, terminal },
  });
  return { cacheFrom, cacheTo, told: tell.mock.calls.flat() };
}

it("takes BuildKit's cache from the variables' directories", () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, "index.json"), "{}");
  const env = { BUILDKIT_LOCAL_CACHE_IMPORT: directory, BUILDKIT_LOCAL_CACHE_EXPORT: "/new,one" };
  const wanted = {
    cacheFrom: [`type=local,src=${directory}`],
    cacheTo: ['type=local,"dest=/new,one",mode=max'],
    told: [],
  };
  expect(caches(env)).toEqual(wanted);
  expect(caches(env, { name: "daemonless" })).toEqual(wanted);
});

it("says once of a directory that is not there yet, and builds", () => {
  expect(caches({ BUILDKIT_LOCAL_CACHE_IMPORT: "/nowhere" })).toEqual({
    cacheFrom: [],
    cacheTo: [],
    told: ["BUILDKIT_LOCAL_CACHE_IMPORT: there is no cache in /nowhere yet."],
  });
});

it("leaves it at what flags say, and at what buildx does", () => {
  const env = { BUILDKIT_LOCAL_CACHE_IMPORT: "/nowhere", BUILDKIT_LOCAL_CACHE_EXPORT: "/new" };
  const request = { cacheFrom: ["a.example/c"], cacheTo: ["a.example/c"] };
  expect(caches(env, { request })).toEqual({ ...request, told: [] });
  expect(caches(env, { name: "buildx" })).toEqual({ cacheFrom: [], cacheTo: [], told: [] });
});

it("knows the directories of caches by their flags", () => {
  const cacheFrom = ["type=local,src=/a", "registry.example/c"];
  expect(cacheDirectories({ ...empty, cacheFrom, cacheTo: ["type=local,dest=b,mode=max"] })).toEqual([
    "/a",
    "b",
  ]);
});

it("is made so that other users cannot write it, before buildctl, which knows no umask, does", () => {
  const place = temporaryDirectory();
  const old = join(place, "old");
  mkdirSync(join(old, "ingest"), { recursive: true });
  chmodSync(join(old, "ingest"), 0o777);
  const before = umask(0o027);
  try {
    const cacheTo = ["old", "new"].map((name) => `type=local,dest=${join(place, name)},mode=max`);
    makeCacheDirectories({ ...empty, cacheTo: [...cacheTo, "type=registry,ref=x/y"] });
  } finally {
    umask(before);
  }
  const modes = ["old/ingest", "new", "new/ingest"].map((name) => statSync(join(place, name)).mode & 0o777);
  expect(modes).toEqual([0o750, 0o750, 0o750]);
  expect(readdirSync(place).sort()).toEqual(["new", "old"]);
});
