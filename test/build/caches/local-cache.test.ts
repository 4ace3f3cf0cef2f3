import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { umask } from "node:process";
import { expect, it } from "vitest";
import {
  cacheDirectories,
  type LocalCaches,
  makeCacheDirectories,
  withLocalCache,
} from "../../../src/build/caches/local-cache.ts";
import type { BuildRequest } from "../../../src/engines/build-request.ts";
import type { Engine, EngineName } from "../../../src/engines/engine.ts";
import { absent } from "../../helpers/absent.ts";
import { wholeMachine } from "../../helpers/border.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { heardPorts } from "../../helpers/heard-ports.ts";

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
    nativePlatforms: [],
    isLimited: false,
  },
  command: () => ({ program: "none", arguments: [], env: {} }),
});

function caches(
  local: LocalCaches,
  { name = "buildkit", request = {} }: { name?: EngineName; request?: Partial<BuildRequest> } = {},
) {
  const { heard, ports } = heardPorts();
  const { cacheFrom, cacheTo } = withLocalCache({ ...empty, ...request }, engine(name), local, {
    ...{ border: wholeMachine, tell: ports.tell },
  });
  return { cacheFrom, cacheTo, told: heard.told };
}

it("takes BuildKit's cache from the variables' directories", () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, "index.json"), "{}");
  const local = { from: directory, to: "/new,one" };
  const wanted = {
    cacheFrom: [`type=local,src=${directory}`],
    cacheTo: ['type=local,"dest=/new,one",mode=max'],
    told: [],
  };
  expect(caches(local)).toEqual(wanted);
  expect(caches(local, { name: "daemonless" })).toEqual(wanted);
});

it("says once of a directory that is not there yet, and builds", () => {
  expect(caches({ from: absent })).toEqual({
    cacheFrom: [],
    cacheTo: [],
    told: [`BUILDKIT_LOCAL_CACHE_IMPORT: no cache in ${absent} yet.`],
  });
});

it("leaves it at what flags say, and at what buildx does", () => {
  const local = { from: absent, to: "/new" };
  const request = { cacheFrom: ["a.example/c"], cacheTo: ["a.example/c"] };
  expect(caches(local, { request })).toEqual({ ...request, told: [] });
  expect(caches(local, { name: "buildx" })).toEqual({ cacheFrom: [], cacheTo: [], told: [] });
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
