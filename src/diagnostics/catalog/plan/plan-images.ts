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
      return "it has no label io.buildpacks.lifecycle.metadata, which describes what the buildpacks built";
    case "exec env":
      return `it was built for the execution environment ${JSON.stringify(reason.found)}, and this build is for ${JSON.stringify(reason.wanted)}`;
    case "run image":
      return `it uses the run image ${reason.found}, and this build uses ${reason.wanted}`;
    case "run image layers":
      return `it uses another version of the run image ${reason.runImage}`;
    case "layers":
      return `its label lists layers that it does not have (${reason.layers.join(", ")})`;
  }
}

const unusedHints: Readonly<Record<UnusedReason["kind"], string>> = {
  platform: "Push the images of all platforms under one name, for example with one multi-platform build.",
  "no label":
    "Use an image built by `pack` or this frontend; a plain Dockerfile build does not write the label.",
  "exec env": "Use a separate image name for each execution environment.",
  "run image": "The buildpacks build everything again, and the next build can use the new image.",
  "run image layers": "The buildpacks build everything again, and the next build can use the new image.",
  layers: "The image was changed after it was built, for example by squashing. Use an unchanged one.",
};

/** Faults of the images that a build is made of: the builder, the run image, the previous image, and their platforms. */
export const planImagesCatalog = {
  "plan/no-builder": error<{ settings: string | undefined }>({
    summary: "No builder is configured",
    message: () => "No builder is configured, neither in the project descriptor nor with `--builder`.",
    hint: ({ settings }) =>
      `Add \`--builder REF\`${settings === undefined ? "" : `, or \`builder = "REF"\` under \`[${settings}]\``}. ` +
      "Common builders: heroku/builder:24, paketobuildpacks/builder-jammy-base, gcr.io/buildpacks/builder.",
  }),
  "plan/bad-reference": error<{ text: string }>({
    summary: "An image name is invalid",
    message: ({ text }) => `${JSON.stringify(withoutSecrets(text))} is not a valid image name.`,
    hint: () => "Write it like registry.example/team/name:tag, in lower case, optionally with @sha256:….",
  }),
  "plan/image-not-found": error<{ role: string; image: string }>({
    summary: "The builder or run image does not exist",
    message: ({ role, image }) =>
      `The ${role} ${image} does not exist in its registry, or you do not have access to it.`,
    hint: ({ role }) =>
      `Check the name and tag. For a private image, log in first (\`docker login HOST\`).${role === "run image" ? " To use another one, add `--run-image`." : ""}`,
  }),
  "plan/builder-bare-word": error<{ builder: string }>({
    summary: "The builder's name looks like that of a buildx instance",
    message: ({ builder }) =>
      `There is no image ${JSON.stringify(builder)}. \`--builder\` names a buildpacks builder image, not a buildx instance.`,
    hint: ({ builder }) =>
      `For a builder image, write for example heroku/builder:24. To choose a buildx instance for the build, use \`docker buildx build --builder ${builder} …\`.`,
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
    summary: "An image is not available for a platform",
    message: ({ role, image, platform, available }) =>
      `The ${role} ${image} is not available for ${platform}, only for ${listed(available)}.`,
    hint: ({ role }) =>
      role === "builder"
        ? "Choose another builder, or leave the platform out of `--platform`."
        : role === "buildpack" || role === "image extension"
          ? `Use a version of the ${role} for that platform, or leave the platform out of \`--platform\`.`
          : "Use a run image for all platforms with `--run-image`, or leave the platform out of `--platform`.",
  }),
  "plan/odd-platform": error<{ image: string; platform: string }>({
    summary: "An image declares an invalid platform",
    message: ({ image, platform }) => `${image} declares the invalid platform ${JSON.stringify(platform)}.`,
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
      `Builder ${builder} is for ${listed(builderHas)}; run image ${runImage} is for ${listed(runImageHas)}. They have no platform in common.`,
    hint: () => "Use a run image that matches the builder: `--run-image`.",
  }),
  "plan/platforms-differ": error<{ what: string; image: string; values: readonly string[] }>({
    summary: "An image differs between platforms where a Dockerfile needs one value",
    message: ({ what, image, values }) =>
      `The ${what} of ${image} differs between platforms: ${values.join("; ")}.`,
    hint: ({ what }) =>
      what.startsWith("run image")
        ? "Use one run image for all platforms: `--run-image`."
        : "Generate one file for each platform with `--platform`.",
  }),
  "plan/no-common-platform-api": error<{
    builder: string;
    builderApis: readonly string[];
    ours: readonly string[];
  }>({
    summary: "The builder's lifecycle supports no Platform API that cnb-dockerfile supports",
    message: ({ builder, builderApis, ours }) =>
      `${builder} supports Platform API ${listed(builderApis)}; this version of cnb-dockerfile supports ${listed(ours)}.`,
    hint: () =>
      "Use a builder whose lifecycle supports one of these (lifecycle 0.17 or later), or another version of cnb-dockerfile.",
  }),
  "plan/platform-api-unavailable": error<{
    wanted: string;
    builder: string;
    builderApis: readonly string[];
    ours: readonly string[];
  }>({
    summary: "The requested Platform API is not available",
    message: ({ wanted, builder, builderApis, ours }) =>
      `Platform API ${wanted} is not available: ${builder} supports ${listed(builderApis)}, this version of cnb-dockerfile ${listed(ours)}.`,
    hint: () => "Leave `--platform-api` out to use the highest version in common.",
  }),
  "plan/run-image-without-layers": error<{ image: string; platform: string }>({
    summary: "The run image has no layers",
    message: ({ image, platform }) =>
      `The run image ${image} has no layers on ${platform}. A rebase needs its top layer in the image's label.`,
    hint: () =>
      "Add a layer to the run image, for example an empty directory with `RUN` or `COPY`, or use another one: `--run-image`.",
  }),
  "plan/no-run-image-mirror": error<{ builder: string; host: string; names: readonly string[] }>({
    summary: "The builder names no run image mirror on the requested registry",
    message: ({ builder, host, names }) =>
      `${builder} names no run image on ${JSON.stringify(host)}, only ${names.join(", ")}.`,
    hint: () => "Name the run image itself with `--run-image`.",
  }),
  "plan/no-previous-image": warning<{ image: string }>({
    summary: "There is no previous image yet",
    message: ({ image }) => `There is no image ${image} yet. The app is built without a previous image.`,
    hint: () => "This is normal for the first build. Otherwise, check the name and tag.",
  }),
  "plan/previous-image-unused": warning<{ image: string; platform: string; reason: UnusedReason }>({
    summary: "A previous image is not used",
    message: ({ image, platform, reason }) =>
      `${image} is not used as previous image for ${platform}: ${unusedText(reason)}.`,
    hint: ({ reason }) => unusedHints[reason.kind],
  }),
};
