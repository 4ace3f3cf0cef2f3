import { exportProgram } from "../../contract/program.ts";
import { imageIdArgument, sbomFormatArgument } from "../../options/step-variables.ts";
import type { InspectionPlan } from "../../plan/lifecycle-plan.ts";
import { layersDirectory, sbomDirectory } from "../paths.ts";
import type { Stage } from "../stage.ts";

const [rootfs, syft, buildpacks] = ["/run/rootfs", "/run/syft", "/run/buildpacks"];

/** `syft`: the program that lists what is in a file system. */
export function syftStage({ supplyChain }: InspectionPlan): Stage {
  return {
    name: "syft",
    base: { kind: "image", reference: supplyChain.syft, onBuildPlatform: true },
    purpose: [
      "syft: lists the packages in the image. This stage and those below, except `app`, run only on demand.",
    ],
    instructions: [],
  };
}

/** `sbom-files`: bills of materials, the scanner's and those of the buildpacks. */
export function sbomFilesStage({ supplyChain }: InspectionPlan): Stage {
  return {
    name: "sbom-files",
    base: { kind: "stage", name: "tool" },
    purpose: ["sbom-files: the packages that Syft finds in the image, together with the buildpacks' SBOMs."],
    instructions: [
      { kind: "arg", name: sbomFormatArgument, value: supplyChain.sbomFormat },
      { kind: "arg", name: "SOURCE_DATE_EPOCH" },
      { kind: "arg", name: imageIdArgument },
      {
        kind: "run",
        network: false,
        mounts: [
          { kind: "bind", from: "rootfs", source: "/", target: rootfs },
          { kind: "bind", from: "build", source: `${layersDirectory}/sbom`, target: buildpacks },
          { kind: "bind", from: "syft", source: "/", target: syft },
        ],
        argv: [
          "node",
          exportProgram,
          "sbom",
          `--rootfs=${rootfs}`,
          `--buildpacks=${buildpacks}`,
          `--syft=${syft}`,
          `--to=${sbomDirectory}`,
        ],
      },
    ],
  };
}

/** `sbom`: the bills of materials as files. */
export function sbomStage(): Stage {
  return {
    name: "sbom",
    base: { kind: "scratch" },
    purpose: ["sbom: exports the SBOMs as files: `--target sbom --output DIRECTORY`."],
    instructions: [
      { kind: "copy", from: "sbom-files", source: `${sbomDirectory}/`, destination: "/", link: true },
    ],
  };
}
