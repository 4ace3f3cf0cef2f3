import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { contentIdentity, repeatable } from "../../sbom/repeatable.ts";
import { type CyclonedxSbom, readSbom, type SbomFile, type SpdxSbom } from "../../sbom/sbom.ts";
import { createdTime } from "./created-time.ts";
import { exitFault, findToolProgram, makeWorkDirectory, runTool } from "./tool-program.ts";

interface SyftRequest {
  /** Root file system that is looked into; CycloneDX depends on where it lies. */
  readonly rootfs: string;
  /** What the documents call it. */
  readonly name: string;
  /** Root of Syft's image. */
  readonly syft: string;
  /** Hexadecimal digits that tell the image from all others; absent: it is known by what is in it. */
  readonly imageId?: string;
}

interface FoundSboms {
  /** SPDX 2.3. */
  readonly spdx: SpdxSbom;
  /** CycloneDX 1.6. */
  readonly cyclonedx: CyclonedxSbom;
}

/** Names of Syft's files. */
const spdxName = "sbom.spdx.json";
const cyclonedxName = "sbom.cdx.json";

/** What Syft finds in a root file system. The same content gives the same documents. Throws CompileError. */
export function findWithSyft(request: SyftRequest): FoundSboms {
  const { spdx, cyclonedx } = runSyft(request);
  const identity = { identity: request.imageId ?? contentIdentity(cyclonedx), created: createdTime() };
  return { spdx: repeatable(spdx, identity), cyclonedx: repeatable(cyclonedx, identity) };
}

function runSyft({ rootfs, name, syft }: SyftRequest): FoundSboms {
  const tool = findToolProgram("Syft", "syft", syft);
  const to = makeWorkDirectory();
  try {
    const words = [
      ...["scan", "--quiet", `dir:${rootfs}`, "--base-path", rootfs],
      // Those for directories leave installed packages out.
      ...["--override-default-catalogers", "image", "--source-name", name],
      ...["--output", `spdx-json@2.3=${join(to, spdxName)}`],
      // Grype reads no CycloneDX 1.7, Syft's own choice.
      ...["--output", `cyclonedx-json@1.6=${join(to, cyclonedxName)}`],
    ];
    const exitCode = runTool(tool, words, {
      SYFT_CHECK_FOR_APP_UPDATE: "false",
      // Else each file of the image is an entry, and CycloneDX ten times as large.
      SYFT_FILE_METADATA_SELECTION: "none",
      // Beside a build that needs memory itself: half of what it would take, for a little time.
      ...{ GOMEMLIMIT: "150MiB", GOGC: "50", SYFT_PARALLELISM: "1" },
    });
    if (exitCode !== 0) throw exitFault(tool, exitCode);
    return {
      spdx: readSbom("spdx", fileAt(to, spdxName)),
      cyclonedx: readSbom("cyclonedx", fileAt(to, cyclonedxName)),
    };
  } finally {
    rmSync(to, { recursive: true });
  }
}

function fileAt(directory: string, name: string): SbomFile {
  return { path: name, text: readFileSync(join(directory, name), "utf8") };
}
