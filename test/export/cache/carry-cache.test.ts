import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  chownSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseCarriedCache } from "../../../src/contract/cache/carried-cache.ts";
import { readCacheState } from "../../../src/export/cache/cache-directory.ts";
import { packCache, takeCache, unpackCache } from "../../../src/export/cache/carry-cache.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { faultsOf } from "../../helpers/errors.ts";
import { needsRoot } from "../../helpers/needs-root.ts";
import { listTree, writeTree } from "../trees.ts";

needsRoot("give files to the build's user");

const mount = "cnb-dockerfile/shop/linux/amd64";
const metadataName = "io.buildpacks.lifecycle.cache.metadata";
const silent = () => undefined;

const shaOf = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;

/** A cache mount that holds these tars as layers, and one as bills of materials. */
function mountOf(tars: readonly string[], sbom?: string): string {
  const directory = temporaryDirectory();
  const layers = Object.fromEntries(tars.map((text) => [text, { sha: shaOf(text), cache: true }]));
  const metadata = {
    sbom: { sha: sbom === undefined ? "" : shaOf(sbom) },
    buildpacks: [{ key: "acme/node", version: "1", layers }],
  };
  writeTree(directory, {
    [`committed/${metadataName}`]: `${JSON.stringify(metadata)}\n`,
    ...Object.fromEntries(
      [...tars, ...(sbom === undefined ? [] : [sbom])].map((text) => [`committed/${shaOf(text)}.tar`, text]),
    ),
  });
  return directory;
}

function packed(cacheDirectory: string): string {
  const to = join(temporaryDirectory(), "carried");
  packCache({ cacheDirectory, mount }, to, silent);
  return to;
}

function emptyMount(): string {
  const directory = temporaryDirectory();
  chownSync(directory, 1001, 1000);
  return directory;
}

const unpack = (from: string, cacheDirectory: string, id = mount) =>
  unpackCache({ cacheDirectory, mount: id }, from, silent);

describe("a build takes a carried cache", () => {
  const take = (from: string, cacheDirectory: string, id = mount) =>
    takeCache({ cacheDirectory, mount: id }, from, silent);

  it("where its mount is empty", () => {
    const carried = packed(mountOf(["node", "modules"]));
    const cacheDirectory = emptyMount();
    expect(take(carried, cacheDirectory)).toBe("");
    expect(readCacheState(cacheDirectory)).toBe(readCacheState(mountOf(["node", "modules"])));
  });

  it("and not where another build has filled it meanwhile", () => {
    const cacheDirectory = mountOf(["newer"]);
    const before = readCacheState(cacheDirectory);
    expect(take(packed(mountOf(["node"])), cacheDirectory)).toBe("");
    expect(readCacheState(cacheDirectory)).toBe(before);
  });

  it("and goes on without one of another app, or a damaged one, and says why", () => {
    const carried = packed(mountOf(["node"]));
    const cacheDirectory = emptyMount();
    expect(take(carried, cacheDirectory, "cnb-dockerfile/other/linux/amd64")).toContain("belongs to");
    appendFileSync(join(carried, `tars/${shaOf("node")}.tar`), "more");
    expect(take(carried, cacheDirectory)).toContain("is damaged");
    rmSync(join(carried, "cache.json"));
    expect(take(carried, cacheDirectory)).toContain("was not exported by");
    expect(readCacheState(cacheDirectory)).toBe(readCacheState(emptyMount()));
  });

  it("and shows only so much of what a foreign one says of itself", () => {
    const carried = temporaryDirectory();
    const description = { version: 1, mount: "x".repeat(1e6), metadata: "{}", sizesBytes: {} };
    writeFileSync(join(carried, "cache.json"), JSON.stringify(description));
    expect(take(carried, emptyMount()).length).toBeLessThan(1000);
  });
});

describe("a carried cache whose files are something else changes nothing:", () => {
  const tar = `tars/${shaOf("node")}.tar`;
  it.each<readonly [string, (carried: string) => void, string]>([
    [
      "its description a link",
      (carried) => {
        renameSync(join(carried, "cache.json"), join(carried, "other"));
        symlinkSync("other", join(carried, "cache.json"));
      },
      "export/cache-damaged",
    ],
    [
      "its description a FIFO",
      (carried) => {
        rmSync(join(carried, "cache.json"));
        execFileSync("mkfifo", [join(carried, "cache.json")]);
      },
      "export/cache-damaged",
    ],
    [
      "its description endless",
      (carried) => truncateSync(join(carried, "cache.json"), 2 ** 30),
      "export/cache-damaged",
    ],
    [
      "a tar a link",
      (carried) => {
        renameSync(join(carried, tar), join(carried, "other"));
        symlinkSync("../other", join(carried, tar));
      },
      "export/cache-damaged",
    ],
    [
      "a tar a FIFO",
      (carried) => {
        rmSync(join(carried, tar));
        execFileSync("mkfifo", [join(carried, tar)]);
      },
      "export/cache-damaged",
    ],
  ])("%s", (_, change, code) => {
    const carried = packed(mountOf(["node"]));
    change(carried);
    const target = emptyMount();
    expect(faultsOf(() => unpack(carried, target))).toMatchObject([{ code }]);
    expect(readCacheState(target)).toBe('{"metadata":"","sizesBytes":{}}\n');
  });

  it.each(["link", "FIFO"])("a mount whose description is a %s is not taken along", (kind) => {
    const directory = mountOf(["node"]);
    const description = join(directory, "committed", metadataName);
    renameSync(description, join(directory, "other"));
    if (kind === "link") symlinkSync("../other", description);
    else execFileSync("mkfifo", [description]);
    expect(faultsOf(() => packed(directory))).toMatchObject([{ code: "export/cache-damaged" }]);
  });
});

describe("a carried cache", () => {
  it("is the same on the other machine, and belongs to the user that the mount belongs to", () => {
    const before = mountOf(["node", "modules"], "sbom");
    const after = emptyMount();
    unpack(packed(before), after);
    expect(readCacheState(after)).toBe(readCacheState(before));
    const { uid, gid } = statSync(join(after, "committed", `${shaOf("node")}.tar`));
    expect([uid, gid]).toEqual([1001, 1000]);
  });

  it("takes the place of another one, of which nothing stays", () => {
    const before = mountOf(["node"]);
    const after = mountOf(["old", "older"]);
    unpack(packed(before), after);
    expect(readCacheState(after)).toBe(readCacheState(before));
  });

  it("lies in a file for each tar, beside the description", () => {
    const carried = packed(mountOf(["node", "node"]));
    expect(listTree(carried)).toEqual(["cache.json", "tars/", `tars/${shaOf("node")}.tar`]);
    const { sizesBytes } = parseCarriedCache(readFileSync(join(carried, "cache.json"), "utf8")) ?? {};
    expect(sizesBytes).toEqual({ [shaOf("node")]: 4 });
  });

  it("of an empty mount says so", () => {
    const carried = packed(emptyMount());
    expect(parseCarriedCache(readFileSync(join(carried, "cache.json"), "utf8"))).toMatchObject({
      metadata: "",
    });
  });
});

describe("what cannot be unpacked changes nothing", () => {
  const refused = (spoil: (carried: string) => void, id = mount) => {
    const carried = packed(mountOf(["node", "modules"]));
    spoil(carried);
    const after = mountOf(["old"]);
    const before = listTree(after);
    const faults = faultsOf(() => unpack(carried, after, id));
    expect(listTree(after)).toEqual(before);
    return faults.map(({ code }) => code);
  };
  const tar = (carried: string) => join(carried, "tars", `${shaOf("modules")}.tar`);

  it.each<[string, string, (carried: string) => void]>([
    ["a tar with more in it", "export/cache-damaged", (carried) => appendFileSync(tar(carried), "x")],
    ["a tar that was cut", "export/cache-damaged", (carried) => writeFileSync(tar(carried), "modu")],
    ["a missing tar", "export/cache-damaged", (carried) => rmSync(tar(carried))],
    [
      "a description of nothing",
      "export/cache-damaged",
      (carried) => {
        const file = join(carried, "cache.json");
        const { metadata: _, ...rest } = JSON.parse(readFileSync(file, "utf8"));
        writeFileSync(file, JSON.stringify({ ...rest, metadata: '{"buildpacks":[{"key":1}]}' }));
      },
    ],
    ["another image", "export/not-a-cache", (carried) => rmSync(join(carried, "cache.json"))],
    ["other JSON", "export/not-a-cache", (carried) => writeFileSync(join(carried, "cache.json"), "{}")],
  ])("%s", (_, code, spoil) => {
    expect(refused(spoil)).toEqual([code]);
  });

  it.each(["cnb-dockerfile/other/linux/amd64", "cnb-dockerfile/shop/linux/arm64"])("one of %s", (id) => {
    expect(refused(() => undefined, id)).toEqual(["export/cache-of-another"]);
  });
});

describe("a mount that is not whole is not packed:", () => {
  it.each<[string, (directory: string) => void]>([
    ["a tar is missing", (committed) => rmSync(join(committed, `${shaOf("node")}.tar`))],
    ["a tar is another", (committed) => writeFileSync(join(committed, `${shaOf("node")}.tar`), "edon")],
    ["its description is cut", (committed) => writeFileSync(join(committed, metadataName), '{"sbom"')],
  ])("%s", (_, spoil) => {
    const directory = mountOf(["node"]);
    spoil(join(directory, "committed"));
    expect(faultsOf(() => packed(directory)).map(({ code }) => code)).toEqual(["export/cache-damaged"]);
  });
});

it("what a kill left half unpacked is gone after the next time", () => {
  const after = mountOf(["old"]);
  mkdirSync(join(after, "staging"));
  writeFileSync(join(after, "staging", "tar"), "half");
  const before = mountOf(["node"]);
  unpack(packed(before), after);
  expect(listTree(after)).toEqual(listTree(before));
});
