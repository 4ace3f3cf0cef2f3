import { chmodSync, existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parseRestoredLayers, restoredLayersFile } from "../../../src/contract/restored-layers.ts";
import { describeRestored } from "../../../src/export/phase/describe-restored.ts";
import { byteStringOf } from "../../../src/layer/byte-string.ts";
import { measureCopy } from "../../../src/layer/digest.ts";
import { walkWithParents } from "../../../src/layer/walk.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { writeTree } from "../trees.ts";

const layer = (launch: boolean) => ({
  sha: `sha256:${"a".repeat(64)}`,
  data: null,
  build: true,
  launch,
  cache: true,
});

/** What the restorer left of two buildpacks, and the cache that it comes from. */
function restored(layers: Readonly<Record<string, unknown>>) {
  const [cache, directory] = [temporaryDirectory(), temporaryDirectory()];
  const metadata = { sbom: { sha: "" }, buildpacks: [{ key: "acme/node", version: "1", layers }] };
  writeTree(cache, { "committed/io.buildpacks.lifecycle.cache.metadata": JSON.stringify(metadata) });
  writeTree(directory, {
    "layers/acme_node/node/bin": "node",
    "layers/acme_node/build/x": "x",
    "layers/acme_node/node.toml": "",
  });
  return { cache, directory };
}

function layersOf(
  { cache, directory }: ReturnType<typeof restored>,
  isOpened: (path: string) => boolean = () => false,
) {
  const place = { root: byteStringOf(directory), layersDirectory: "/layers" };
  describeRestored({ ...place, cacheDirectory: byteStringOf(cache), isOpened });
  const file = `${directory}/layers${restoredLayersFile}`;
  return existsSync(file) ? parseRestoredLayers(readFileSync(file, "utf8")) : undefined;
}

it("are described by their tars, and those for launch by the digests that this user's copies will have", () => {
  const place = restored({ node: layer(true), build: layer(false), gone: layer(true) });
  const path = "/layers/acme_node/node";
  const root = byteStringOf(place.directory);
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const expected = measureCopy(walkWithParents(root, path), owner);
  const layers = layersOf(place);
  expect([...(layers?.keys() ?? [])]).toEqual([path, "/layers/acme_node/build"]);
  expect(layers?.get(path)).toEqual({
    sha: layer(true).sha,
    measure: expected,
  });
  // Nobody asks for the digest of what is in no image.
  expect(layers?.get("/layers/acme_node/build")).toEqual({ sha: layer(false).sha });
});

it("are not described where something in them has another mode than in the cache", () => {
  const layers = layersOf(restored({ node: layer(true) }), (path) => path === "/layers/acme_node/node");
  expect(layers).toBeUndefined();
});

it.each<[string, (directory: string) => void]>([
  ["where a link leads to", (directory) => symlinkSync("node", join(directory, "layers/acme_node/linked"))],
  [
    "with bits that a change of owner takes away",
    (directory) => chmodSync(join(directory, "layers/acme_node/node/bin"), 0o4755),
  ],
  ["below a directory of another mode", (directory) => chmodSync(join(directory, "layers/acme_node"), 0o750)],
])("have no digest if they are %s", (_, change) => {
  const place = restored({ node: layer(true), linked: layer(true) });
  change(place.directory);
  const layers = [...(layersOf(place) ?? [])].filter(([, { measure }]) => measure !== undefined);
  const names = layers.map(([path]) => path.split("/").at(-1));
  expect(names).toEqual(existsSync(join(place.directory, "layers/acme_node/linked")) ? ["node"] : []);
});

it("are none where the cache says of no layer, and a file of that name stays", () => {
  expect(layersOf(restored({}))).toBeUndefined();
  const damaged = restored({ node: layer(true) });
  writeFileSync(join(damaged.cache, "committed/io.buildpacks.lifecycle.cache.metadata"), "{");
  expect(layersOf(damaged)).toBeUndefined();
  const taken = restored({ node: layer(true) });
  writeFileSync(`${taken.directory}/layers${restoredLayersFile}`, "somebody's");
  expect(() => layersOf(taken)).toThrow("EEXIST");
});
