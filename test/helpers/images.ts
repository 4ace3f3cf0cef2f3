import type { ImageConfig } from "../../src/image/image-config.ts";
import type { ImageSource } from "../../src/image/image-source.ts";
import { parsePlatform, samePlatform } from "../../src/image/platform.ts";
import { formatReference, parseReference } from "../../src/image/reference.ts";

/** An image as a file holds it: labels whose value is JSON are written as JSON. */
export interface ImageFile {
  readonly reference: string;
  readonly digest: string;
  /** By platform, in the order of the image's index. */
  readonly platforms: Readonly<Record<string, ImageFileConfig>>;
}

export type ImageFileConfig = Omit<ImageConfig, "labels"> & {
  readonly labels: Readonly<Record<string, unknown>>;
};

/** Answers for the images of some files, and for no other. */
export function imagesFromFiles(texts: readonly string[]): ImageSource {
  return fakeImages(texts.map((text) => JSON.parse(text) as ImageFile));
}

/** Answers as a registry would that has these images. */
export function fakeImages(files: readonly ImageFile[]): ImageSource {
  return {
    async resolve(reference, platforms) {
      const name = formatReference(reference);
      const file = files.find((candidate) => name === nameOf(candidate));
      if (file === undefined) return undefined;
      const all = Object.entries(file.platforms).map(([text, config]) => {
        const platform = parsePlatform(text);
        if (platform === undefined) throw new Error(`${file.reference}: not a platform: ${text}`);
        return { platform, config: { ...config, labels: readLabels(config.labels) } };
      });
      const wanted = platforms ?? all.map(({ platform }) => platform);
      return {
        reference,
        digest: file.digest,
        available: all.map(({ platform }) => platform),
        images: wanted.flatMap((platform) => all.filter((image) => samePlatform(image.platform, platform))),
      };
    },
  };
}

function nameOf({ reference }: ImageFile): string {
  const parsed = parseReference(reference);
  if (parsed === undefined) throw new Error(`not an image's name: ${reference}`);
  return formatReference(parsed);
}

/** Labels as an image has them: all of them text. */
export function readLabels(labels: ImageFileConfig["labels"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [
      name,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}
