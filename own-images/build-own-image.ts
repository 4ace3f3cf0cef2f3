/** `npm run image`: builds the helper image, the builder container or the scanner, with the user's docker or BuildKit. */
import process, { argv } from "node:process";
import { parseArgs } from "node:util";
import { parseOutput } from "../src/engines/outputs/build-output.ts";
import { fullName, parseReference } from "../src/image/reference.ts";
import { present } from "../src/present.ts";
import {
  containerImageRequest,
  finishPackage,
  helperImageRequest,
  packageOutput,
  scannerImageRequest,
} from "./own-image-requests.ts";
import { withImageBuilder } from "./with-image-builder.ts";

const usage = `npm run image [-- --platform LIST] [--node-image REF]
npm run image -- --tag REF [--push] [--platform LIST] [--output SPEC] [--node-image REF]
npm run image -- --container --tag REF [--push] […]
npm run image -- --scanner --tag REF [--push] […]

Builds the helper image with your docker or BuildKit and keeps it in dist/image, from where \`cnb-dockerfile build\` sends it along.
With --tag or --output it goes there instead.

  --tag REF         name of the image; can be repeated
  --push            push it to REF's registry
  --platform LIST   default: that of your BuildKit; with --push linux/amd64,linux/arm64
  --output SPEC     where it goes, as for \`docker buildx build\`: type=oci,dest=image.tar
  --node-image REF  Node image to take Node from
  --container       build the builder container (and the helper image in it)
  --buildkit-version V, --buildkit-image REF
                    the BuildKit in it, or the rootless BuildKit image that it is based on
  --scanner         build the scanner for --sbom=generator=REF (and the helper image in it)
  --syft-image REF  image to take Syft from
`;

const bothPlatforms = ["linux/amd64", "linux/arm64"];

async function main(): Promise<number> {
  const { values } = parseArgs({
    args: argv.slice(2),
    options: {
      tag: { type: "string", multiple: true },
      push: { type: "boolean" },
      platform: { type: "string" },
      output: { type: "string" },
      "node-image": { type: "string" },
      container: { type: "boolean" },
      "buildkit-version": { type: "string" },
      "buildkit-image": { type: "string" },
      scanner: { type: "boolean" },
      "syft-image": { type: "string" },
      help: { type: "boolean" },
    },
  });
  const { tag = [], push = false, container: isContainer = false, scanner: isScanner = false } = values;
  const output = values.output === undefined ? undefined : parseOutput(values.output);
  const isForPackage = tag.length === 0 && output === undefined;
  const isWrong =
    (isContainer && isScanner) ||
    (isForPackage && (push || isContainer || isScanner)) ||
    (values.output !== undefined && output === undefined);
  if (values.help === true || isWrong) {
    process.stderr.write(usage);
    return values.help === true ? 0 : 2;
  }
  return await withImageBuilder(async ({ platforms: own, build }) => {
    const platforms = values.platform?.split(",") ?? (push ? bothPlatforms : own);
    const request = {
      ...{ tags: tag.map(fullTag), push, platforms },
      ...present({ output, nodeImage: values["node-image"] }),
    };
    if (!isForPackage && !isContainer && !isScanner) return await build(helperImageRequest(request));
    const compression = isForPackage ? "quick" : "smallest";
    const packed = await build(helperImageRequest({ ...request, output: packageOutput(compression) }));
    if (packed !== 0) return packed;
    finishPackage();
    if (isForPackage) return 0;
    return await build(
      isScanner
        ? scannerImageRequest(request, values["syft-image"])
        : containerImageRequest(request, values["buildkit-version"], values["buildkit-image"]),
    );
  });
}

function fullTag(text: string): string {
  if (parseReference(text) === undefined) throw new Error(`${text} is no name of an image`);
  return fullName(text);
}

process.exitCode = await main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  return 1;
});
