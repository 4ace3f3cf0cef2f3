import { epochSeconds } from "../../src/contract/epoch.ts";
import { changesFile, parseLayerChanges } from "../../src/contract/layer-changes.ts";
import { exportProgram } from "../../src/contract/program.ts";
import { formatPlatform, type Platform } from "../../src/image/platform.ts";
import { present } from "../../src/present.ts";
import type { Gateway } from "../bridge/gateway.ts";
import { copy, definitionFor, difference, platformOf, run, type State } from "../graph/llb.ts";

/** What an instruction left, and what the image's history says of it. */
export interface InstructionLayer {
  readonly state: State;
  readonly history: string;
}

interface LayersRequest {
  readonly platform: Platform;
  /** Below the first layer. */
  readonly base: State | undefined;
  /** They have run, or run now. */
  readonly layers: readonly InstructionLayer[];
  /** Image that holds the export program. */
  readonly tool: State;
  /** What the machine that builds runs without emulation. */
  readonly buildPlatform: Platform;
}

const statesDirectory = "/states";
const differencesDirectory = "/differences";
const outputDirectory = "/changes";

/**
 * The same layers with all their times in 1980, as the lifecycle writes them, so that the same instructions make the same layers on any
 * machine: what an instruction added and changed is copied, what it deleted is deleted, and directories that it only touched get their
 * time, too. A layer in which nothing changed is left out, as the lifecycle leaves it out. Throws ConnectError where an instruction
 * fails.
 */
export async function reproducibleLayers(
  gateway: Gateway,
  { platform, base, layers, tool, buildPlatform }: LayersRequest,
): Promise<{ readonly state: State | undefined; readonly history: readonly string[] }> {
  if (layers.length === 0) return { state: base, history: [] };
  const title = (text: string) => `[${formatPlatform(platform)}] ${text}`;
  const states = [base, ...layers.map(({ state }) => state)];
  const differences = layers.map(({ state }, index) =>
    difference(states[index], state, title(`what changed: ${layers[index]?.history ?? ""}`)),
  );
  const list = run(
    {
      root: tool,
      argv: [
        ...["node", exportProgram, "changes", `--states=${statesDirectory}`],
        ...[`--differences=${differencesDirectory}`, `--count=${layers.length}`, `--to=${outputDirectory}`],
      ],
      env: ["PATH=/usr/local/bin"],
      platform: platformOf(buildPlatform),
      mounts: [
        ...states.flatMap((state, index) =>
          state === undefined ? [] : [{ state, target: `${statesDirectory}/${index}` }],
        ),
        ...differences.map((state, index) => ({ state, target: `${differencesDirectory}/${index + 1}` })),
      ],
      output: outputDirectory,
    },
    title("list what image extensions changed"),
  );
  const ref = await gateway.solveGraph(definitionFor(list), true);
  const changes = parseLayerChanges(Buffer.from(await gateway.readFile(ref, changesFile)).toString());
  const kept = changes.flatMap((change, index) => {
    const [layer, from] = [layers[index], differences[index]];
    if (change.isEmpty || layer === undefined || from === undefined) return [];
    return [{ deleted: change.deleted, history: layer.history, from, number: index + 1 }];
  });
  const state = kept.reduce(
    (onto: State | undefined, { deleted, history, from, number }) =>
      copy(
        [
          { from, source: "/", destination: "/" },
          { from: list, source: `/${number}`, destination: "/" },
        ],
        { timeSeconds: epochSeconds, without: deleted, ...present({ onto }) },
        title(`layer: ${history}`),
      ),
    base,
  );
  return { state, history: kept.map(({ history }) => history) };
}
