import { join } from "node:path";
import { diagnosticJson } from "../../src/diagnostics/format.ts";
import { makeOverview, type Overview } from "../../src/overview/overview.ts";
import { caseNames, compileCase, goldenDirectory } from "./cases.ts";

/** Overview of a golden case. Undefined: the case is one that is refused. */
export async function overviewOfCase(name: string): Promise<Overview | undefined> {
  const { result, reported } = await compileCase(join(goldenDirectory, name));
  return result && makeOverview(result, reported.map(diagnosticJson));
}

/** Overviews of all golden cases that are not refused, by name. */
export async function caseOverviews(): Promise<ReadonlyMap<string, Overview>> {
  const found = new Map<string, Overview>();
  for (const name of caseNames()) {
    const overview = await overviewOfCase(name);
    if (overview !== undefined) found.set(name, overview);
  }
  return found;
}

/** The overview with other texts wherever a user or an image has a say; `next` is asked for each of them. */
export function withTexts(overview: Overview, next: () => string): Overview {
  const texts = new Map<string, string>();
  /** The same text gets the same other one, or names would not be found again. */
  const other = (text: string) => {
    const known = texts.get(text) ?? next();
    texts.set(text, known);
    return known;
  };
  const { builder, runImage } = overview;
  return {
    ...overview,
    builder: { name: other(builder.name) },
    runImage: { name: other(runImage.name) },
    tool: other(overview.tool),
    ...(overview.processType === undefined ? {} : { processType: other(overview.processType) }),
    ...(overview.descriptor === undefined ? {} : { descriptor: other(overview.descriptor) }),
    variables: overview.variables.map(other),
    ...(overview.extensions === undefined
      ? {}
      : {
          extensions: overview.extensions.map((group) =>
            group.map(({ id, version }) => ({ id: other(id), version: other(version) })),
          ),
        }),
    platforms: overview.platforms.map((platform) => ({
      ...platform,
      order: platform.order.map((group) => group.map((entry) => ({ ...entry, id: other(entry.id) }))),
    })),
    addedBuildpacks: overview.addedBuildpacks.map((module) => ({
      ...module,
      place: other(module.place),
      buildpacks: module.buildpacks.map(({ id, version }) => ({ id: other(id), version: other(version) })),
    })),
    secrets: overview.secrets.map((secret) => ({
      ...secret,
      id: other(secret.id),
      offer: secret.offer.map(other),
    })),
    stages: overview.stages.map((stage) => ({
      ...stage,
      base:
        stage.base.kind === "image" ? { ...stage.base, reference: other(stage.base.reference) } : stage.base,
      takes: stage.takes.map((take) => (take.kind === "download" ? { ...take, url: other(take.url) } : take)),
    })),
  };
}
