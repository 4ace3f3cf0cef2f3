import type { AppPlan } from "../plan/lifecycle-plan.ts";
import {
  appDirectory,
  appSlots,
  imageDirectory,
  launchSlots,
  layersDirectory,
  lifecycleDirectory,
} from "./paths.ts";
import type { Instruction, Owner, Stage } from "./stage.ts";

/**
 * `app`: the image. Each COPY is a layer; `--link` makes it the same layer whatever lies below, and content decides
 * whether it is a new one. Order and config as the lifecycle's exporter has them (platform spec, exporter outputs).
 */
export function appStage(plan: AppPlan): Stage {
  const { user, runImage, platformApi, execEnv, processType } = plan;
  const layer = (name: string, owner?: Owner): Instruction => ({
    kind: "copy",
    from: "export",
    source: `${imageDirectory}/${name}/`,
    destination: "/",
    ...(owner === undefined ? {} : { owner }),
    link: true,
  });
  const env = (name: string, value: string): Instruction => ({ kind: "env", name, value: [value] });
  return {
    name: "app",
    base: { kind: "image", reference: runImage.reference, onBuildPlatform: false },
    purpose: ["app: the image. The run image with the app's layers on top; some of them may be empty."],
    instructions: [
      ...numbered(launchSlots).map((number) => layer(`launch-${number}`, user)),
      layer("sbom", user),
      ...numbered(appSlots).map((number) => layer(`app-${number}`, user)),
      layer("launcher"),
      layer("config", user),
      layer("process-types"),
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
      ...(execEnv === undefined
        ? []
        : [{ kind: "label" as const, name: "io.buildpacks.exec-env", value: execEnv }]),
      { kind: "label", name: "io.buildpacks.project.metadata", value: "{}" },
      {
        kind: "entrypoint",
        argv: [processType === undefined ? `${lifecycleDirectory}/launcher` : `/cnb/process/${processType}`],
      },
      { kind: "cmd", argv: [] },
    ],
  };
}

function numbered(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
