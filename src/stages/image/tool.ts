import { rootOwner } from "../../contract/owner.ts";
import { exportProgram, nativeDirectory } from "../../contract/program.ts";
import type { LifecyclePlan } from "../../plan/lifecycle-plan.ts";
import { analyzedToml } from "../analyzed.ts";
import { fileList, filesDirectory, platformsDirectory } from "../paths.ts";
import type { Instruction, Stage } from "../stage.ts";
import { splitFiles } from "./files.ts";

/** `tool`: the export program and everything the platform hands to the lifecycle. Never emulated. */
export function toolStage(plan: LifecyclePlan): Stage {
  const { tool } = plan;
  return {
    name: "tool",
    base: { kind: "image", reference: tool.reference, onBuildPlatform: true },
    purpose: [
      "tool: the program that filters the source and assembles the image, and the platform data for the lifecycle.",
      "Runs on the build platform, never under emulation.",
    ],
    instructions: [
      // Buildpacks leave files that only their owner may read.
      { kind: "user", owner: rootOwner },
      ...(tool.kind === "inline"
        ? [
            file(exportProgram, { format: "text", text: withFinalNewline(tool.program) }),
            {
              kind: "run" as const,
              network: false,
              mounts: [],
              argv: ["node", exportProgram, "native", `--to=${nativeDirectory}`],
            },
          ]
        : []),
      ...plan.platforms.map((platform) =>
        file(`${platformsDirectory}/${platform.platform}/analyzed.toml`, {
          format: "toml",
          table: analyzedToml(plan, platform.target),
        }),
      ),
      ...exactFiles(plan),
    ],
  };
}

function exactFiles(plan: LifecyclePlan): Instruction[] {
  const { exact } = splitFiles(plan.files);
  if (exact.length === 0) return [];
  return [
    file(fileList, { format: "files", files: exact }),
    {
      kind: "run",
      network: false,
      mounts: [],
      argv: ["node", exportProgram, "files", "--from", fileList, "--to", filesDirectory],
    },
  ];
}

function file(path: string, content: Extract<Instruction, { kind: "file" }>["content"]): Instruction {
  return { kind: "file", path, mode: "0644", content };
}

function withFinalNewline(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}
