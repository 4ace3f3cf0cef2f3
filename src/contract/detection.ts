import * as v from "valibot";
import { generatedSchema } from "./generated-dockerfiles.ts";
import { groupSchema } from "./group.ts";

/** File in the stage `detected`. */
export const detectionFile = "detection.json";

/** What detection found on one platform: `detection.json`. */
const detectionSchema = v.strictObject({
  version: v.literal(1),
  /** The detector's; 0: a group passed. Source: CNB platform spec, "detector", exit codes. */
  exitCode: v.pipe(v.number(), v.integer()),
  /** Who takes part. Absent: no group passed. */
  group: v.optional(groupSchema),
  /** What image extensions made. Absent: no group passed. */
  generated: v.optional(generatedSchema),
  /** What the detector said, at the level `debug`. */
  log: v.string(),
  /** Whether it said more than is kept. */
  isCut: v.boolean(),
});

export type Detection = v.InferOutput<typeof detectionSchema>;

/** Reads the file. Throws ValiError or SyntaxError: buildpacks run beside the program that writes it. */
export function parseDetection(json: string): Detection {
  return v.parse(detectionSchema, JSON.parse(json));
}

export function formatDetection(detection: Detection): string {
  return `${JSON.stringify(detection)}\n`;
}
