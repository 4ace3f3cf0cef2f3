import { buildImage } from "../../build/build-image.ts";
import { buildPorts } from "../build/build-ports.ts";
import { readBuildOrder } from "../build/read-build-order.ts";
import { exitOf } from "../exit-code.ts";
import type { BuildFlags } from "../flags.ts";
import type { Asked } from "../operator-defaults.ts";
import { flagAnswers } from "../table-flags.ts";
import type { Terminal } from "../terminal.ts";

/** `build`: a project or a Dockerfile to an image, by BuildKit. Out: the exit code. */
export async function build(
  source: string | undefined,
  { flags, defaults }: Asked<BuildFlags>,
  terminal: Terminal,
): Promise<number> {
  const order = readBuildOrder(source, flags, process.env, flagAnswers(flags, "build"));
  return exitOf(await buildImage(order, buildPorts(flags, process.env, terminal, defaults)));
}
