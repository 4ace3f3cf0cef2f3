import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError, type Report } from "../diagnostics/diagnostic.ts";
import { packageCount } from "../sbom/component.ts";
import type { DocumentIdentity } from "../sbom/identity.ts";
import { contentIdentity, repeatable } from "../sbom/repeatable.ts";
import { readSbom, type SbomFile, sbomText } from "../sbom/sbom.ts";
import type { SbomFormat } from "../sbom/sbom-format.ts";
import { mergeBuildpackSboms, sbomFilesBelow, writeMerged } from "./buildpack-sboms.ts";
import { createdTime } from "./created-time.ts";
import type { Log } from "./log.ts";
import { findToolProgram, runTool } from "./tool-program.ts";

export interface ImageSbomRequest {
  /** Root of the image that is looked into. */
  readonly rootfs: string;
  /** What the buildpacks left, `<layers>/sbom`; what they say of the image is in the image, too. */
  readonly buildpacks: string;
  /** Root of Syft's image. */
  readonly syft: string;
  readonly to: string;
  /** Which format the file `sbom.json` has. */
  readonly format: SbomFormat;
  /** Hexadecimal digits that tell the image from all others; absent: it is known by what is in it. */
  readonly imageId?: string;
}

/** Where an image of buildpacks has its layers. Source: CNB platform spec, `CNB_LAYERS_DIR`. */
const layersDirectory = "layers";
/** Names of the scanner's files. */
const spdxName = "sbom.spdx.json";
const cyclonedxName = "sbom.cdx.json";

/**
 * Writes bills of materials of an image: the scanner's `sbom.json`, `sbom.spdx.json` and `sbom.cdx.json`, and in
 * `buildpacks/` what the buildpacks say, `launch.*.json` of what is in the image and `build.*.json` of what it was built
 * with. The same image gives the same bytes. Throws CompileError.
 */
export function writeImageSbom(request: ImageSbomRequest, log: Log, report: Report): void {
  const { to, rootfs, format, imageId, buildpacks } = request;
  mkdirSync(join(to, "buildpacks"), { recursive: true });
  const work = join(to, ".syft");
  mkdirSync(work);
  runSyft(request, work);
  const found = {
    spdx: readSbom("spdx", fileAt(work, spdxName)),
    cyclonedx: readSbom("cyclonedx", fileAt(work, cyclonedxName)),
  };
  rmSync(work, { recursive: true });
  const identity: DocumentIdentity = {
    identity: imageId ?? contentIdentity(found.cyclonedx),
    created: createdTime(),
  };
  const texts = {
    spdx: sbomText(repeatable(found.spdx, identity)),
    cyclonedx: sbomText(repeatable(found.cyclonedx, identity)),
  };
  writeFileSync(join(to, spdxName), texts.spdx);
  writeFileSync(join(to, cyclonedxName), texts.cyclonedx);
  writeFileSync(join(to, "sbom.json"), texts[format]);
  const counts = (["launch", "build"] as const).map((kind) => {
    const directory = kind === "launch" ? join(rootfs, layersDirectory, "sbom") : buildpacks;
    const merged = mergeBuildpackSboms(sbomFilesBelow(join(directory, kind)), report);
    writeMerged(join(to, "buildpacks"), kind, merged);
    return `${kind} ${merged.cyclonedx === undefined ? 0 : packageCount(merged.cyclonedx)}`;
  });
  log(`sbom: ${packageCount(found.cyclonedx)} packages; by what the buildpacks say: ${counts.join(", ")}`);
}

function runSyft({ rootfs, syft }: ImageSbomRequest, work: string): void {
  const tool = findToolProgram("Syft", "syft", syft);
  const words = [
    ...["scan", "--quiet", `dir:${rootfs}`, "--base-path", rootfs],
    // Those for directories leave installed packages out.
    ...["--override-default-catalogers", "image", "--source-name", "image"],
    ...["--output", `spdx-json@2.3=${join(work, spdxName)}`],
    // Grype reads no CycloneDX 1.7, Syft's own choice.
    ...["--output", `cyclonedx-json@1.6=${join(work, cyclonedxName)}`],
  ];
  const exitCode = runTool(tool, words, {
    SYFT_CHECK_FOR_APP_UPDATE: "false",
    // Else each file of the image is an entry, and CycloneDX ten times as large.
    SYFT_FILE_METADATA_SELECTION: "none",
    // Beside a build that needs memory itself: half of what it would take, for a little time.
    ...{ GOMEMLIMIT: "150MiB", GOGC: "50", SYFT_PARALLELISM: "1" },
  });
  if (exitCode === 0) return;
  throw new CompileError([
    diagnose("export/tool-failed", { tool: tool.name, reason: `its exit code is ${exitCode}` }),
  ]);
}

function fileAt(directory: string, name: string): SbomFile {
  return { path: name, text: readFileSync(join(directory, name), "utf8") };
}
