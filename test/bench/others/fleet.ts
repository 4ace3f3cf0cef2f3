import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath, stdout } from "node:process";
import { execa } from "execa";
import { type SecondBuildkit, startSecondBuildkit } from "../../e2e/second-buildkit.ts";
import { median } from "../../helpers/median.ts";
import type { Lab } from "../../lab/lab.ts";

const appCount = 5;
const buildCount = 20;
/** After so many builds, one BuildKit is lost with its data, and an empty one takes its place. */
const lostAfter = 10;

/** What a buildpack downloads in three seconds, and keeps. */
const group = `
[[io.buildpacks.group]]
id = "lab/procfile"

[[io.buildpacks.group]]
id = "example/downloads"
[io.buildpacks.group.script]
api = "0.10"
inline = '''
layer="$CNB_LAYERS_DIR/download"
if [ -e "$layer/file" ]; then echo "reusing the download"; else
  mkdir -p "$layer"
  sleep 3
  head -c 30000000 /dev/urandom > "$layer/file"
fi
printf "[types]\\\\ncache = true\\\\nbuild = true\\\\n" > "$layer.toml"
'''
`;

const projectText = (lab: Lab, id: string) =>
  `[_]\nschema-version = "0.2"\nid = "${id}"\n\n[io.buildpacks]\nbuilder = "${lab.images.builder}"\n${group}`;

const program = join(import.meta.dirname, "..", "..", "..", "dist", "main.js");

interface Fleet {
  readonly nodeCount: number;
  readonly hasCacheImage: boolean;
  /** Whether `build` chooses the BuildKit; else each build lands anywhere. */
  readonly isRouted: boolean;
}

/** Twenty builds of five apps, each with a changed line, in one order that looks random, on BuildKits that begin empty. */
export async function benchFleet(lab: Lab): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), "cnb-dockerfile-fleet-"));
  try {
    for (const nodeCount of [2, 4]) {
      for (const [hasCacheImage, isRouted] of [
        [false, false],
        [true, false],
        [true, true],
      ] as const) {
        await benchOne(lab, work, { nodeCount, hasCacheImage, isRouted });
      }
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function benchOne(lab: Lab, work: string, fleet: Fleet): Promise<void> {
  const { nodeCount, hasCacheImage, isRouted } = fleet;
  const id = `${nodeCount}-${hasCacheImage}-${isRouted}-${Date.now()}`;
  const start = (index: number) => startSecondBuildkit(lab, { name: `fleet-${index}` });
  const nodes = await Promise.all(Array.from({ length: nodeCount }, (_, index) => start(index)));
  const random = randomNumbers(nodeCount);
  const seen = (await lab.registryRequests("bench/fleet")).length;
  const runs: { readonly ms: number; readonly isFirst: boolean; readonly isHit: boolean }[] = [];
  const built = new Set<number>();
  try {
    for (let index = 0; index < buildCount; index++) {
      if (index === lostAfter) await replace(nodes, random(nodeCount), start);
      const app = random(appCount);
      const directory = join(work, id, String(app));
      mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, "project.toml"), projectText(lab, `com.example.fleet-${id}-${app}`));
      writeFileSync(join(directory, "Procfile"), `web: echo ${id} ${app} ${index}\n`);
      const words = [
        ...["--engine=buildkit", "--progress=plain", "--platform=linux/amd64", "--push"],
        `--tag=${lab.registry}/bench/fleet-app:${app}`,
        ...(hasCacheImage ? [`--cache-image=${lab.registry}/bench/fleet:${id}-${app}`] : []),
      ];
      const anywhere = nodes[random(nodeCount)] as SecondBuildkit;
      const addresses = isRouted ? nodes.map(({ address }) => address) : [anywhere.address];
      const begin = performance.now();
      const env = { ...lab.environment, CNB_DOCKERFILE_IMAGE: "", BUILDKIT_HOST: addresses.join(",") };
      const { stderr: log } = await execa(execPath, [program, "build", ...words], { cwd: directory, env });
      const ms = performance.now() - begin;
      runs.push({ ms, isFirst: !built.has(app), isHit: log.includes("reusing the download") });
      built.add(app);
    }
  } finally {
    for (const node of nodes) await node.close();
  }
  const later = runs.filter(({ isFirst }) => !isFirst);
  const hits = later.filter(({ isHit }) => isHit);
  const seconds = (of: typeof runs) => (median(of.map(({ ms }) => ms)) / 1000).toFixed(1);
  const fetched = (await lab.registryRequests("bench/fleet"))
    .slice(seen)
    .filter(({ method, path }) => method === "GET" && path.includes("/blobs/")).length;
  const total = runs.reduce((sum, { ms }) => sum + ms, 0) / 1000;
  stdout.write(
    `${nodeCount} BuildKits, ${hasCacheImage ? "cache image" : "no cache image"}, ${isRouted ? "an app at its own" : "at random    "}: ${hits.length} of ${later.length} later builds found their layers, median of those ${seconds(hits)} s, of the others ${seconds(runs.filter(({ isHit }) => !isHit))} s, all 20 in ${total.toFixed(0)} s, ${fetched} cache blobs fetched\n`,
  );
}

async function replace(
  nodes: SecondBuildkit[],
  index: number,
  start: (index: number) => Promise<SecondBuildkit>,
): Promise<void> {
  await nodes[index]?.close();
  nodes[index] = await start(index);
}

/** The same numbers in each run, below a limit. Source: Knuth, MMIX's linear congruential generator. */
function randomNumbers(seed: number): (limit: number) => number {
  let state = BigInt(seed);
  return (limit) => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number((state >> 33n) % BigInt(limit));
  };
}
