import { rootOwner } from "../../contract/owner.ts";
import type { InspectionPlan } from "../../plan/lifecycle-plan.ts";
import type { Stage, StageName } from "../stage.ts";
import { sbomFilesStage, sbomStage, syftStage } from "./sbom.ts";
import {
  artifactsStage,
  databaseFilesStage,
  databaseStage,
  grypeStage,
  scanConfigStage,
  scanFilesStage,
  scanStage,
} from "./scan.ts";

/** The stages that look into an image, each after those it takes from. */
export const inspectionLowerings: readonly ((plan: InspectionPlan) => Stage)[] = [
  syftStage,
  sbomFilesStage,
  sbomStage,
  grypeStage,
  databaseFilesStage,
  databaseStage,
  scanConfigStage,
  scanFilesStage,
  scanStage,
  artifactsStage,
];

/**
 * Those stages by themselves, for an image that is there already: whoever builds them hands over `rootfs` and `build`.
 * In: the image that holds the export program.
 */
export function inspectionStages(plan: InspectionPlan, tool: string): Stage[] {
  return [
    {
      name: "tool",
      base: { kind: "image", reference: tool, onBuildPlatform: true },
      purpose: [],
      instructions: [{ kind: "user", owner: rootOwner }],
    },
    ...(["rootfs", "build"] as const).map(handedOver),
    ...inspectionLowerings.map((lower) => lower(plan)),
  ];
}

function handedOver(name: StageName): Stage {
  return { name, base: { kind: "scratch" }, purpose: [], instructions: [] };
}
