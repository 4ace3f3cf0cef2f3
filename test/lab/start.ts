import { registerBuilder } from "./buildx.ts";
import { forgetUnpackedImages, removeOrphans } from "./container-files.ts";
import { dismissDaemons, endDaemons, startDaemons } from "./daemons.ts";
import { guard } from "./guard.ts";
import { Lab } from "./lab.ts";
import { withLock } from "./lock.ts";
import { makeImages } from "./make-images.ts";
import { installPackages } from "./packages.ts";
import { inState } from "./paths.ts";
import { announce, daemonVersions, findLab } from "./presence.ts";
import { thisProcess } from "./process.ts";
import { linkPrograms, type Programs } from "./programs.ts";
import { timed } from "./progress.ts";
import { registryAddress } from "./registry.ts";
import { labTools } from "./tool-list.ts";
import { makeTools } from "./tools.ts";

export interface LabOptions {
  /** Leave it running after close() and after this process. Default false: it ends with whoever started it. */
  readonly standing?: boolean;
  /** Without images: for tests of the lab itself. Default false. */
  readonly bare?: boolean;
}

/** Held while a lab of this checkout starts or ends. */
export const startLock = inState("start.lock");

/**
 * Starts this checkout's lab, or joins the one that runs; either way its images are up to date afterwards, unless none are
 * wanted.
 * close() ends only what was started here. Throws when a package, tool, daemon or image cannot be had.
 */
export async function startLab({ standing = false, bare = false }: LabOptions = {}): Promise<Lab> {
  await installPackages();
  await makeTools(labTools);
  const programs = linkPrograms();
  return withLock(startLock, "starts or ends this checkout's lab", async () => {
    const found = await findLab(programs.buildctl);
    if (found?.kind === "tied" && standing) {
      throw new Error(
        `process ${found.owner.pid} runs a lab of this checkout and will end it; end that first`,
      );
    }
    const lab = found === undefined ? await begin(programs, standing) : joinLab(programs);
    try {
      await removeOrphans();
      if (found === undefined) forgetUnpackedImages();
      await registerBuilder(programs);
      if (!bare) await makeImages(lab);
      if (found === undefined)
        announce({ kind: standing ? "standing" : "tied", owner: thisProcess(), daemons: daemonVersions });
      if (standing) lab.disown();
      return lab;
    } catch (error) {
      await lab.close();
      throw error;
    }
  });
}

async function begin(programs: Programs, standing: boolean): Promise<Lab> {
  const unguard = guard(endDaemons, dismissDaemons);
  try {
    const registry = await timed("starting registry and buildkitd", () => startDaemons(programs, !standing));
    return new Lab(programs, registry, true);
  } catch (error) {
    await endDaemons();
    throw error;
  } finally {
    unguard();
  }
}

function joinLab(programs: Programs): Lab {
  const registry = registryAddress();
  if (registry === undefined) throw new Error("a running lab has no registry port");
  return new Lab(programs, registry, false);
}
