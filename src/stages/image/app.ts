import { execEnvLabel, projectMetadataLabel } from "../../contract/label-names.ts";
import type { Owner } from "../../contract/owner.ts";
import type { AppPlan } from "../../plan/lifecycle-plan.ts";
import { present } from "../../present.ts";
import {
  appDirectory,
  appSlots,
  imageDirectory,
  launchSlots,
  layersDirectory,
  lifecycleDirectory,
} from "../paths.ts";
import type { Instruction, Stage } from "../stage.ts";

/**
 * `rootfs`: the image's files, which are looked into. Each COPY is a layer; `--link` makes it the same layer whatever lies
 * below, and content decides whether it is a new one. Order as the lifecycle's exporter has it (platform spec, exporter
 * outputs); the last layer, of links alone, is for the stage `app`.
 */
export function rootfsStage({ user, runImage, extensions }: AppPlan): Stage {
  return {
    name: "rootfs",
    base:
      extensions === undefined
        ? { kind: "image", reference: runImage.reference, onBuildPlatform: false }
        : { kind: "stage", name: "extend-run" },
    purpose: ["rootfs: the run image with the app's layers on top. Some layers may be empty."],
    instructions: [
      ...numbered(launchSlots).map((number) => layer("export", `launch-${number}`, user)),
      layer("export", "sbom", user),
      ...numbered(appSlots).map((number) => layer("export", `app-${number}`, user)),
      layer("export", "launcher"),
      layer("export", "config", user),
    ],
  };
}

/** `app`: the image. Config as the lifecycle's exporter has it. */
export function appStage(plan: AppPlan): Stage {
  const { runImage, platformApi, execEnv, processType } = plan;
  const env = (name: string, value: string): Instruction => ({ kind: "env", name, value: [value] });
  return {
    name: "app",
    base: { kind: "stage", name: "rootfs" },
    purpose: ["app: the final image."],
    instructions: [
      layer("gate", "process-types"),
      env("CNB_LAYERS_DIR", layersDirectory),
      env("CNB_APP_DIR", appDirectory),
      env("CNB_PLATFORM_API", platformApi),
      env("CNB_DEPRECATION_MODE", "quiet"),
      {
        kind: "env",
        name: "PATH",
        value: [`/cnb/process:${lifecycleDirectory}:`, ...(runImage.setsPath ? [{ variable: "PATH" }] : [])],
      },
      // After the app's layers: earlier it would make the directory, owned by root and with today's date.
      { kind: "workdir", path: appDirectory },
      ...(execEnv === undefined ? [] : [{ kind: "label" as const, name: execEnvLabel, value: execEnv }]),
      { kind: "label", name: projectMetadataLabel, value: "{}" },
      {
        kind: "entrypoint",
        argv: [processType === undefined ? `${lifecycleDirectory}/launcher` : `/cnb/process/${processType}`],
      },
      { kind: "cmd", argv: [] },
    ],
  };
}

function layer(from: "export" | "gate", name: string, owner?: Owner): Instruction {
  return {
    kind: "copy",
    from,
    source: `${imageDirectory}/${name}/`,
    destination: "/",
    ...present({ owner }),
    link: true,
  };
}

function numbered(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
