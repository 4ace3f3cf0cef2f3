import type { LabImages } from "./images.ts";
import type { LifecycleRecipe } from "./lifecycle-archive.ts";
import type { Architecture } from "./tool-list.ts";

export interface GroupEntry {
  readonly id: string;
  /** Absent: the only one that the builder has. */
  readonly version?: string;
  readonly optional?: boolean;
}

/** What a builder image is made of. */
export interface BuilderRecipe {
  readonly reference: string;
  readonly lifecycle: LifecycleRecipe;
  readonly description: string;
  /** Image that it is made upon; absent: the lab's own. */
  readonly buildImage?: string;
  /** Absolute directories. */
  readonly buildpacks: readonly string[];
  readonly extensions: readonly string[];
  readonly order: readonly (readonly GroupEntry[])[];
  readonly orderExtensions: readonly (readonly GroupEntry[])[];
  /** One platform: an ordinary manifest under the reference. Several: an index. */
  readonly platforms: readonly Architecture[];
}

/** `builder.toml` for pack. In: besides the recipe, the lifecycle archive of the platform. */
export function builderToml(
  recipe: BuilderRecipe,
  images: LabImages,
  lifecycle: string,
  npmRegistry: string,
): string {
  const uris = (kind: string, paths: readonly string[]) =>
    paths.map((path) => `[[${kind}]]\nuri = ${text(path)}\n`);
  return [
    `description = ${text(recipe.description)}\n`,
    ...uris("buildpacks", recipe.buildpacks),
    ...uris("extensions", recipe.extensions),
    ...groups("order", recipe.order),
    ...groups("order-extensions", recipe.orderExtensions),
    `[lifecycle]\nuri = ${text(lifecycle)}\n`,
    `[build]\nimage = ${text(recipe.buildImage ?? images.buildBase)}\n`,
    `[[build.env]]\nname = "NPM_CONFIG_REGISTRY"\nvalue = ${text(npmRegistry)}\nsuffix = "default"\n`,
    `[[run.images]]\nimage = ${text(images.runBase)}\n`,
  ].join("\n");
}

function groups(name: string, order: readonly (readonly GroupEntry[])[]): string[] {
  return order.map((group) => {
    const entries = group.map(({ id, version, optional }) => {
      const lines = [
        `[[${name}.group]]\nid = ${text(id)}\n`,
        version === undefined ? "" : `version = ${text(version)}\n`,
        optional === true ? "optional = true\n" : "",
      ];
      return lines.join("");
    });
    return `[[${name}]]\n${entries.join("")}`;
  });
}

/** A TOML string: for the characters of names and paths, JSON's spelling is TOML's. */
function text(value: string): string {
  return JSON.stringify(value);
}
