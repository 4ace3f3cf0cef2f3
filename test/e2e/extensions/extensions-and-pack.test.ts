import { afterAll, beforeAll, expect, it } from "vitest";
import { type ExtensionImages, extensionApis, makeExtensionImages } from "../../lab/extension-images.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { frontendBuild } from "../frontend-steps.ts";
import { type ExtensionApp, extensionVariables, makeExtensionApp } from "./extension-app.ts";
import {
  bringRunImages,
  comparedPlatform,
  comparedWithPack,
  layerHistory,
  packWords,
} from "./pack-comparison.ts";

const run = Date.now().toString(36);
let lab: Lab;
let images: ExtensionImages;
const apps: ExtensionApp[] = [];

beforeAll(async () => {
  lab = await startLab();
  images = await makeExtensionImages(lab);
  await bringRunImages(lab, images);
});
afterAll(async () => {
  for (const app of apps) app.remove();
  await lab.close();
});

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
    title: "several, for the run image and the build image, not in the order of their names",
    names: ["zz-first", "kit", "deletions"],
  },
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
    [...packWords(lab, name("pack"), builder), ...variables.flatMap((variable) => ["--env", variable])],
    { cwd: app.directory, env: environment },
  );
  const words = ["--file=project.toml", ...variables.map((variable) => `--build-arg=${variable}`)];
  await frontendBuild(lab, {
    ...{ context: app.directory, platforms: [comparedPlatform], name: name("ours"), words },
  });
  const { pack, ours, differences } = await comparedWithPack(
    lab,
    { pack: name("pack"), ours: name("ours") },
    more,
  );
  expect(differences).toEqual([]);
  expect(layerHistory(ours)).toEqual(layerHistory(pack));
});
