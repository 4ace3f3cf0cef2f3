import type { GeneratedDockerfiles } from "../../src/contract/generated-dockerfile.ts";
import { parseGeneratedDockerfiles } from "../../src/contract/generated-dockerfiles.ts";
import { exportProgram } from "../../src/contract/program.ts";
import { formatPlatform, type Platform } from "../../src/image/platform.ts";
import { layersDirectory } from "../../src/stages/paths.ts";
import { extensionsDirectories, placeFlags } from "../../src/stages/phases/extend.ts";
import type { Gateway } from "../bridge/gateway.ts";
import { copy, definitionFor, platformOf, run, type State } from "../graph/llb.ts";
import { explainGenerate } from "./generated-faults.ts";

interface GeneratedRequest {
  readonly platform: Platform;
  /** The stage `detect` of that platform. */
  readonly detect: State;
  /** Image that holds the export program. */
  readonly tool: State;
  /** What the machine that builds runs without emulation. */
  readonly buildPlatform: Platform;
  /** Whether Dockerfiles lie by their kind, as below Platform API 0.13. */
  readonly isByKind: boolean;
}

/** Where the step sees what detection left, and where it writes. */
const detectedDirectory = "/detected";
const outputDirectory = "/generated";
const outputFile = "/extensions.json";

/**
 * Runs detection, and reads what image extensions made of it. Known by the contents of what the detector left, so that a changed source
 * which leads to the same reads nothing again. Throws ConnectError.
 */
export async function readGenerated(
  gateway: Gateway,
  { platform, detect, tool, buildPlatform, isByKind }: GeneratedRequest,
): Promise<GeneratedDockerfiles> {
  const title = (text: string) => `[${formatPlatform(platform)}] ${text}`;
  // plan.toml is written in another order each time.
  const paths = ["group.toml", "analyzed.toml", "generated"].map((name) => `${layersDirectory}/${name}`);
  const left = copy(
    [...paths, ...extensionsDirectories].map((path) => ({
      ...{ from: detect, source: path, destination: path, isWhole: true, isOptional: true },
    })),
    {},
    title("take what image extensions left"),
  );
  const read = run(
    {
      root: tool,
      argv: [
        ...["node", exportProgram, "generated", `--root=${detectedDirectory}`],
        ...placeFlags(isByKind),
        `--to=${outputDirectory}${outputFile}`,
      ],
      env: ["PATH=/usr/local/bin"],
      platform: platformOf(buildPlatform),
      mounts: [{ state: left, target: detectedDirectory, keyedByContent: true }],
      output: outputDirectory,
    },
    title("read Dockerfiles of image extensions"),
  );
  const ref = await gateway.solveGraph(definitionFor(read), true).catch(async (error: unknown) => {
    throw await explainGenerate(gateway, error);
  });
  return parseGeneratedDockerfiles(Buffer.from(await gateway.readFile(ref, outputFile)).toString());
}
