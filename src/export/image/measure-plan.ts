import type { LayerMeasure } from "../../contract/layer-measure.ts";
import { type ByteString, byteStringOf } from "../../layer/byte-string.ts";
import { measureCopy } from "../../layer/digest.ts";
import { walkTree, walkWithParents } from "../../layer/walk.ts";
import type { LayerPlan } from "./image-layers.ts";
import type { RestoredLayers } from "./restored-layers.ts";

interface MeasureHost {
  /** Stands for `/` of the build. */
  readonly root: ByteString;
  readonly outputDirectory: ByteString;
  /** Undefined: nobody knows what was restored. */
  readonly restored: RestoredLayers | undefined;
}

/**
 * What BuildKit will find of a layer that it copies from the build, from what was restored, or from what is laid out below
 * `outputDirectory`. Undefined: that is known of the copy alone. Throws node's error.
 */
export function measurePlan(
  { layer }: LayerPlan,
  { root, outputDirectory, restored }: MeasureHost,
): LayerMeasure | undefined {
  const { source, user, slot } = layer;
  if (source.stage === "restored") return restored?.measureOf(byteStringOf(source.path));
  if (source.stage !== "build" && source.stage !== "export") return undefined;
  const path = byteStringOf(source.path);
  // In BuildKit's order, which need not be that of the plan's entries.
  const isOfBuild = source.stage === "build";
  const copied = isOfBuild ? walkWithParents(root, path) : walkTree(`${outputDirectory}/${slot}`, "");
  return measureCopy(copied, user);
}
