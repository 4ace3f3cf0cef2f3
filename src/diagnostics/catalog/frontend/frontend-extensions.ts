import { error, warning } from "../entry.ts";

/** Faults of image extensions, which the frontend applies. */
export const frontendExtensionsCatalog = {
  "frontend/extension-policy": error<{ text: string; policies: readonly string[] }>({
    summary: "The policy for image extensions is unknown",
    message: ({ text }) => `${JSON.stringify(text)} is not a policy for image extensions.`,
    hint: ({ policies }) => `Use one of: ${policies.join(", ")}.`,
  }),
  "frontend/extension-network": error<{ text: string; networks: readonly string[] }>({
    summary: "The network of image extensions is unknown",
    message: ({ text }) => `${JSON.stringify(text)} is not a network mode for image extensions.`,
    hint: ({ networks }) => `Use one of: ${networks.join(", ")}.`,
  }),
  "frontend/extension-refused": error<{ ids: readonly string[]; platform: string }>({
    summary: "An image extension takes part, and the policy refuses image extensions",
    message: ({ ids, platform }) =>
      `Image extensions take part in this build (${platform}): ${ids.join(", ")}. The policy refuses them.`,
    hint: () =>
      "Use a builder without image extensions, or allow them with `--extensions-policy apply` or `CNB_EXTENSIONS_POLICY=apply`.",
  }),
  "frontend/extension-failed": error<{ id: string; kind: string; platform: string }>({
    summary: "A step of an image extension failed",
    message: ({ id, kind, platform }) =>
      `A step of ${kind}.Dockerfile of the image extension ${id} failed (${platform}).`,
    hint: () => "The step's output is above. If the network is the reason, check `CNB_EXTENSIONS_NETWORK`.",
  }),
  "frontend/extension-forbidden": error<{ id: string; kind: string; what: string }>({
    summary: "A step of an image extension asks for what extensions do not get",
    message: ({ id, kind, what }) =>
      `A step of ${kind}.Dockerfile of the image extension ${id} asks for ${what}. Image extensions do not get that.`,
    hint: () => "Use a builder whose extensions need none, or tell the extension's author.",
  }),
  "frontend/extension-sets-variable": error<{ id: string; name: string; line: number }>({
    summary: "An image extension sets a variable that the lifecycle reads",
    message: ({ id, name, line }) =>
      `The build.Dockerfile of the image extension ${id} sets ${name} (line ${line}), which the lifecycle reads.`,
    hint: () => "Use a builder whose extensions leave it alone, or tell the extension's author.",
  }),
  "frontend/extension-reads-app": warning<{ id: string; kind: string; directory: string; line: number }>({
    summary: "A step of an image extension reads the app without COPY",
    message: ({ id, kind, directory, line }) =>
      `The ${kind}.Dockerfile of the image extension ${id} uses ${directory} (line ${line}), which is empty there.`,
    hint: () => "Copy what the step needs with COPY: the build context is the app's directory.",
  }),
  "frontend/extension-stages": error<{ id: string; name: string; stages: number }>({
    summary: "An image extension writes a Dockerfile with several stages",
    message: ({ id, name, stages }) =>
      `The ${name} that the image extension ${id} writes has ${stages} stages, but only one is allowed.`,
    hint: () => "Use one FROM line. `COPY --from=IMAGE` copies from another image.",
  }),
  "frontend/extension-empty-from": error<{ id: string; name: string }>({
    summary: "An image extension writes a Dockerfile whose FROM line names no image",
    message: ({ id, name }) =>
      `The FROM line of the ${name} that the image extension ${id} writes names no image.`,
    hint: () =>
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a Dockerfile
      "A shell replaces `${base_image}` in an unquoted heredoc: quote the delimiter (`<<'EOF'`), or write `\\${base_image}`.",
  }),
  "frontend/extension-base": error<{ id: string; name: string }>({
    summary: "A build.Dockerfile of an image extension does not begin with the builder image",
    message: ({ id, name }) =>
      `The ${name} that the image extension ${id} writes does not begin with \`ARG base_image\` and \`FROM \${base_image}\`.`,
    hint: () => "Only a run.Dockerfile can choose another image.",
  }),
  "frontend/extension-argument": error<{ id: string; name: string }>({
    summary: "An image extension sets a build argument that is reserved",
    message: ({ id, name }) =>
      `The extend-config.toml that the image extension ${id} writes sets the argument ${name}, which is reserved.`,
    hint: () => "Rename the argument.",
  }),
  "frontend/extension-ends-as-root": error<{ id: string; user: string }>({
    summary: "An image extension leaves root as the user of the run image",
    message: ({ id, user }) =>
      `The run image would start as root: the image extension ${id} ends with the user ${JSON.stringify(user)}.`,
    hint: () =>
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a Dockerfile
      "End its run.Dockerfile with `ARG user_id` and `USER ${user_id}`, or have a later extension set the user again.",
  }),
  "frontend/extension-run-image-name": error<{ id: string; name: string }>({
    summary: "An image extension chooses a run image whose name is invalid",
    message: ({ id, name }) =>
      `The image extension ${id} chooses the run image ${JSON.stringify(name)}, which is not an image name.`,
    hint: () =>
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a Dockerfile
      "Correct the FROM line that its bin/generate writes: the name of an image, without variables, or exactly `${base_image}`. In an unquoted heredoc of a shell script, the shell replaces variables: quote the delimiter.",
  }),
  "frontend/extension-run-image-missing": error<{ id: string; image: string; platform: string }>({
    summary: "A run image that an image extension chooses does not exist for a platform",
    message: ({ id, image, platform }) =>
      `The image extension ${id} chooses the run image ${image}, which does not exist for ${platform}.`,
    hint: ({ platform }) =>
      `Push the image for ${platform}, use \`--build-context\` to replace it, or build for other platforms only.`,
  }),
};
