import type { LayerMeasure } from "../../contract/layer-measure.ts";
import { type ByteString, byteStringOf } from "../../layer/byte-string.ts";
import { measureCopy } from "../../layer/digest.ts";
import { walkTree } from "../../layer/walk.ts";
import type { LayerPlan } from "./image-layers.ts";
import type { RestoredLayers } from "./restored-layers.ts";

/**
 * What BuildKit will find of a layer that it copies from the build, from what was restored, or from what is laid out below
 * `outputDirectory`. Undefined: that is known of the copy alone. Throws node's error.
 */
export function measurePlan(
  { layer, entries }: LayerPlan,
  outputDirectory: ByteString,
  restored: RestoredLayers | undefined,
): LayerMeasure | undefined {
  const { source, user, slot } = layer;
  if (source.stage === "restored") return restored?.measureOf(byteStringOf(source.path));
  if (source.stage !== "build" && source.stage !== "export") return undefined;
  const copied = source.stage === "build" ? entries() : walkTree(`${outputDirectory}/${slot}`, "");
  const measured = measureCopy(copied, user);
  return measured && { digest: measured.sha, sizeBytes: measured.sizeBytes };
}
