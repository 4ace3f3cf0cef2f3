import { afterAll, beforeAll, expect, it } from "vitest";
import { type ExtensionImages, extensionApis, makeExtensionImages } from "../../lab/extension-images.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { frontendBuild } from "../frontend-steps.ts";
import { type ImageReading, imageDifferences, readImage } from "../image-reading.ts";
import { differencesOf } from "../pack/permitted-differences.ts";
import { type ExtensionApp, extensionVariables, makeExtensionApp } from "./extension-app.ts";

const platform = "linux/amd64";
const run = Date.now().toString(36);
let lab: Lab;
let images: ExtensionImages;
const apps: ExtensionApp[] = [];

beforeAll(async () => {
  lab = await startLab();
  images = await makeExtensionImages(lab);
  await bringRunImages();
});
afterAll(async () => {
  for (const app of apps) app.remove();
  await lab.close();
});

/** pack takes the run image that it extends from the daemon, under the name with its digest, and begins with nothing where it is not there. */
async function bringRunImages(): Promise<void> {
  const docker = await lab.docker();
  for (const image of [lab.images.runBase, images.otherRun]) {
    const { stdout: digest } = await lab.crane(["digest", `--platform=${platform}`, image]);
    const name = image.slice(0, image.lastIndexOf(":"));
    const query = new URLSearchParams({ fromImage: name, tag: digest.trim(), platform });
    await docker.call("POST", `/images/create?${query}`);
  }
}

/** What only an extension's layers differ in, and why. */
const permitted: readonly (readonly [RegExp, string])[] = [
  [
    /^(layers|history): /,
    "pack's extender adds an empty layer for each instruction that changes no file; the others are compared by themselves",
  ],
  [
    /^file \S+ time: pack "unpacking", ours "1980-/,
    "a directory that pack's extender names before files that go into it",
  ],
];

/** The history without layers in which nothing changed, of which pack has many. */
function layerHistory({ history }: ImageReading): string[] {
  return history.filter((line) => !/^\S+ Layer: '(?:ARG|ENV|EXPOSE|LABEL|USER|RUN true)\b/.test(line));
}

/** With the image's own layers counted from the top: pack has more below them. */
function fromTop(reading: ImageReading): ImageReading {
  const { labels, layers } = reading;
  const own = JSON.stringify(labels).replaceAll(/"layer (\d+)"/g, (text, number: string) => {
    const depth = layers - Number(number);
    return depth > ownLayers ? text : JSON.stringify(`layer ${depth} from the top`);
  });
  return { ...reading, labels: JSON.parse(own) };
}

/** What the app's image has upon the run image and its extensions: one of a buildpack, and what every image has. */
const ownLayers = 6;

interface Case {
  readonly title: string;
  readonly names: readonly string[];
  readonly api?: (typeof extensionApis)[number];
  /** What else is permitted to differ. */
  readonly permitted?: RegExp;
}

const cases: Case[] = [
  { title: "none that takes part", names: [] },
  {
    title: "one that chooses a run image, after one that would have changed another",
    names: ["zz-first", "switch"],
  },
  { title: "one that chooses a run image and changes it", names: ["earlier", "switch-extend"] },
  {
    title: "two that change the run image, not in the order of their names",
    names: ["zz-first", "deletions"],
  },
  { title: "one that changes the build image with all that a Dockerfile can say", names: ["kit"] },
  { title: "several, for the run image and the build image", names: ["zz-first", "kit", "deletions"] },
  ...extensionApis.map((api) => ({
    title: "several",
    names: api === "0.12" ? ["zz-first", "deletions"] : ["zz-first", "kit", "deletions"],
    api,
  })),
  {
    title: "one that brings its Dockerfile along, which the lifecycle leaves out",
    names: ["static"],
    permitted: /^file \/layers\/lab_extended\/seen\/seen content: /,
  },
];

it.each(cases)("$title: the image is pack's (Platform API $api)", async ({ names, api, permitted: more }) => {
  const builder = api === undefined ? images.builder : images.builderOf(api);
  const app = makeExtensionApp(builder, `com.example.extensions.${apps.length}.${run}`);
  apps.push(app);
  const name = (by: string) => `${lab.registry}/e2e/extensions-${apps.length}-${by}:${run}`;
  const variables = extensionVariables(names, images.otherRun);
  const { environment } = await lab.docker();
  await lab.pack(
    [
      ...["build", name("pack"), "--publish", "--network=host", "--builder", builder],
      // The creator refuses extensions, and pack wants to ask registries for them.
      ...["--trust-builder=false", "--lifecycle-image", lab.images.lifecycle, "--pull-policy=always"],
      ...variables.flatMap((variable) => ["--env", variable]),
    ],
    { cwd: app.directory, env: environment },
  );
  const words = ["--file=project.toml", ...variables.map((variable) => `--build-arg=${variable}`)];
  await frontendBuild(lab, {
    ...{ context: app.directory, platforms: [platform], name: name("ours"), words },
  });
  const roots = ["/cnb", "/etc", "/home", "/layers", "/opt", "/usr", "/var", "/workspace"];
  const read = async (by: string) => fromTop(await readImage(lab, name(by), platform, roots));
  const [pack, ours] = [await read("pack"), await read("ours")];
  const differences = differencesOf(imageDifferences(pack, ours));
  const allowed = [...permitted.map(([pattern]) => pattern), ...(more === undefined ? [] : [more])];
  expect(differences.filter((line) => !allowed.some((pattern) => pattern.test(line)))).toEqual([]);
  expect(layerHistory(ours)).toEqual(layerHistory(pack));
});
