/** `npm run image -- --tag REF …|--into-package|--container --tag REF …|--scanner --tag REF …`: builds our own images. */
import process, { argv, env } from "node:process";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { containerImageArguments } from "./container-image.ts";
import type { Lab } from "./lab/lab.ts";
import { makeRootlessImage } from "./lab/rootless-image.ts";
import { startLab } from "./lab/start.ts";
import { makeSupplyChainImages } from "./lab/supply-chain-images.ts";
import { rootlessTools } from "./lab/tool-list.ts";
import { makeTools } from "./lab/tools.ts";
import { scannerImageArguments } from "./scanner-image.ts";
import { finishPackage, packageOutput, toolImageArguments } from "./tool-image.ts";

const usage = `npm run image -- --tag REF [--push] [--platform linux/amd64,linux/arm64] [--output SPEC] [--node-image REF]
npm run image -- --into-package
npm run image -- --container --tag REF [--push] [--platform LIST] [--output SPEC] [--buildkit-version V] […]
npm run image -- --scanner --tag REF [--push] [--platform LIST] [--output SPEC] [--syft-image REF] […]

Builds the image of cnb-dockerfile, the builder container or the scanner, with the BuildKit at BUILDKIT_HOST (needs buildctl on the
PATH), else with the one of the test lab, which has no way to an image registry of the internet and takes its own images of Node,
BuildKit and Syft.

  --tag REF         name to give the image; can be repeated
  --push            push it to REF's registry
  --platform LIST   default linux/amd64,linux/arm64; of the lab's builder container and scanner linux/amd64
  --output SPEC     buildctl's --output instead, for example type=oci,dest=image.tar
  --node-image REF  image that Node is taken from
  --into-package    write it into dist/image, from where \`cnb-dockerfile build\` hands it to BuildKit
  --container       the builder container instead, after --into-package
  --buildkit-version V, --buildkit-image REF
                    the BuildKit in it, or the rootless image of BuildKit that it stands on
  --scanner         the scanner for --sbom=generator=REF instead, after --into-package
  --syft-image REF  image that its Syft is taken from
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
      scanner: { type: "boolean" },
      "syft-image": { type: "string" },
      help: { type: "boolean" },
    },
  });
  const { tag: tags = [], push = false, container: isContainer = false, scanner: isScanner = false } = values;
  const isUponOurs = isContainer || isScanner;
  const intoPackage = values["into-package"] ?? false;
  const { output } = values;
  const hasPlace = tags.length > 0 || output !== undefined;
  if (values.help === true || (isContainer && isScanner) || (intoPackage ? isUponOurs : !hasPlace)) {
    process.stderr.write(usage);
    return values.help === true ? 0 : 2;
  }
  const ownHost = env.BUILDKIT_HOST;
  const lab = ownHost === undefined || ownHost === "" ? await startLab() : undefined;
  try {
    const nodeImage = values["node-image"] ?? lab?.images.node;
    const buildkitImage = values["buildkit-image"] ?? (isContainer ? await standIn(lab) : undefined);
    const syftImage = values["syft-image"] ?? (isScanner ? await labSyft(lab) : undefined);
    const platforms = values.platform ?? (isUponOurs && lab ? "linux/amd64" : bothPlatforms);
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
    if (!isUponOurs && !intoPackage) return await buildctl(toolImageArguments(request));
    const ownPlatforms = isUponOurs ? bothPlatforms.split(",") : request.platforms;
    const packed = await buildctl(
      toolImageArguments({ ...request, platforms: ownPlatforms, output: packageOutput("smallest") }),
    );
    if (packed !== 0) return packed;
    finishPackage();
    if (!isUponOurs) return 0;
    if (isScanner) {
      return await buildctl(
        scannerImageArguments({ ...request, ...(syftImage === undefined ? {} : { syftImage }) }),
      );
    }
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

/** The lab has no way to Syft's image either. Undefined: there is one. */
async function labSyft(lab: Lab | undefined): Promise<string | undefined> {
  return lab === undefined ? undefined : (await makeSupplyChainImages(lab)).syft;
}

process.exitCode = await main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  return 1;
});
