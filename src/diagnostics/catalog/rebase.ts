import { error, warning } from "./entry.ts";

/** One platform's image of an app. */
export interface RebasedApp {
  readonly image: string;
  /** `linux/arm64`. */
  readonly platform: string;
}

export interface RebasedPair extends RebasedApp {
  readonly runImage: string;
}

/** Faults of `rebase`. Those that are called dubious there are warnings with `--force`. */
export const rebaseCatalog = {
  "rebase/not-in-registry": error<{ image: string; flag: string }>({
    summary: "Only images in a registry can be rebased",
    message: ({ image }) => `${image} is not in a registry. Only images in a registry can be rebased.`,
    hint: ({ flag }) => `Push the image, then use its registry name for ${flag}.`,
  }),
  "rebase/needs-tag": error<{ image: string }>({
    summary: "The rebased image needs a tag",
    message: ({ image }) => `${image} names a digest, but the rebased image has a new one.`,
    hint: () => "Use a tag, or name the result with `--tag REF`.",
  }),
  "rebase/image-not-found": error<{ image: string }>({
    summary: "The image does not exist",
    message: ({ image }) => `The image ${image} does not exist.`,
    hint: () => "Check the name, and that the image was pushed.",
  }),
  "rebase/no-image": error<{ image: string }>({
    summary: "An index contains no image",
    message: ({ image }) => `The index ${image} contains no image for any platform.`,
    hint: () => "Name an app image.",
  }),
  "rebase/no-label": error<RebasedApp>({
    summary: "An image was not made by buildpacks",
    message: ({ image, platform }) =>
      `${image} has no label io.buildpacks.lifecycle.metadata for ${platform}, so its run image layers are unknown.`,
    hint: () =>
      "Only images built by pack or cnb-dockerfile can be rebased. To get one from a generated Dockerfile, keep its `# syntax=` line.",
  }),
  "rebase/no-top-layer": error<RebasedApp & { topLayer: string }>({
    summary: "An image does not contain the run image's top layer that its label names",
    message: ({ image, platform, topLayer }) =>
      `The label of ${image} for ${platform} names ${topLayer === "" ? "no layer" : topLayer} as the top layer of the run image, which the image does not contain.`,
    hint: () => "The image's layers were changed after the build, for example by squashing. Build it again.",
  }),
  "rebase/no-run-image": error<RebasedApp>({
    summary: "An image does not name its run image",
    message: ({ image, platform }) => `The label of ${image} for ${platform} names no run image.`,
    hint: () => "Name it with `--run-image REF`.",
  }),
  "rebase/run-image-not-found": error<{ tried: readonly string[] }>({
    summary: "The run image cannot be found",
    message: ({ tried }) => `Run image not found; tried ${tried.join(", ")}.`,
    hint: () => "Check that you can pull it, or name another one with `--run-image REF`.",
  }),
  "rebase/platform-missing": error<RebasedPair & { available: readonly string[] }>({
    summary: "The run image lacks a platform",
    message: ({ image, platform, runImage, available }) =>
      `${image} has an image for ${platform}, but the run image ${runImage} only has ${available.join(", ")}.`,
    hint: () => "Name a run image with all of the app's platforms: `--run-image REF`.",
  }),
  "rebase/other-stack": error<RebasedPair & { has: string; offers: string }>({
    summary: "The run image has a different stack",
    message: ({ image, platform, runImage, has, offers }) =>
      `${image} for ${platform} was built for the stack ${JSON.stringify(has)}, but the run image ${runImage} has ${JSON.stringify(offers)}.`,
    hint: () => "Name a run image of the same stack with `--run-image REF`, or build the app again.",
  }),
  "rebase/missing-mixins": error<RebasedPair & { missing: readonly string[] }>({
    summary: "The run image lacks mixins that the app needs",
    message: ({ image, platform, runImage, missing }) =>
      `${image} for ${platform} needs the mixins ${missing.join(", ")}, which the run image ${runImage} does not have.`,
    hint: () => "Name a run image that has them with `--run-image REF`, or build the app again.",
  }),
  "rebase/not-rebasable": error<RebasedApp>({
    summary: "An image is marked as not rebasable",
    message: ({ image, platform }) =>
      `${image} for ${platform} is marked as not rebasable: an image extension changed its run image.`,
    hint: () => "Build the app again, or rebase anyway with `--force`.",
  }),
  "rebase/other-target": error<RebasedPair & { differences: readonly string[] }>({
    summary: "The run image has a different target",
    message: ({ image, platform, runImage, differences }) =>
      `${image} for ${platform} was not built for the run image ${runImage}: it has ${differences.join("; ")}.`,
    hint: () => "Build the app again with that run image, or rebase anyway with `--force`.",
  }),
  "rebase/other-run-image": error<RebasedPair & { names: readonly string[] }>({
    summary: "The run image is not the one that the app was built for",
    message: ({ image, platform, runImage, names }) =>
      `The label of ${image} for ${platform} does not name ${runImage}; it names ${names.length === 0 ? "no run image" : names.join(", ")}.`,
    hint: () =>
      "Name one of these, or rebase anyway with `--force`, which writes the new name into the label.",
  }),
  "rebase/entries-dropped": warning<{ image: string; count: number }>({
    summary: "Attestations of the images before the rebase are removed from the index",
    message: ({ image, count }) =>
      `Removed ${count} ${count === 1 ? "attestation" : "attestations"} (platform unknown/unknown) from the index of ${image}: ${count === 1 ? "its image is" : "their images are"} no longer in it.`,
    hint: () => "If you need signatures or attestations, create them for the new images.",
  }),
  "rebase/tag-moved": error<{ image: string; before: string; now: string }>({
    summary: "The tag was moved during the rebase",
    message: ({ image, before, now }) =>
      `${image} was ${before} when the rebase began and ${now === "" ? "no longer exists" : `is ${now} now`}. The tag was not changed.`,
    hint: () => "Try again with the current image.",
  }),
};
