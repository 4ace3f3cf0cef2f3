import { makeBaseImages } from "./base-images.ts";
import { makeBuilders } from "./builders.ts";
import type { Lab } from "./lab.ts";
import { makeModules } from "./modules.ts";
import { npmRegistry } from "./npm-package.ts";

/** Brings every image and module of the lab up to date; those made by the same recipe before are left alone. */
export async function makeImages(lab: Lab): Promise<void> {
  const bases = await makeBaseImages(lab);
  await makeModules(lab);
  await makeBuilders({ lab, bases, npmRegistry: await npmRegistry() });
}
