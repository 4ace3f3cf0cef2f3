import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type CompileResult, compile } from "../../src/compile.ts";
import type { DescriptorText } from "../../src/descriptor/descriptor.ts";
import { goldenDirectory } from "./cases.ts";
import { fakeImages, type ImageFile } from "./images.ts";
import { modulesFromFile } from "./modules.ts";
import { optionsOf } from "./plan.ts";

/** A project, and the images that it is compiled for. */
export interface LargeProject {
  readonly descriptor: DescriptorText;
  readonly images: readonly ImageFile[];
}

const header =
  '[_]\nschema-version = "0.2"\nid = "large"\n\n[io.buildpacks]\nbuilder = "registry.example/acme/builder:24"\n';

/** `large/0007`. */
const idOf = (index: number) => `large/${String(index).padStart(4, "0")}`;
const entry = (list: string, id: string) => `\n[[io.buildpacks.${list}]]\nid = "${id}"\n`;

/** A project whose group names every buildpack of a builder that has `count` of them. */
export function longGroup(count: number): LargeProject {
  const ids = Array.from({ length: count }, (_, index) => idOf(index));
  return {
    descriptor: { file: "project.toml", text: header + ids.map((id) => entry("group", id)).join("") },
    images: [builderOf(count, [{ group: [{ id: idOf(0) }] }]), readImage("run.json")],
  };
}

/** A project that puts an entry before and after each of a builder's `count` groups. */
export function manyGroups(count: number): LargeProject {
  const order = Array.from({ length: count }, (_, index) => ({ group: [{ id: idOf(index) }] }));
  return {
    descriptor: {
      file: "project.toml",
      text: header + entry("pre.group", idOf(0)) + entry("post.group", idOf(1)),
    },
    images: [builderOf(count, order), readImage("run.json")],
  };
}

/** A project with `count` build-time variables. */
export function manyVariables(count: number): LargeProject {
  const variables = Array.from(
    { length: count },
    (_, index) => `\n[[io.buildpacks.build.env]]\nname = "V_${index}"\nvalue = "value ${index}"\n`,
  );
  return {
    descriptor: { file: "project.toml", text: header + variables.join("") },
    images: [readImage("builder.json"), readImage("run.json")],
  };
}

export async function compileLarge({ descriptor, images }: LargeProject): Promise<CompileResult> {
  return compile(
    { descriptor, options: optionsOf() },
    {
      images: fakeImages(images),
      modules: modulesFromFile(undefined),
      report: ({ message }) => {
        throw new Error(`a warning was not expected: ${message}`);
      },
      gitPlace: async () => undefined,
    },
  );
}

function builderOf(count: number, order: readonly object[]): ImageFile {
  const { platforms, ...image } = readImage("builder.json");
  const layers = Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      idOf(index),
      { "1.0.0": { api: "0.10", targets: [{ os: "linux" }] } },
    ]),
  );
  const labels = { "io.buildpacks.buildpack.layers": layers, "io.buildpacks.buildpack.order": order };
  return {
    ...image,
    platforms: Object.fromEntries(
      Object.entries(platforms).map(([platform, config]) => [
        platform,
        { ...config, labels: { ...config.labels, ...labels } },
      ]),
    ),
  };
}

function readImage(file: string): ImageFile {
  return JSON.parse(readFileSync(join(goldenDirectory, "minimal", file), "utf8")) as ImageFile;
}
