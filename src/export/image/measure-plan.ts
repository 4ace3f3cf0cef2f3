import type { LayerMeasure } from "../../contract/layer-measure.ts";
import type { ByteString } from "../../layer/byte-string.ts";
import { measureCopy } from "../../layer/digest.ts";
import { walkTree } from "../../layer/walk.ts";
import type { LayerPlan } from "./image-layers.ts";

/**
 * What BuildKit will find of a layer that it copies from the build, or from what is laid out below `outputDirectory`. Undefined: that is
 * known of the copy alone; or the layer is not of this build, and its copy has been looked at before. Throws node's error.
 */
export function measurePlan(
  { layer, entries }: LayerPlan,
  outputDirectory: ByteString,
): LayerMeasure | undefined {
  const { source, user, slot } = layer;
  if (source.stage !== "build" && source.stage !== "export") return undefined;
  const copied = source.stage === "build" ? entries() : walkTree(`${outputDirectory}/${slot}`, "");
  const measured = measureCopy(copied, user);
  return measured && { digest: measured.sha, sizeBytes: measured.sizeBytes };
}
