/** `npm run image -- --tag REF …|--into-package|--container --tag REF …`: builds our own images. */
import process, { argv, env } from "node:process";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { containerImageArguments } from "./container-image.ts";
import type { Lab } from "./lab/lab.ts";
import { makeRootlessImage } from "./lab/rootless-image.ts";
import { startLab } from "./lab/start.ts";
import { rootlessTools } from "./lab/tool-list.ts";
import { makeTools } from "./lab/tools.ts";
import { finishPackage, packageOutput, toolImageArguments } from "./tool-image.ts";

const usage = `npm run image -- --tag REF [--push] [--platform linux/amd64,linux/arm64] [--output SPEC] [--node-image REF]
npm run image -- --into-package
npm run image -- --container --tag REF [--push] [--platform LIST] [--output SPEC] [--buildkit-version V] […]

Builds the image of cnb-dockerfile, or the builder container, with the BuildKit at BUILDKIT_HOST (needs buildctl on the PATH), else with the one of
the test lab, which has no way to an image registry of the internet and takes its own Node image and its own image of BuildKit.

  --tag REF         name to give the image; can be repeated
  --push            push it to REF's registry
  --platform LIST   default linux/amd64,linux/arm64; of the lab's builder container linux/amd64
  --output SPEC     buildctl's --output instead, for example type=oci,dest=image.tar
  --node-image REF  image that Node is taken from
  --into-package    write it into dist/image, from where \`cnb-dockerfile build\` hands it to BuildKit
  --container       the builder container instead, after --into-package
  --buildkit-version V, --buildkit-image REF
                    the BuildKit in it, or the rootless image of BuildKit that it stands on
`;

const bothPlatforms = "linux/amd64,linux/arm64";

async function main(): Promise<number> {
  const { values } = parseArgs({
    args: argv.slice(2),
    options: {
      tag: { type: "string", multiple: true },
      push: { type: "boolean" },
      platform: { type: "string" },
      output: { type: "string" },
      "node-image": { type: "string" },
      "into-package": { type: "boolean" },
      container: { type: "boolean" },
      "buildkit-version": { type: "string" },
      "buildkit-image": { type: "string" },
      help: { type: "boolean" },
    },
  });
  const { tag: tags = [], push = false, container: isContainer = false } = values;
  const intoPackage = values["into-package"] ?? false;
  const { output } = values;
  const hasPlace = tags.length > 0 || output !== undefined;
  if (values.help === true || (intoPackage ? isContainer : !hasPlace)) {
    process.stderr.write(usage);
    return values.help === true ? 0 : 2;
  }
  const ownHost = env.BUILDKIT_HOST;
  const lab = ownHost === undefined || ownHost === "" ? await startLab() : undefined;
  try {
    const nodeImage = values["node-image"] ?? lab?.images.node;
    const buildkitImage = values["buildkit-image"] ?? (isContainer ? await standIn(lab) : undefined);
    const platforms = values.platform ?? (isContainer && lab ? "linux/amd64" : bothPlatforms);
    const version = values["buildkit-version"];
    const request = {
      ...{ tags, push, platforms: platforms.split(",") },
      ...(output === undefined ? {} : { output }),
      ...(nodeImage === undefined ? {} : { nodeImage }),
    };
    const buildctl = (words: readonly string[]) =>
      execa(lab?.tools.buildctl ?? "buildctl", words, {
        env: lab?.environment ?? {},
        stdio: "inherit",
        reject: false,
      }).then(({ exitCode = 1 }) => exitCode);
    if (!isContainer && !intoPackage) return await buildctl(toolImageArguments(request));
    const ownPlatforms = isContainer ? bothPlatforms.split(",") : request.platforms;
    const packed = await buildctl(
      toolImageArguments({ ...request, platforms: ownPlatforms, output: packageOutput }),
    );
    if (packed !== 0) return packed;
    finishPackage();
    if (!isContainer) return 0;
    return await buildctl(
      containerImageArguments({
        ...request,
        ...(buildkitImage === undefined ? {} : { buildkitImage }),
        ...(version === undefined ? {} : { buildkitVersion: version }),
      }),
    );
  } finally {
    await lab?.close();
  }
}

/** The lab has no way to moby's image. Undefined: there is one. */
async function standIn(lab: Lab | undefined): Promise<string | undefined> {
  if (lab === undefined) return undefined;
  await makeTools(rootlessTools);
  return makeRootlessImage(lab);
}

process.exitCode = await main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  return 1;
});
