import { buildIdOf } from "../../src/contract/build-id.ts";
import type { GeneratedDockerfile } from "../../src/contract/generated-dockerfile.ts";
import { rebasableLabel } from "../../src/contract/label-names.ts";
import { readDockerfile } from "../../src/dockerfile/read/read-dockerfile.ts";
import { instructionStates } from "../graph/instruction-states.ts";
import type { LoadedImage } from "../sources/named-contexts.ts";
import { applyDockerfile } from "./apply.ts";
import { layerTexts, saysRebasable } from "./extended-config.ts";
import type { Applied } from "./extension-host.ts";
import type { InstructionLayer } from "./layers.ts";

/** Layers of an extension, by what made them. Source: lifecycle, `layers.ExtensionLayerName`. */
const layerHistoryOf = (createdBy: string, id: string) =>
  `Layer: '${createdBy}', Created by extension: ${id}`;

/** Applies Dockerfiles one upon the other. */
export async function applyAll(
  { host, detect, platform }: Applied,
  base: LoadedImage,
  dockerfiles: readonly GeneratedDockerfile[],
): Promise<{
  readonly image: LoadedImage;
  readonly layers: readonly InstructionLayer[];
  readonly isRebasable: boolean;
}> {
  const { gateway, options, steps, wishes } = host;
  let image = base;
  let below = Buffer.from(base.config).toString();
  let isRebasable = true;
  const layers: InstructionLayer[] = [];
  for (const dockerfile of dockerfiles) {
    const buildId = buildIdOf(dockerfile, below, wishes.nonce);
    const next = await applyDockerfile(gateway, {
      ...{ dockerfile, base: image, detect, platform, options, buildId },
      ...wishes,
    });
    steps.add(dockerfile, platform, image.state, next.state);
    layers.push(...layersBetween(image, next, dockerfile));
    isRebasable &&= saysRebasable(next.config, rebasableLabel);
    image = next;
    below = buildId;
  }
  return { image, layers, isRebasable };
}

/** The layers that a Dockerfile adds; where they cannot be told apart, one for all of them. */
function layersBetween(
  from: LoadedImage,
  to: LoadedImage,
  { id, text }: GeneratedDockerfile,
): InstructionLayer[] {
  const added = layerTexts(to.config).slice(layerTexts(from.config).length);
  const written = layerInstructions(text);
  // As they are written, as the lifecycle has them; else as BuildKit does.
  const texts = written.length === added.length ? written : added;
  const states = instructionStates(from.state, to.state);
  if (states?.length === texts.length) {
    return states.map((state, index) => ({ state, history: layerHistoryOf(texts[index] ?? "", id) }));
  }
  if (to.state === undefined) return [];
  return [{ state: to.state, history: layerHistoryOf(texts.join("; "), id) }];
}

/** The instructions of a Dockerfile that make a layer, each in one line but for what is in heredocs. */
function layerInstructions(text: string): string[] {
  const instructions = readDockerfile(text).stages[0]?.instructions ?? [];
  return instructions
    .filter(({ keyword }) => ["ADD", "COPY", "RUN", "WORKDIR"].includes(keyword))
    .map(({ text }) => inOneLine(text));
}

/** Without the comments that stand between the lines of an instruction; what is in heredocs stays. */
function inOneLine(text: string): string {
  return text.replaceAll(/(?<=\\[ \t]*\r?\n)(?:[ \t]*#[^\n]*\n)+/g, "").replaceAll(/\\[ \t]*\r?\n/g, "");
}
