import { chmodSync, existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parseRestoredMeasures, restoredMeasuresFile } from "../../../src/contract/restored-measures.ts";
import { writeRestoredMeasures } from "../../../src/export/phase/restored-measures.ts";
import { byteStringOf } from "../../../src/layer/byte-string.ts";
import { measureCopy } from "../../../src/layer/digest.ts";
import { parentsOf, walkTree } from "../../../src/layer/walk.ts";
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

function measuresOf({ cache, directory }: ReturnType<typeof restored>) {
  const place = { root: byteStringOf(directory), layersDirectory: "/layers" };
  writeRestoredMeasures(byteStringOf(cache), place);
  const file = `${directory}/layers${restoredMeasuresFile}`;
  return existsSync(file) ? parseRestoredMeasures(readFileSync(file, "utf8")) : undefined;
}

it("are those of the launch layers that are there, as this user's copy will have them", () => {
  const place = restored({ node: layer(true), build: layer(false), gone: layer(true) });
  const path = "/layers/acme_node/node";
  const root = byteStringOf(place.directory);
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const expected = measureCopy([...parentsOf(root, path), ...walkTree(`${root}${path}`, path)], owner);
  const measures = measuresOf(place);
  expect([...(measures?.keys() ?? [])]).toEqual([path]);
  expect(measures?.get(path)).toEqual({ digest: expected?.sha, sizeBytes: expected?.sizeBytes });
});

it.each<[string, (directory: string) => void]>([
  ["that a link leads to", (directory) => symlinkSync("node", join(directory, "layers/acme_node/linked"))],
  [
    "with bits that a change of owner takes away",
    (directory) => chmodSync(join(directory, "layers/acme_node/node/bin"), 0o4755),
  ],
  ["below a directory of another mode", (directory) => chmodSync(join(directory, "layers/acme_node"), 0o750)],
])("are not those of a layer %s", (_, change) => {
  const place = restored({ node: layer(true), linked: layer(true) });
  change(place.directory);
  const names = [...(measuresOf(place)?.keys() ?? [])].map((path) => path.split("/").at(-1));
  expect(names).toEqual(existsSync(join(place.directory, "layers/acme_node/linked")) ? ["node"] : []);
});

it("are none where the cache says of no layer, and a file of that name stays", () => {
  expect(measuresOf(restored({}))).toBeUndefined();
  const damaged = restored({ node: layer(true) });
  writeFileSync(join(damaged.cache, "committed/io.buildpacks.lifecycle.cache.metadata"), "{");
  expect(measuresOf(damaged)).toBeUndefined();
  const taken = restored({ node: layer(true) });
  writeFileSync(`${taken.directory}/layers${restoredMeasuresFile}`, "somebody's");
  expect(() => measuresOf(taken)).toThrow("EEXIST");
});
