import type { LifecyclePlan } from "../../plan/lifecycle-plan.ts";
import { certificateMounts } from "../certificates.ts";
import { appDirectory, lifecycleDirectory, sourceRoot } from "../paths.ts";
import { secretArguments, secretMounts } from "../secrets.ts";
import type { Stage } from "../stage.ts";
import { directoryMounts } from "../volumes.ts";
import { keepReplacingExtensions, replacingMounts } from "./modules.ts";

/** `detect`: which buildpacks want to take part. */
export function detectStage(plan: LifecyclePlan): Stage {
  const { user, workspace } = plan;
  return {
    name: "detect",
    base: { kind: "stage", name: "builder" },
    purpose: ["detect: finds the buildpacks that apply to the source."],
    instructions: [
      {
        kind: "copy",
        from: "source",
        source: `${sourceRoot}/`,
        destination: "/",
        owner: user,
        link: false,
      },
      // Not in the build context, so it stands here; buildpacks look for it under this name.
      ...(workspace.descriptorText === undefined
        ? []
        : [
            {
              kind: "file" as const,
              path: `${appDirectory}/project.toml`,
              mode: "0644" as const,
              content: { format: "text" as const, text: workspace.descriptorText },
            },
          ]),
      ...(plan.extensions?.areExperimental === true
        ? [{ kind: "env" as const, name: "CNB_EXPERIMENTAL_MODE", value: ["warn"] }]
        : []),
      ...secretArguments(plan),
      {
        kind: "run",
        network: false,
        mounts: [
          ...replacingMounts(plan),
          ...directoryMounts(plan),
          ...secretMounts(plan),
          ...certificateMounts(plan),
        ],
        argv: [`${lifecycleDirectory}/detector`],
      },
      ...keepReplacingExtensions(plan),
    ],
  };
}
