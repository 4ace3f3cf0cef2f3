/** `npm run image -- --tag REF …|--into-package`: builds our own image. */
import process, { argv, env } from "node:process";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { startLab } from "./lab/start.ts";
import { finishPackage, packageOutput, toolImageArguments } from "./tool-image.ts";

const usage = `npm run image -- --tag REF [--push] [--platform linux/amd64,linux/arm64] [--output SPEC] [--node-image REF]
npm run image -- --into-package

Builds the image of cnb-dockerfile with the BuildKit at BUILDKIT_HOST (needs buildctl on the PATH), else with the one of
the test lab, which has no way to an image registry of the internet and takes its own Node image.

  --tag REF         name to give the image; can be repeated
  --push            push it to REF's registry
  --platform LIST   default linux/amd64,linux/arm64
  --output SPEC     buildctl's --output instead, for example type=oci,dest=image.tar
  --node-image REF  image that Node is taken from
  --into-package    write it into dist/image, from where \`cnb-dockerfile build\` hands it to BuildKit
`;

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
      help: { type: "boolean" },
    },
  });
  const { tag: tags = [], push = false } = values;
  const intoPackage = values["into-package"] ?? false;
  const output = intoPackage ? packageOutput : values.output;
  if (values.help === true || (tags.length === 0 && output === undefined)) {
    process.stderr.write(usage);
    return values.help === true ? 0 : 2;
  }
  const ownHost = env.BUILDKIT_HOST;
  const lab = ownHost === undefined || ownHost === "" ? await startLab() : undefined;
  try {
    const nodeImage = values["node-image"] ?? lab?.images.node;
    const words = toolImageArguments({
      tags,
      push,
      platforms: (values.platform ?? "linux/amd64,linux/arm64").split(","),
      ...(output === undefined ? {} : { output }),
      ...(nodeImage === undefined ? {} : { nodeImage }),
    });
    const { exitCode } = await execa(lab?.tools.buildctl ?? "buildctl", words, {
      env: lab?.environment ?? {},
      stdio: "inherit",
      reject: false,
    });
    if (intoPackage && exitCode === 0) finishPackage();
    return exitCode ?? 1;
  } finally {
    await lab?.close();
  }
}

process.exitCode = await main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  return 1;
});
