import { exportProgram } from "../../contract/program.ts";
import type { LifecyclePlan } from "../../plan/lifecycle-plan.ts";
import { appDirectory, sourceRoot, warningsDirectory } from "../paths.ts";
import type { Stage } from "../stage.ts";

/**
 * `source`: the project's files that the buildpacks are to see. A stage of its own, so that `detect` takes over its
 * result by content: an edit of an excluded file runs this step again and nothing after it.
 */
export function sourceStage({ workspace }: LifecyclePlan): Stage {
  const { filter, descriptorPath, keepGitDirectory, keepModes, mode, runsAsOther } = workspace;
  const patterns =
    filter.kind === "all" ? [] : filter.patterns.flatMap((pattern) => [`--${filter.kind}=${pattern}`]);
  return {
    name: "source",
    base: { kind: "stage", name: "tool" },
    purpose: ["source: the project's files after include and exclude, as the buildpacks see them."],
    instructions: [
      {
        kind: "run",
        network: false,
        mounts: [{ kind: "context", target: "/context" }],
        argv: [
          "node",
          exportProgram,
          "source",
          "--from=/context",
          `--to=${sourceRoot}${appDirectory}`,
          `--warnings=${warningsDirectory}/source.json`,
          ...(descriptorPath === undefined ? [] : [`--descriptor=${descriptorPath}`]),
          ...(keepGitDirectory ? ["--keep-git-directory"] : []),
          ...(keepModes ? ["--keep-modes"] : []),
          ...(mode === undefined ? [] : [`--workspace-mode=${mode}`]),
          ...(runsAsOther && !keepModes ? ["--runs-as-other"] : []),
          ...patterns,
        ],
      },
    ],
  };
}
