import { grypeImage, maxDatabaseAge, syftImage } from "../../options/table/scan.ts";
import { present } from "../../present.ts";
import type { SupplyChainPlan } from "../lifecycle-plan.ts";
import type { CompileOptions } from "../options.ts";

/** Where Grype's own database is listed; `--vulnerability-db`. Source: Grype, `db.update-url`. */
const vulnerabilityDatabase = "https://grype.anchore.io/databases/v6/latest.json";
/** Where Grype looks for its settings; `--scan-config`. */
const scanConfig = ".grype.yaml";

/** Options of the stages that look into an image. */
export type SupplyChainOptions = Pick<
  CompileOptions,
  | "syftImage"
  | "grypeImage"
  | "vulnerabilityDatabase"
  | "maxDatabaseAge"
  | "scanConfig"
  | "sbomFormat"
  | "failOn"
>;

/** Who lists and scans what is in the image, and what is made of it. */
export function planSupplyChain(options: SupplyChainOptions): SupplyChainPlan {
  return {
    syft: options.syftImage ?? syftImage,
    grype: options.grypeImage ?? grypeImage,
    database: options.vulnerabilityDatabase ?? vulnerabilityDatabase,
    config: options.scanConfig ?? scanConfig,
    maxDatabaseAge: options.maxDatabaseAge ?? maxDatabaseAge,
    sbomFormat: options.sbomFormat ?? "spdx",
    ...present({ failOn: options.failOn }),
  };
}
