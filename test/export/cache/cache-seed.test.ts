import { createHash } from "node:crypto";
import { appendFileSync, chownSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readCacheState } from "../../../src/export/cache/cache-directory.ts";
import { seedCache } from "../../../src/export/cache/cache-seed.ts";
import { describeCache } from "../../../src/export/cache/cache-state.ts";
import { commandNamed } from "../../../src/export/commands.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { codesOf } from "../../helpers/errors.ts";
import { needsRoot } from "../../helpers/needs-root.ts";
import { listTree, writeTree } from "../trees.ts";

needsRoot("give files to the build's user");

const metadataName = "io.buildpacks.lifecycle.cache.metadata";
const shaOf = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;

function mountOf(...tars: readonly string[]): string {
  const directory = temporaryDirectory();
  chownSync(directory, 1001, 1000);
  if (tars.length === 0) return directory;
  const layers = Object.fromEntries(tars.map((text) => [text, { sha: shaOf(text), cache: true }]));
  const metadata = { sbom: { sha: "" }, buildpacks: [{ key: "acme/node", version: "1", layers }] };
  writeTree(directory, {
    [`committed/${metadataName}`]: `${JSON.stringify(metadata)}\n`,
    ...Object.fromEntries(tars.map((text) => [`committed/${shaOf(text)}.tar`, text])),
  });
  return directory;
}

const seed = (cacheDirectory: string, baseDirectory: string) =>
  seedCache({ cacheDirectory, baseDirectory, baseScope: "main" });

describe("a cache of a scope", () => {
  it("that is empty is filled from the base, which stays as it is", () => {
    const base = mountOf("node", "modules");
    const [own, before] = [mountOf(), listTree(base)];
    expect(seed(own, base)).toBe("cache: copied from main, 2 tars");
    expect(readCacheState(own)).toBe(readCacheState(base));
    expect(listTree(base)).toEqual(before);
    const { uid, gid } = statSync(join(own, "committed", `${shaOf("node")}.tar`));
    expect([uid, gid]).toEqual([1001, 1000]);
  });

  it("that has something keeps it, whatever the base has", () => {
    const own = mountOf("own");
    const before = readCacheState(own);
    expect(seed(own, mountOf("node"))).toBe("cache: this scope already has one");
    expect(readCacheState(own)).toBe(before);
  });

  it("stays empty where the base is, too", () => {
    const own = mountOf();
    expect(seed(own, mountOf())).toBe("cache: none in this scope or in main");
    expect(listTree(own)).toEqual([]);
  });

  it.each([
    ["has lost a tar", (base: string) => rmSync(join(base, "committed", `${shaOf("node")}.tar`))],
    [
      "has another tar",
      (base: string) => appendFileSync(join(base, "committed", `${shaOf("node")}.tar`), "x"),
    ],
    ["is described by no JSON", (base: string) => appendFileSync(join(base, "committed", metadataName), "{")],
  ])("takes nothing of a base that %s", (_, damage) => {
    const [own, base] = [mountOf(), mountOf("modules", "node")];
    damage(base);
    expect(seed(own, base)).toMatch(/^cache: not copied from main: /);
    expect(JSON.parse(readCacheState(own))).toEqual({ metadata: "", sizesBytes: {} });
  });
});

describe("what `cached` says of a cache", () => {
  const state = (identity: Readonly<Record<string, string>>, cacheDirectory = mountOf("node")) =>
    describeCache({ cacheDirectory, identity });

  it("differs for two apps, scopes and namespaces whose caches hold the same", () => {
    const said = [
      state({ id: "shop" }),
      state({ id: "other" }),
      state({ id: "shop", scope: "main" }),
      state({ id: "shop", scope: "pr-7" }),
      state({ id: "shop", namespace: "main" }),
      state({ id: "shop", platform: "linux/arm64" }),
      state({ id: "shop" }, mountOf("other")),
    ];
    expect(new Set(said).size).toBe(said.length);
    expect(state({ id: "shop" })).toBe(said[0]);
  });

  it("is refused for a scope with a base, which BuildKit alone would take for a scope of that name", () => {
    expect(codesOf(() => state({ scope: "pr-7:main" }))).toEqual(["export/cache-scope-pair"]);
  });

  it("names what the stage declares", async () => {
    const to = join(temporaryDirectory(), "state.json");
    const words = [`--cache=${mountOf()}`, `--to=${to}`, "--id=shop"];
    const unused = () => expect.fail("nothing is to be said");
    const host = { log: unused, report: unused, leaveWarnings: unused };
    process.env.CNB_CACHE_SCOPE = "pr-7";
    process.env.BUILDKIT_CACHE_MOUNT_NS = "";
    try {
      expect(await commandNamed("cache-state").start(words, host)).toBe(0);
      expect(JSON.parse(readFileSync(to, "utf8"))).toMatchObject({ identity: { id: "shop", scope: "pr-7" } });
    } finally {
      delete process.env.CNB_CACHE_SCOPE;
      delete process.env.BUILDKIT_CACHE_MOUNT_NS;
    }
  });
});
