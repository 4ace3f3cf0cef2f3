/** `npm run demo`: the main job on a sample app, with real parts, shown. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process, { execPath, stdout } from "node:process";
import { execa } from "execa";
import type { Lab } from "./lab/lab.ts";
import { startLab } from "./lab/start.ts";
import { pushOwnImage } from "./own-image.ts";
import { copySampleApp } from "./workspace.ts";

const root = join(import.meta.dirname, "..");
const program = join(root, "dist", "main.js");
const platforms = ["linux/amd64", "linux/arm64"];

async function demo(): Promise<void> {
  title(
    "Real parts: BuildKit, a registry, a builder for two platforms (made here; the first time takes minutes)",
  );
  const lab = await startLab();
  const app = copySampleApp("node-web");
  try {
    await show(lab, app.directory);
  } finally {
    app.remove();
    await lab.close();
  }
}

async function show(lab: Lab, directory: string): Promise<void> {
  const toolImage = await pushOwnImage(lab);
  const name = `${lab.registry}/demo/node-web:1`;
  nameBuilder(join(directory, "project.toml"), lab.images.builder);

  title("The app's project.toml");
  say(readFileSync(join(directory, "project.toml"), "utf8"));

  title("1. Make its Dockerfile");
  say("$ cnb-dockerfile generate --process-type web > Dockerfile");
  const generated = await execa(execPath, ["--", program, "generate", "--process-type", "web"], {
    cwd: directory,
    env: { CNB_DOCKERFILE_IMAGE: toolImage },
    stderr: "inherit",
    stripFinalNewline: false,
  });
  // Beside the app, not in it: the demo builds the sample as it is.
  const dockerfile = join(directory, "..", "Dockerfile");
  writeFileSync(dockerfile, generated.stdout);
  const stages = generated.stdout.split("\n").filter((line) => line.startsWith("FROM "));
  say(`${generated.stdout.split("\n").length} lines; its stages:`);
  for (const stage of stages) say(`    ${stage}`);

  title("2. Build it for two platforms and push the index");
  say(`$ docker buildx build --platform ${platforms.join(",")} --tag ${name} --push .\n`);
  const metadata = join(directory, "..", "metadata.json");
  const words = ["build", "--progress=plain", `--platform=${platforms.join(",")}`, `--tag=${name}`, "--push"];
  await execa(
    lab.tools["docker-buildx"],
    [...words, `--file=${dockerfile}`, `--metadata-file=${metadata}`, "--provenance=false", directory],
    { env: { ...lab.environment }, stdout: "inherit", stderr: "inherit" },
  );

  title("3. Start both images as `docker run` would, and ask them who they are");
  for (const platform of platforms) {
    const container = await lab.run(name, platform);
    const answer = await untilAnswered(container.url);
    say(`${platform.padEnd(12)} GET ${container.url}/  →  ${answer}`);
    await container.stop();
  }

  title("Made");
  const index = JSON.parse((await lab.crane(["manifest", name])).stdout) as Index;
  const { "containerimage.digest": digest } = JSON.parse(readFileSync(metadata, "utf8")) as Record<
    string,
    string
  >;
  say(`${name}@${digest}`);
  for (const { digest: manifest, platform } of index.manifests) {
    say(`    ${`${platform.os}/${platform.architecture}`.padEnd(12)} ${manifest}`);
  }
  keepResult(generated.stdout);
  say(`
The Dockerfile is kept as .lab/demo/Dockerfile. To look at the image, start the parts again and use them:

    npm run lab -- up                     prints the settings to copy into your shell
    crane manifest ${name}
    docker-buildx imagetools inspect ${name}
    npm run lab -- down
`);
}

interface Index {
  readonly manifests: readonly {
    readonly digest: string;
    readonly platform: { readonly os: string; readonly architecture: string };
  }[];
}

/** The sample leaves its builder open, because a lab's registry has another port in every checkout. */
function nameBuilder(descriptor: string, builder: string): void {
  const text = readFileSync(descriptor, "utf8");
  writeFileSync(descriptor, text.replace("[io.buildpacks]\n", `[io.buildpacks]\nbuilder = "${builder}"\n`));
}

function keepResult(dockerfile: string): void {
  const directory = join(root, ".lab", "demo");
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "Dockerfile"), dockerfile);
}

async function untilAnswered(url: string): Promise<string> {
  for (let attempt = 0; attempt < 300; attempt++) {
    try {
      return await (await fetch(url)).text();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  throw new Error(`${url} does not answer`);
}

function title(text: string): void {
  stdout.write(`\n── ${text}\n\n`);
}

function say(text: string): void {
  stdout.write(`${text}\n`);
}

await demo().catch((error: Error) => {
  process.stderr.write(`\nThe demo failed: ${error.message}\n`);
  process.exitCode = 1;
});
