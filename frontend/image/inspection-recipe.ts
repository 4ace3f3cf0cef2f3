import { CompileError, type Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { mountedSecrets } from "../../src/dockerfile/read/mounted-secrets.ts";
import { printStages } from "../../src/dockerfile/write/print-stages.ts";
import { type ArgumentOption, argumentNames, argumentRows } from "../../src/options/build-arguments.ts";
import {
  type OptionPlace,
  type OptionTexts,
  readCompiledOptions,
} from "../../src/options/compiled-options.ts";
import { planSupplyChain } from "../../src/plan/supply-chain/supply-chain.ts";
import { present } from "../../src/present.ts";
import { scanConfigContext } from "../../src/stages/paths.ts";
import { inspectionStages } from "../../src/stages/supply-chain/inspection.ts";
import { ownImageName } from "../request/compile-options.ts";
import type { Gate } from "../request/gate.ts";
import { argumentOf, type FrontendOptions } from "../request/options.ts";
import type { Recipe } from "../request/recipe.ts";
import { looksIntoImage } from "../request/targets.ts";

const caCertificate = { id: "ca-cert", target: "/run/secrets/ca-cert" };

/** What names the tools of a scan, of which the stages of a generated Dockerfile know nothing. */
const toolOptions = ["syftImage", "grypeImage", "scanConfig"] as const satisfies ArgumentOption[];

/**
 * Whether whoever builds wants to know what is in the image, so that no stage of the project's may answer: by a gate, a
 * target, or by naming what is to scan for the project's own gate.
 */
function asksForInspection(gate: Gate | undefined, options: FrontendOptions): boolean {
  const { values } = options;
  const namesTools =
    toolOptions.some((option) => argumentOf(options, option) !== undefined) ||
    values[`context:${scanConfigContext}`] !== undefined;
  return gate?.by === "operator" || (gate !== undefined && namesTools) || looksIntoImage(values.target ?? "");
}

/**
 * What looks into the image: of a generated Dockerfile, which anybody may have edited, none of the stages but new ones,
 * with the tools and the database that whoever builds names, else the usual ones. Throws CompileError.
 */
export function inspectionRecipe(recipe: Recipe, options: FrontendOptions): Recipe {
  if (!recipe.isGenerated || !asksForInspection(recipe.gate, options)) return recipe;
  const found: Diagnostic[] = [];
  const texts = Object.fromEntries(
    argumentRows.filter(({ only }) => only === "ours").map(({ name }) => [name, argumentOf(options, name)]),
  ) as OptionTexts;
  const place: OptionPlace = (name) => ({ file: `--build-arg ${argumentNames[name]}` });
  const supplyChain = planSupplyChain({
    ...recipe.scanSettings,
    ...readCompiledOptions(texts, place, found),
  });
  if (found.length > 0) throw new CompileError(found);
  const wantsCertificate = mountedSecrets(recipe.dockerfile).some(({ id }) => id === caCertificate.id);
  const stages = inspectionStages(
    { supplyChain, secrets: wantsCertificate ? [caCertificate] : [] },
    ownImageName,
  );
  const { app, gate } = recipe;
  return {
    ...{ dockerfile: printStages(stages), app, isGenerated: false, ownImage: ownImageName },
    ...present({ gate }),
  };
}
