import { withoutSecrets } from "../../without-secrets.ts";
import { error, warning } from "../entry.ts";
import { listed } from "./listed.ts";

/** Why an image cannot be built upon. */
export type UnusedReason =
  | { readonly kind: "platform"; readonly available: readonly string[] }
  | { readonly kind: "no label" }
  | { readonly kind: "exec env" | "run image"; readonly found: string; readonly wanted: string }
  | { readonly kind: "run image layers"; readonly runImage: string }
  | { readonly kind: "layers"; readonly layers: readonly string[] };

function unusedText(reason: UnusedReason): string {
  switch (reason.kind) {
    case "platform":
      return `it is for ${listed(reason.available)}`;
    case "no label":
      return "it has no label io.buildpacks.lifecycle.metadata, which says what buildpacks put into it";
    case "exec env":
      return `it was built for the execution environment ${JSON.stringify(reason.found)}, and this build is for ${JSON.stringify(reason.wanted)}`;
    case "run image":
      return `it was put on the run image ${reason.found}, and this build is for ${reason.wanted}`;
    case "run image layers":
      return `it was put on another version of the run image ${reason.runImage}`;
    case "layers":
      return `its label names layers that it does not have (${reason.layers.join(", ")})`;
  }
}

const unusedHints: Readonly<Record<UnusedReason["kind"], string>> = {
  platform: "Push the images of all platforms under one name, as one build of all of them does.",
  "no label":
    "Images have it that `pack` made or that this frontend made; a plain Dockerfile build cannot give it.",
  "exec env": "Keep the images of each execution environment under a name of their own.",
  "run image": "Its buildpacks build everything anew, and the next build can use the image that comes of it.",
  "run image layers":
    "Its buildpacks build everything anew, and the next build can use the image that comes of it.",
  layers:
    "Somebody changed the image after it was built, by squashing it for example. Name one as it was built.",
};

/** Faults of the images that a build is made of: the builder, the run image, the previous image, and their platforms. */
export const planImagesCatalog = {
  "plan/no-builder": error<{ settings: string | undefined }>({
    summary: "No builder is named anywhere",
    message: () => "No builder is named: neither in the project descriptor nor with `--builder`.",
    hint: ({ settings }) =>
      `Add \`--builder REF\`${settings === undefined ? "" : `, or \`builder = "REF"\` under \`[${settings}]\``}. ` +
      "Builders many people use: heroku/builder:24, paketobuildpacks/builder-jammy-base, gcr.io/buildpacks/builder.",
  }),
  "plan/bad-reference": error<{ text: string }>({
    summary: "A text that should name an image does not",
    message: ({ text }) => `${JSON.stringify(withoutSecrets(text))} is not the name of an image.`,
    hint: () =>
      "Image names look like registry.example/team/name:tag, in lower case, perhaps with @sha256:….",
  }),
  "plan/image-not-found": error<{ role: string; image: string }>({
    summary: "The builder or run image does not exist",
    message: ({ role, image }) =>
      `The ${role} ${image} does not exist in its registry, or you may not see it.`,
    hint: ({ role }) =>
      `Check name and tag; for a private image log in first (\`docker login HOST\`).${
        role === "run image" ? " Another one is named with `--run-image`." : ""
      }`,
  }),
  "plan/builder-bare-word": error<{ builder: string }>({
    summary: "The builder's name looks like that of a buildx builder",
    message: ({ builder }) =>
      `There is no image ${JSON.stringify(builder)}; \`--builder\` names a buildpacks builder image, not a builder of buildx.`,
    hint: ({ builder }) =>
      `For a builder image write for example heroku/builder:24. Where you build, \`docker buildx build --builder ${builder} …\` chooses the instance.`,
  }),
  "plan/no-run-image": error<{ builder: string }>({
    summary: "The builder names no run image",
    message: ({ builder }) => `${builder} names no run image.`,
    hint: () => "Name one with `--run-image REF`.",
  }),
  "plan/platform-missing": error<{
    role: string;
    image: string;
    platform: string;
    available: readonly string[];
  }>({
    summary: "An image lacks a platform that was asked for",
    message: ({ role, image, platform, available }) =>
      `The ${role} ${image} is not there for ${platform}; it has ${listed(available)}.`,
    hint: ({ role }) =>
      role === "builder"
        ? "Choose another builder, or leave the platform out of `--platform`."
        : role === "buildpack"
          ? "Name a version of the buildpack that is there for it, or leave the platform out of `--platform`."
          : "Name a run image for all platforms with `--run-image`, or leave the platform out of `--platform`.",
  }),
  "plan/odd-platform": error<{ image: string; platform: string }>({
    summary: "An image says that it is for a platform that cannot be one",
    message: ({ image, platform }) =>
      `${image} says that it is for ${JSON.stringify(platform)}, which is no platform.`,
    hint: () => "Name the platforms to build for with `--platform`, for example `--platform linux/amd64`.",
  }),
  "plan/no-common-platform": error<{
    builder: string;
    builderHas: readonly string[];
    runImage: string;
    runImageHas: readonly string[];
  }>({
    summary: "Builder and run image have no platform in common",
    message: ({ builder, builderHas, runImage, runImageHas }) =>
      `Builder ${builder} has ${listed(builderHas)}; run image ${runImage} has ${listed(runImageHas)}: none in common.`,
    hint: () => "Name a run image that fits the builder with `--run-image`.",
  }),
  "plan/platforms-differ": error<{ what: string; image: string; values: readonly string[] }>({
    summary: "An image differs between platforms in something one Dockerfile can say only once",
    message: ({ what, image, values }) =>
      `${image} has not the same ${what} on every platform: ${values.join("; ")}.`,
    hint: ({ what }) =>
      what.startsWith("run image")
        ? "Name one run image for all platforms with `--run-image`."
        : "Generate a file for each platform with `--platform`.",
  }),
  "plan/no-common-platform-api": error<{
    builder: string;
    builderApis: readonly string[];
    ours: readonly string[];
  }>({
    summary: "The builder's lifecycle speaks no Platform API that this version speaks",
    message: ({ builder, builderApis, ours }) =>
      `${builder} speaks Platform API ${listed(builderApis)}; this version speaks ${listed(ours)}.`,
    hint: () =>
      "Use a builder whose lifecycle speaks one of these (0.17 and later do), or another version of this program.",
  }),
  "plan/platform-api-unavailable": error<{
    wanted: string;
    builder: string;
    builderApis: readonly string[];
    ours: readonly string[];
  }>({
    summary: "The Platform API asked for cannot be used",
    message: ({ wanted, builder, builderApis, ours }) =>
      `Platform API ${wanted} cannot be used: ${builder} speaks ${listed(builderApis)}, this version ${listed(ours)}.`,
    hint: () => "Leave `--platform-api` out to get the highest in common.",
  }),
  "plan/run-image-without-layers": error<{ image: string; platform: string }>({
    summary: "The run image has no layers",
    message: ({ image, platform }) =>
      `The run image ${image} has no layers on ${platform}. The image's label has to name the run image's top layer, for a rebase.`,
    hint: () =>
      "Add a layer to the run image, for example an empty directory by `RUN` or `COPY`, or name another with `--run-image`.",
  }),
  "plan/no-run-image-mirror": error<{ builder: string; host: string; names: readonly string[] }>({
    summary: "The builder names no mirror of its run image on the registry asked for",
    message: ({ builder, host, names }) =>
      `${builder} names no run image on ${JSON.stringify(host)}; it names ${names.join(", ")}.`,
    hint: () => "Name the image itself with `--run-image`.",
  }),
  "plan/no-previous-image": warning<{ image: string }>({
    summary: "There is no previous image yet",
    message: ({ image }) => `There is no image ${image} yet; the app is built without a previous one.`,
    hint: () => "Before the first build that is as it should be; otherwise check name and tag.",
  }),
  "plan/previous-image-unused": warning<{ image: string; platform: string; reason: UnusedReason }>({
    summary: "A previous image is not used",
    message: ({ image, platform, reason }) =>
      `${image} is not used as previous image for ${platform}: ${unusedText(reason)}.`,
    hint: ({ reason }) => unusedHints[reason.kind],
  }),
};
