import type { BuilderMetadata } from "../../builder/builder.ts";
import type { BuildpackInfo, Buildpacks } from "../../builder/buildpack-info.ts";
import type { AddedModule, GatheredModules } from "../../modules/gathered-modules.ts";
import type { LifecyclePlan, ModulePlan } from "../lifecycle-plan.ts";

/**
 * How each added module gets onto the builder. One that the builder holds already with the same content is left out, as
 * pack does; one that it holds with other content takes the other's place.
 */
export function planModules(
  { modules, extensions }: Pick<GatheredModules, "modules" | "extensions">,
  builder: BuilderMetadata,
): ModulePlan[] {
  return [
    ...plansOf(modules, builder.buildpacks),
    ...plansOf(extensions, builder.extensions).map((module) => ({ ...module, isExtension: true as const })),
  ];
}

function plansOf(modules: readonly AddedModule[], held: Buildpacks): ModulePlan[] {
  return modules.flatMap(({ content, buildpacks }) => {
    const planned = buildpacks.map((info) => ({ info, there: onBuilder(info, held) }));
    if (planned.every(({ there }) => there === "same")) return [];
    return [
      {
        content,
        buildpacks: planned.map(({ info: { id, version }, there }) => ({
          id,
          version,
          replaces: there === "other",
        })),
      },
    ];
  });
}

/** What the build has to be handed for them: `NAME=DIRECTORY`, each once. */
export function buildpackContexts(modules: readonly ModulePlan[]): Pick<LifecyclePlan, "buildpackContexts"> {
  const found = modules.flatMap(({ content }) => {
    const handed = content.kind === "image" || content.kind === "download" ? undefined : content.handed;
    return handed === undefined ? [] : [`${handed.context}=${handed.directory ?? "DIRECTORY"}`];
  });
  return found.length === 0 ? {} : { buildpackContexts: [...new Set(found)] };
}

function onBuilder({ id, version, layerDigest }: BuildpackInfo, held: Buildpacks): "not" | "same" | "other" {
  const there = held.get(id)?.find((own) => own.version === version);
  if (there === undefined) return "not";
  return layerDigest !== undefined && there.layerDigest === layerDigest ? "same" : "other";
}
