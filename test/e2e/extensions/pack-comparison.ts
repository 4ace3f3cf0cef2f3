import type { ExtensionImages } from "../../lab/extension-images.ts";
import type { Lab } from "../../lab/lab.ts";
import { type ImageReading, imageDifferences, readImage } from "../image-reading.ts";
import { differencesOf } from "../pack/permitted-differences.ts";

/** Platform of the images that are compared with pack's. */
export const comparedPlatform = "linux/amd64";

/** Words of `pack build` for a builder with image extensions. */
export function packWords(lab: Lab, name: string, builder: string): string[] {
  return [
    ...["build", name, "--publish", "--network=host", "--builder", builder],
    // The creator refuses extensions, and pack wants to ask registries for them.
    ...["--trust-builder=false", "--lifecycle-image", lab.images.lifecycle, "--pull-policy=always"],
  ];
}

/** pack takes the run image that it extends from the daemon, under the name with its digest, and begins with nothing where it is not there. */
export async function bringRunImages(lab: Lab, images: ExtensionImages): Promise<void> {
  const docker = await lab.docker();
  for (const image of [lab.images.runBase, images.otherRun]) {
    const { stdout: digest } = await lab.crane(["digest", `--platform=${comparedPlatform}`, image]);
    const name = image.slice(0, image.lastIndexOf(":"));
    const query = new URLSearchParams({ fromImage: name, tag: digest.trim(), platform: comparedPlatform });
    await docker.call("POST", `/images/create?${query}`);
  }
}

/** What only an extension's layers differ in, and why. */
const permitted: readonly (readonly [RegExp, string])[] = [
  [
    /^(layers|history): /,
    "pack's extender adds an empty layer for each instruction that changes no file; the others are compared by themselves",
  ],
  [
    /^file \S+ time: pack "unpacking", ours "1980-/,
    "a directory that pack's extender names before files that go into it",
  ],
];

/** The history without layers in which nothing changed, of which pack has many. */
export function layerHistory({ history }: ImageReading): string[] {
  return history.filter((line) => !/^\S+ Layer: '(?:ARG|ENV|EXPOSE|LABEL|USER|RUN true)\b/.test(line));
}

/** With the image's own layers counted from the top: pack has more below them. */
function fromTop(reading: ImageReading): ImageReading {
  const { labels, layers } = reading;
  const own = JSON.stringify(labels).replaceAll(/"layer (\d+)"/g, (text, number: string) => {
    const depth = layers - Number(number);
    return depth > ownLayers ? text : JSON.stringify(`layer ${depth} from the top`);
  });
  return { ...reading, labels: JSON.parse(own) };
}

/** What the app's image has upon the run image and its extensions: one of a buildpack, and what every image has. */
const ownLayers = 6;

/** Reads two images. Out: them, and what is not the same and not permitted to differ. In: what else may. */
export async function comparedWithPack(
  lab: Lab,
  names: { readonly pack: string; readonly ours: string },
  more?: RegExp,
): Promise<{ readonly pack: ImageReading; readonly ours: ImageReading; readonly differences: string[] }> {
  const roots = ["/cnb", "/etc", "/home", "/layers", "/opt", "/usr", "/var", "/workspace"];
  const read = async (name: string) => fromTop(await readImage(lab, name, comparedPlatform, roots));
  const [pack, ours] = [await read(names.pack), await read(names.ours)];
  const allowed = [...permitted.map(([pattern]) => pattern), ...(more === undefined ? [] : [more])];
  const differences = differencesOf(imageDifferences(pack, ours)).filter(
    (line) => !allowed.some((pattern) => pattern.test(line)),
  );
  return { pack, ours, differences };
}
