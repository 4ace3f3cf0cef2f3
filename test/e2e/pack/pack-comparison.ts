import type { Lab } from "../../lab/lab.ts";
import { imageDifferences, readImage } from "../image-reading.ts";
import { differencesOf } from "./permitted-differences.ts";

/** Where two images differ in what is not permitted: labels, config, history, every file. */
export async function differencesFromPack(
  lab: Lab,
  { pack, ours, platform }: { readonly pack: string; readonly ours: string; readonly platform: string },
): Promise<string[]> {
  const [theirs, own] = await Promise.all([readImage(lab, pack, platform), readImage(lab, ours, platform)]);
  return differencesOf(imageDifferences(theirs, own));
}

/** `pack build` of a directory, or of what `words` name, into the lab's registry. Out: its log. */
export async function packBuild(
  lab: Lab,
  directory: string,
  name: string,
  words: readonly string[] = [],
): Promise<string> {
  const { environment } = await lab.docker();
  const options = ["--publish", "--network=host", "--trust-builder", ...words];
  const { stdout } = await lab.pack(["build", name, ...options], { cwd: directory, env: environment });
  return stdout;
}
