import type { TestProject } from "vitest/node";
import { makeBaseImages } from "../lab/base-images.ts";
import { imageStores } from "../lab/dockerd.ts";
import { freeBytes } from "../lab/free-space.ts";
import { clearGoCaches } from "../lab/go.ts";
import type { Lab } from "../lab/lab.ts";
import { makeImages } from "../lab/make-images.ts";
import { say } from "../lab/progress.ts";
import { startLab } from "../lab/start.ts";
import { everyTool } from "../lab/tool-list.ts";
import { makeTools } from "../lab/tools.ts";
import { makeDatabaseMaker } from "../lab/vulnerability-database.ts";
import { packOwnImage, pushOwnImage } from "../own-image.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Our own image, in the lab's registry. */
    toolImage: string;
  }
}

/** Brings up the lab for all end-to-end tests; out: what takes it down again. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const lab = await startLab({ bare: true });
  try {
    // Before any test's time runs.
    await makeTools(everyTool);
    await makeDatabaseMaker();
    await clearGoCaches();
    // Ours needs Node's image, and none of the builders: each keeps one processor busy.
    await makeBaseImages(lab);
    const [, toolImage] = await Promise.all([makeImages(lab), makeOwnImages(lab)]);
    project.provide("toolImage", toolImage);
    // Here, and not by the first test that wants one: that one's end would be the daemon's, too.
    for (const store of imageStores) await lab.docker(store);
  } catch (error) {
    await lab.close();
    throw error;
  }
  const before = freeBytes();
  return async () => {
    say(
      `${((before - freeBytes()) / 1e9).toFixed(1)} GB less are free on the lab's disk than before the tests`,
    );
    await lab.close();
  };
}

/** In the registry, out: its reference there, and in the package. */
async function makeOwnImages(lab: Lab): Promise<string> {
  const reference = await pushOwnImage(lab);
  await packOwnImage(lab);
  return reference;
}
