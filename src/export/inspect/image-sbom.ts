import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Report } from "../../diagnostics/diagnostic.ts";
import { present } from "../../present.ts";
import { packageCount } from "../../sbom/components.ts";
import { sbomText } from "../../sbom/sbom.ts";
import type { SbomFormat } from "../../sbom/sbom-format.ts";
import type { Log } from "../log.ts";
import {
  launchSbomsIn,
  mergeBuildpackSboms,
  saidPackageCount,
  sbomFilesBelow,
  writeMerged,
} from "./buildpack-sboms.ts";
import { findWithSyft } from "./syft.ts";

interface ImageSbomRequest {
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

/**
 * Writes bills of materials of an image: the scanner's `sbom.json`, `sbom.spdx.json` and `sbom.cdx.json`, and in
 * `buildpacks/` what the buildpacks say, `launch.*.json` of what is in the image and `build.*.json` of what it was built
 * with. The same image gives the same bytes. Throws CompileError.
 */
export function writeImageSbom(request: ImageSbomRequest, log: Log, report: Report): void {
  const { to, rootfs, syft, format, imageId, buildpacks } = request;
  mkdirSync(join(to, "buildpacks"), { recursive: true });
  const found = findWithSyft({
    ...{ rootfs, syft, name: "image" },
    ...present({ imageId }),
  });
  const texts = { spdx: sbomText(found.spdx), cyclonedx: sbomText(found.cyclonedx) };
  writeFileSync(join(to, "sbom.spdx.json"), texts.spdx);
  writeFileSync(join(to, "sbom.cdx.json"), texts.cyclonedx);
  writeFileSync(join(to, "sbom.json"), texts[format]);
  const counts = (["launch", "build"] as const).map((kind) => {
    const files =
      kind === "launch" ? launchSbomsIn(rootfs, report) : sbomFilesBelow(buildpacks, `/${kind}`, report);
    const merged = mergeBuildpackSboms(files, report);
    writeMerged(join(to, "buildpacks"), kind, merged);
    return `${kind} ${saidPackageCount(merged)}`;
  });
  log(`sbom: ${packageCount(found.cyclonedx)} packages; from the buildpacks' SBOMs: ${counts.join(", ")}`);
}
