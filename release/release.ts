/**
 * `npm run release`: makes everything that a release publishes, into dist/release: both npm packages, executables, images as OCI
 * archives, bills of materials, checksums. It publishes nothing: that is the workflow `release`, which runs it first.
 */
import { createHash } from "node:crypto";
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process, { argv, execPath } from "node:process";
import { parseArgs } from "node:util";
import { execa } from "execa";
import * as v from "valibot";
import {
  containerImageRequest,
  finishPackage,
  helperImageRequest,
  type OwnImageRequest,
  packageLayout,
  packageOutput,
  scannerImageRequest,
} from "../own-images/own-image-requests.ts";
import { withImageBuilder } from "../own-images/with-image-builder.ts";
import { layoutDigest } from "../src/engines/layout.ts";
import { syftImage } from "../src/options/table/scan.ts";
import { present } from "../src/present.ts";
import { version } from "../src/version.ts";
import { releaseFaults } from "./release-faults.ts";
import { releaseNotes } from "./release-notes.ts";
import { type BesideOurs, billWith } from "./release-sboms.ts";

const usage = `npm run release -- --dry-run
npm run release -- --tag vX.Y.Z

Makes all that a release publishes, in dist/release, with your docker or BuildKit, and lists it. Nothing is published.

  --dry-run             check that all files name the same version
  --tag vX.Y.Z          also check that the tag and the changelog's date belong to it, as the workflow does
  --summary FILE        also append the list to a file, as a table in Markdown
  --platform LIST       platforms of the builder container and the scanner (default: linux/amd64,linux/arm64)
  --compression LEVEL   of the helper image: smallest or quick (default: smallest)
  --node-image REF, --buildkit-image REF, --syft-image REF
                        stock images to build upon, from another registry
`;

const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");
const output = join(dist, "release");
/** The text of the GitHub release, and no file of it. */
const notesFile = "notes.md";
const releaseFile = join(dist, "release.json");
const bothPlatforms = ["linux/amd64", "linux/arm64"];
const registry = "ghcr.io/cnb-dockerfile";

interface Settings {
  readonly platforms: readonly string[];
  readonly compression: "smallest" | "quick";
  readonly nodeImage?: string;
  readonly buildkitImage?: string;
  readonly syftImage?: string;
}

/** An image of a release, as images.json names it. */
interface ReleasedImage {
  readonly repository: string;
  readonly reference: string;
  readonly digest: string;
  readonly archive: string;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    args: argv.slice(2),
    options: {
      "dry-run": { type: "boolean", default: false },
      tag: { type: "string" },
      summary: { type: "string" },
      platform: { type: "string" },
      compression: { type: "string", default: "smallest" },
      "node-image": { type: "string" },
      "buildkit-image": { type: "string" },
      "syft-image": { type: "string" },
      help: { type: "boolean" },
    },
  });
  const { tag, compression } = values;
  const isRight =
    values["dry-run"] !== (tag !== undefined) && (compression === "smallest" || compression === "quick");
  if (values.help === true || !isRight) {
    process.stderr.write(usage);
    return values.help === true ? 0 : 2;
  }
  const faults = releaseFaults(root, version, tag);
  for (const fault of faults) process.stderr.write(`error: ${fault}.\n`);
  if (faults.length > 0) return 1;
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  try {
    await makeAll({
      platforms: values.platform?.split(",") ?? bothPlatforms,
      compression,
      ...present({
        nodeImage: values["node-image"],
        buildkitImage: values["buildkit-image"],
        syftImage: values["syft-image"],
      }),
    });
  } finally {
    // In a checkout it would stand for an image that no registry has.
    rmSync(releaseFile, { force: true });
  }
  writeFileSync(join(output, "checksums.txt"), checksums());
  const table = artifactTable();
  process.stdout.write(`\n${table}`);
  if (values.summary !== undefined) appendFileSync(values.summary, `${table}\n`);
  process.stdout.write(
    `\n${version} is ready in dist/release; nothing was published. The workflow "release" publishes it for the tag v${version}.\n`,
  );
  return 0;
}

async function makeAll(settings: Settings): Promise<void> {
  const images = await makeImages(settings);
  writeFileSync(join(output, "images.json"), `${JSON.stringify(images, undefined, 2)}\n`);
  // The helper image by its digest, for the package and the executables.
  const { repository, digest } = images.helper;
  writeFileSync(releaseFile, `${JSON.stringify({ image: `${repository}:${version}`, digest })}\n`);
  await makePackages();
  const executables = join(dist, "executables");
  rmSync(executables, { recursive: true, force: true });
  await execa(execPath, [join(import.meta.dirname, "executable.ts"), "--all"], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
  for (const name of readdirSync(executables)) copyFileSync(join(executables, name), join(output, name));
  writeBills();
  const notes = releaseNotes(readFileSync(join(root, "CHANGELOG.md"), "utf8"), version);
  writeFileSync(join(output, notesFile), `${notes?.text ?? ""}\n`);
}

/** The images as OCI archives; the helper image also in dist/image, from where the others take it. */
function makeImages(settings: Settings) {
  return withImageBuilder(async ({ build }) => {
    const run = async (title: string, request: Parameters<typeof build>[0]): Promise<void> => {
      if ((await build(request)) !== 0) throw new Error(`The ${title} was not built`);
    };
    const request = {
      ...{ tags: [], push: false },
      ...present({ nodeImage: settings.nodeImage }),
    } satisfies Partial<OwnImageRequest>;
    await run(
      "helper image",
      helperImageRequest({
        ...request,
        platforms: bothPlatforms,
        output: packageOutput(settings.compression),
      }),
    );
    finishPackage();
    const helper = archiveName("helper");
    await execa("tar", [
      "-C",
      packageLayout,
      "-cf",
      join(output, helper),
      "oci-layout",
      "index.json",
      "blobs",
    ]);
    const others = { ...request, platforms: settings.platforms };
    const archived = (name: string) => ({
      ...{ type: "oci", destination: join(output, archiveName(name)) },
      attributes: { "rewrite-timestamp": "true" },
    });
    await run(
      "builder container",
      containerImageRequest({ ...others, output: archived("builder") }, undefined, settings.buildkitImage),
    );
    await run("scanner", scannerImageRequest({ ...others, output: archived("scanner") }, settings.syftImage));
    return {
      helper: { ...named("cnb-dockerfile", "helper"), digest: layoutDigest(packageLayout) ?? "" },
      builder: await released("cnb-dockerfile-builder", "builder"),
      scanner: await released("cnb-dockerfile-scanner", "scanner"),
    } satisfies Readonly<Record<string, ReleasedImage>>;
  });
}

function archiveName(name: string): string {
  return `${name}-image-${version}.oci.tar`;
}

function named(repositoryName: string, name: string) {
  const repository = `${registry}/${repositoryName}`;
  return { repository, reference: `${repository}:${version}`, archive: archiveName(name) };
}

const indexSchema = v.object({ manifests: v.tuple([v.object({ digest: v.string() })]) });

async function released(repositoryName: string, name: string): Promise<ReleasedImage> {
  const image = named(repositoryName, name);
  const { stdout } = await execa("tar", ["-xOf", join(output, image.archive), "index.json"]);
  return { ...image, digest: v.parse(indexSchema, JSON.parse(stdout)).manifests[0].digest };
}

/** Packed as they are: `prepack` would build anew. */
async function makePackages(): Promise<void> {
  const pack = async (directory: string) => {
    await execa("npm", ["pack", "--silent", "--ignore-scripts", `--pack-destination=${output}`], {
      cwd: directory,
      stdio: ["ignore", "ignore", "inherit"],
    });
  };
  await pack(root);
  const place = mkdtempSync(join(tmpdir(), "cnb-release-"));
  try {
    cpSync(join(root, "packages", "helper-image"), place, { recursive: true });
    copyFileSync(join(root, "LICENSE"), join(place, "LICENSE"));
    cpSync(packageLayout, join(place, "image"), { recursive: true });
    await pack(place);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** What is in each artifact that is more than our package: programs beside ours. */
function writeBills(): void {
  const own = readFileSync(join(dist, "sbom.cdx.json"), "utf8");
  const argument = (file: string, name: string) =>
    new RegExp(`^ARG ${name}=\\S+:v?([\\d.]+)`, "m").exec(readFileSync(join(root, file), "utf8"))?.[1] ?? "";
  const node: BesideOurs = {
    name: "node",
    version: argument("frontend/Dockerfile", "NODE_IMAGE"),
    purlType: "generic",
  };
  const buildkit: BesideOurs = {
    name: "github.com/moby/buildkit",
    version: containerBuildkitVersion(),
    purlType: "golang",
  };
  const syft: BesideOurs = {
    name: "github.com/anchore/syft",
    version: syftImage.replace(/^.*:/, ""),
    purlType: "golang",
  };
  const bills: Readonly<Record<string, readonly BesideOurs[]>> = {
    package: [],
    executables: [{ ...node, version: process.version.slice(1) }],
    "helper-image": [node],
    "builder-image": [node, buildkit],
    "scanner-image": [node, syft],
  };
  for (const [name, beside] of Object.entries(bills))
    writeFileSync(join(output, `sbom-${name}.cdx.json`), billWith(own, beside));
}

function containerBuildkitVersion(): string {
  const { buildArguments } = containerImageRequest({ tags: [], push: false, platforms: [] });
  return `v${buildArguments.find(({ name }) => name === "BUILDKIT_VERSION")?.value ?? ""}`;
}

/** As sha256sum(1) writes and reads them. */
function checksums(): string {
  return artifacts()
    .map((name) => `${sha256(name)}  ${name}\n`)
    .join("");
}

function artifacts(): string[] {
  return readdirSync(output)
    .filter((name) => name !== notesFile && name !== "checksums.txt")
    .sort();
}

function sha256(name: string): string {
  return createHash("sha256")
    .update(readFileSync(join(output, name)))
    .digest("hex");
}

function artifactTable(): string {
  const rows = artifacts().map((name) => {
    const { size } = statSync(join(output, name));
    return [
      name,
      size < 1e5 ? `${(size / 1e3).toFixed(1)} kB` : `${(size / 1e6).toFixed(1)} MB`,
      sha256(name).slice(0, 12),
    ];
  });
  const all = [["artifact", "size", "SHA-256"], ...rows];
  const width = (column: number) => Math.max(...all.map((row) => row[column]?.length ?? 0));
  const line = (row: readonly string[]) =>
    `| ${row.map((text, column) => (column === 1 ? text.padStart(width(1)) : text.padEnd(width(column)))).join(" | ")} |\n`;
  const [head = [], ...body] = all;
  return `${line(head)}|---|---:|---|\n${body.map(line).join("")}`;
}

process.exitCode = await main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  return 1;
});
