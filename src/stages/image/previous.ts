import type { LifecyclePlan } from "../../plan/lifecycle-plan.ts";
import { restorableToml } from "../analyzed.ts";
import { previousContext } from "../paths.ts";
import type { Stage } from "../stage.ts";

/** `previous`: what an earlier image lets the buildpacks keep. Only our frontend can hand it over. */
export function previousStage(plan: LifecyclePlan): Stage[] {
  if (plan.previousImage === undefined) return [];
  return [
    {
      name: "previous",
      base: {
        kind: "context",
        name: previousContext,
        files: plan.platforms.map((platform) => ({
          platform: platform.platform,
          path: "/analyzed.toml",
          content: { format: "toml", table: restorableToml(plan, platform) },
        })),
      },
      purpose: [
        "previous: metadata and SBOMs of the layers that only an earlier image contains,",
        "and the data that the buildpacks stored.",
      ],
      instructions: [],
    },
  ];
}
