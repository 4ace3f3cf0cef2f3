import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Lab } from "./lab.ts";
import { withLock } from "./lock.ts";
import { madeImage } from "./made-image.ts";
import { inState } from "./paths.ts";
import { recipeHash } from "./recipe.ts";
import { supplyChainTools } from "./tool-list.ts";
import { makeTools, toolPath } from "./tools.ts";

const caBundle = "/etc/ssl/certs/ca-certificates.crt";

export interface SupplyChainImages {
  readonly syft: string;
  readonly grype: string;
}

/**
 * Images that stand for anchore/syft and anchore/grype, which no registry here has: the program at the root, as there, and
 * this machine's certificates. linux/amd64 only. Out: their references.
 */
export function makeSupplyChainImages(lab: Lab): Promise<SupplyChainImages> {
  return withLock(inState("supply-chain-images.lock"), "makes images of Syft and Grype", () => make(lab));
}

async function make(lab: Lab): Promise<SupplyChainImages> {
  await makeTools(supplyChainTools);
  const made = supplyChainTools.map(async (tool) => {
    const reference = `${lab.registry}/anchore/${tool.name}:${tool.version}`;
    const dockerfile = `FROM scratch\nCOPY --chmod=0755 ${tool.name} /${tool.name}\nCOPY ca-certificates.crt ${caBundle}\nENTRYPOINT ["/${tool.name}"]\n`;
    const recipe = recipeHash(dockerfile, toolPath(tool));
    await madeImage(reference, recipe, async () => {
      const context = inState(`work/${tool.name}`);
      await rm(context, { recursive: true, force: true });
      await mkdir(context, { recursive: true });
      await copyFile(toolPath(tool), join(context, tool.name));
      await copyFile(caBundle, join(context, "ca-certificates.crt"));
      await writeFile(join(context, "Dockerfile"), dockerfile);
      await lab.buildctl([
        ...["build", "--progress=plain", "--frontend=dockerfile.v0", "--opt=platform=linux/amd64"],
        ...[`--local=context=${context}`, `--local=dockerfile=${context}`],
        `--output=type=image,name=${reference},push=true,compression=zstd,compression-level=1,oci-mediatypes=true`,
      ]);
      await rm(context, { recursive: true, force: true });
    });
    return reference;
  });
  const [syft = "", grype = ""] = await Promise.all(made);
  return { syft, grype };
}
