import { createHash } from "node:crypto";
import type { Lab } from "../../lab/lab.ts";
import { configOf, digestOf } from "../frontend-steps.ts";
import { imageDifferences, readImage } from "../image-reading.ts";

/** How alike one build's images are to another's, as the compatibility page says it; the first that holds. */
export type Likeness =
  | "the same images, digest for digest"
  | "the same images, in other manifests"
  | "the same layers"
  | "the same files, in other layers";

/** In: two names in the lab's registry, and the platforms to compare. Throws with what differs when not even the files are equal. */
export async function likeness(
  lab: Lab,
  expected: string,
  found: string,
  platforms: readonly string[],
): Promise<Likeness> {
  const isSame = async <T>(read: (name: string, platform: string) => Promise<T>) => {
    const of = (name: string) => Promise.all(platforms.map((platform) => read(name, platform)));
    return JSON.stringify(await of(found)) === JSON.stringify(await of(expected));
  };
  if (await isSame((name, platform) => digestOf(lab, name, platform)))
    return "the same images, digest for digest";
  if (await isSame((name, platform) => imageId(lab, name, platform)))
    return "the same images, in other manifests";
  if (await isSame(async (name, platform) => (await configOf(lab, name, platform)).rootfs))
    return "the same layers";
  for (const platform of platforms) {
    const readings = await Promise.all([expected, found].map((name) => readImage(lab, name, platform)));
    const differences = readings[0] && readings[1] ? imageDifferences(readings[0], readings[1]) : [];
    const grave = differences.filter((line) =>
      /^file |^config config (Entrypoint|Env|WorkingDir|User) /.test(line),
    );
    if (grave.length > 0) throw new Error(`${found} for ${platform} differs:\n${grave.join("\n")}`);
  }
  return "the same files, in other layers";
}

/** What an image is known by in a docker daemon, `sha256:…`: its config. */
export async function imageId(lab: Lab, name: string, platform: string): Promise<string> {
  const { stdout } = await lab.crane(["config", `--platform=${platform}`, name]);
  return `sha256:${createHash("sha256").update(stdout).digest("hex")}`;
}
