import type { SupplyChainPlan } from "./lifecycle-plan.ts";
import type { SupplyChainOptions } from "./supply-chain-options.ts";

/** The tools that look into an image; `--syft-image`, `--grype-image`. */
export const syftImage = "docker.io/anchore/syft:v1.52.0";
export const grypeImage = "docker.io/anchore/grype:v0.110.0";
/** Where Grype's own database is listed; `--vulnerability-db`. Source: Grype, `db.update-url`. */
export const vulnerabilityDatabase = "https://grype.anchore.io/databases/v6/latest.json";
/** Where Grype looks for its settings; `--scan-config`. */
export const scanConfig = ".grype.yaml";

/** How old a database may be for a build with a threshold; `--vulnerability-db-max-age`. Source: Grype, `db.max-allowed-built-age`. */
export const maxDatabaseAge = "120h";

/** Who lists and scans what is in the image, and what is made of it. */
export function planSupplyChain(options: SupplyChainOptions): SupplyChainPlan {
  return {
    syft: options.syftImage ?? syftImage,
    grype: options.grypeImage ?? grypeImage,
    database: options.vulnerabilityDatabase ?? vulnerabilityDatabase,
    config: options.scanConfig ?? scanConfig,
    maxDatabaseAge: options.maxDatabaseAge ?? maxDatabaseAge,
    sbomFormat: options.sbomFormat ?? "spdx",
    ...(options.failOn === undefined ? {} : { failOn: options.failOn }),
  };
}
