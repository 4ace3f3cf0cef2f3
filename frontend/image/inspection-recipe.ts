import {
  CompileError,
  type Diagnostic,
  inspectionStages,
  planSupplyChain,
  printStages,
  readSecrets,
  readSupplyChainOptions,
  type SupplyChainOptions,
  scanConfigContext,
} from "../../src/index.ts";
import { ownImageName } from "../request/compile-options.ts";
import type { Gate } from "../request/gate.ts";
import { type FrontendOptions, optionsWith } from "../request/options.ts";
import type { Recipe } from "../request/recipe.ts";
import { looksIntoImage } from "../request/targets.ts";

const caCertificate = { id: "ca-cert", target: "/run/secrets/ca-cert" };

/** The build argument of each option that these stages have. */
const inspectionArguments: Readonly<Record<keyof SupplyChainOptions, string>> = {
  syftImage: "CNB_SYFT_IMAGE",
  grypeImage: "CNB_GRYPE_IMAGE",
  vulnerabilityDatabase: "CNB_VULNERABILITY_DB",
  maxDatabaseAge: "CNB_VULNERABILITY_DB_MAX_AGE",
  scanConfig: "CNB_SCAN_CONFIG",
  sbomFormat: "CNB_SBOM_FORMAT",
  failOn: "CNB_FAIL_ON",
};

/** Build arguments that count for a generated Dockerfile, too. */
export const inspectionArgumentNames: readonly string[] = Object.values(inspectionArguments);
/** Those that its own stages know nothing of. */
const toolArguments = (["syftImage", "grypeImage", "scanConfig"] as const).map(
  (option) => inspectionArguments[option],
);

/**
 * Whether whoever builds wants to know what is in the image, so that no stage of the project's may answer: by a gate, a
 * target, or by naming what is to scan for the project's own gate.
 */
function asksForInspection(gate: Gate | undefined, { values }: FrontendOptions): boolean {
  const namesTools =
    toolArguments.some((name) => (values[`build-arg:${name}`] ?? "") !== "") ||
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
  const given = optionsWith(options, "build-arg:");
  const texts = Object.fromEntries(
    Object.entries(inspectionArguments).map(([option, name]) => [option, given[name]]),
  );
  const place = (option: keyof SupplyChainOptions) => ({
    file: `--build-arg ${inspectionArguments[option]}`,
  });
  const supplyChain = planSupplyChain({
    ...recipe.scanSettings,
    ...readSupplyChainOptions(texts, place, found),
  });
  if (found.length > 0) throw new CompileError(found);
  const wantsCertificate = readSecrets(recipe.dockerfile).some(({ id }) => id === caCertificate.id);
  const stages = inspectionStages(
    { supplyChain, secrets: wantsCertificate ? [caCertificate] : [] },
    ownImageName,
  );
  const { app, gate } = recipe;
  return {
    ...{ dockerfile: printStages(stages), app, isGenerated: false, ownImage: ownImageName },
    ...(gate === undefined ? {} : { gate }),
  };
}
