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
    summary: "Only images of registries can be rebased",
    message: ({ image }) => `${image} is in no registry, and rebasing is done there alone.`,
    hint: ({ flag }) => `Push it, and give ${flag} the name that it has in the registry.`,
  }),
  "rebase/needs-tag": error<{ image: string }>({
    summary: "A digest cannot be given to another image",
    message: ({ image }) => `${image} names a digest, which cannot be given to the rebased image.`,
    hint: () => "Name a tag, or say with `--tag REF` where the result is to go.",
  }),
  "rebase/image-not-found": error<{ image: string }>({
    summary: "There is no such image",
    message: ({ image }) => `There is no image ${image}.`,
    hint: () => "Check its name, and that it was pushed.",
  }),
  "rebase/no-image": error<{ image: string }>({
    summary: "An index lists no image",
    message: ({ image }) => `${image} is an index that lists no image of any platform.`,
    hint: () => "Name the image of an app.",
  }),
  "rebase/no-label": error<RebasedApp>({
    summary: "An image was not made by buildpacks",
    message: ({ image, platform }) =>
      `${image} has no label io.buildpacks.lifecycle.metadata for ${platform}, so it does not say what of it is the run image.`,
    hint: () =>
      "Only images that pack or cnb-dockerfile made can be rebased. A generated Dockerfile makes such images with its `# syntax=` line.",
  }),
  "rebase/no-top-layer": error<RebasedApp & { topLayer: string }>({
    summary: "An image does not have the run image's layers that its label names",
    message: ({ image, platform, topLayer }) =>
      `The label of ${image} for ${platform} says that its run image ends with ${topLayer === "" ? "no layer" : `the layer ${topLayer}`}, and the image has no such layer.`,
    hint: () => "Something has changed its layers after it was built, as squashing does. Build it again.",
  }),
  "rebase/no-run-image": error<RebasedApp>({
    summary: "An image does not name its run image",
    message: ({ image, platform }) => `The label of ${image} for ${platform} names no run image.`,
    hint: () => "Name it with `--run-image REF`.",
  }),
  "rebase/run-image-not-found": error<{ tried: readonly string[] }>({
    summary: "The run image cannot be found",
    message: ({ tried }) => `No run image can be found; tried ${tried.join(", ")}.`,
    hint: () => "Check that you can pull it, or name another place that has it with `--run-image REF`.",
  }),
  "rebase/platform-missing": error<RebasedPair & { available: readonly string[] }>({
    summary: "The run image lacks a platform",
    message: ({ image, platform, runImage, available }) =>
      `${image} has an image for ${platform}, and the run image ${runImage} has none; it has ${available.join(", ")}.`,
    hint: () => "Name a run image that has all platforms with `--run-image REF`.",
  }),
  "rebase/other-stack": error<RebasedPair & { has: string; offers: string }>({
    summary: "The run image is one of another stack",
    message: ({ image, platform, runImage, has, offers }) =>
      `${image} for ${platform} was made for the stack ${JSON.stringify(has)}, and the run image ${runImage} is of ${JSON.stringify(offers)}.`,
    hint: () => "Name a run image of the same stack with `--run-image REF`, or build the app again.",
  }),
  "rebase/missing-mixins": error<RebasedPair & { missing: readonly string[] }>({
    summary: "The run image lacks mixins that the app needs",
    message: ({ image, platform, runImage, missing }) =>
      `${image} for ${platform} needs ${missing.join(", ")}, which the run image ${runImage} does not have.`,
    hint: () => "Name a run image that has them with `--run-image REF`, or build the app again.",
  }),
  "rebase/not-rebasable": error<RebasedApp>({
    summary: "An image says that it cannot be rebased",
    message: ({ image, platform }) =>
      `${image} for ${platform} says of itself that it cannot be rebased: an image extension changed its run image.`,
    hint: () => "Build the app again, or rebase it all the same with `--force`.",
  }),
  "rebase/other-target": error<RebasedPair & { differences: readonly string[] }>({
    summary: "The run image is made for another target",
    message: ({ image, platform, runImage, differences }) =>
      `${image} for ${platform} was not made for the run image ${runImage}: it has ${differences.join("; ")}.`,
    hint: () => "Build the app again with that run image, or rebase it all the same with `--force`.",
  }),
  "rebase/other-run-image": error<RebasedPair & { names: readonly string[] }>({
    summary: "The run image is not the one that the app was made for",
    message: ({ image, platform, runImage, names }) =>
      `The label of ${image} for ${platform} does not name ${runImage}; it names ${names.length === 0 ? "no run image" : names.join(", ")}.`,
    hint: () =>
      "Name one of these, or rebase it all the same with `--force`, which has the label name the new one.",
  }),
  "rebase/entries-dropped": warning<{ image: string; count: number }>({
    summary: "Attestations of the images before the rebase are not listed any more",
    message: ({ image, count }) =>
      `The index of ${image} had ${count} ${count === 1 ? "attestation" : "attestations"} (platform unknown/unknown) that ${count === 1 ? "speaks" : "speak"} of images which are not in it any more; ${count === 1 ? "it is" : "they are"} left out.`,
    hint: () => "Sign and attest the new images, if yours have to be.",
  }),
  "rebase/tag-moved": error<{ image: string; before: string; now: string }>({
    summary: "Somebody gave the tag to another image meanwhile",
    message: ({ image, before, now }) =>
      `${image} was ${before} when the rebase began, and is ${now === "" ? "gone" : now} now; it was left so.`,
    hint: () => "Try again, with the image that is there now.",
  }),
};
