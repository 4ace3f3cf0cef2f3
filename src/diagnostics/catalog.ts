import { builderCatalog } from "./catalog/builder.ts";
import { cliCatalog } from "./catalog/cli/cli.ts";
import { cliBuildCatalog } from "./catalog/cli/cli-build.ts";
import { cliContainerCatalog } from "./catalog/cli/cli-container.ts";
import { cliSourceCatalog } from "./catalog/cli/cli-source.ts";
import { descriptorCatalog } from "./catalog/descriptor.ts";
import { emitCatalog } from "./catalog/emit.ts";
import { engineChoiceCatalog } from "./catalog/engines/engine-choice.ts";
import { enginesCatalog } from "./catalog/engines/engines.ts";
import { exportCatalog } from "./catalog/export.ts";
import { filesCatalog } from "./catalog/files.ts";
import { frontendCatalog } from "./catalog/frontend/frontend.ts";
import { frontendExtensionsCatalog } from "./catalog/frontend/frontend-extensions.ts";
import { modulesCatalog } from "./catalog/modules.ts";
import { planCatalog } from "./catalog/plan/plan.ts";
import { planBuildpacksCatalog } from "./catalog/plan/plan-buildpacks.ts";
import { planImagesCatalog } from "./catalog/plan/plan-images.ts";
import { privateCatalog } from "./catalog/private.ts";
import { rebaseCatalog } from "./catalog/rebase.ts";
import { registryCatalog } from "./catalog/registry.ts";
import { sbomCatalog } from "./catalog/supply-chain/sbom.ts";
import { scanCatalog } from "./catalog/supply-chain/scan.ts";

/** Every diagnostic there is, by code. A room's entries stand in `catalog/<room>.ts`, or in a folder with its name. */
export const catalog = {
  ...descriptorCatalog,
  ...builderCatalog,
  ...modulesCatalog,
  ...planImagesCatalog,
  ...planBuildpacksCatalog,
  ...planCatalog,
  ...emitCatalog,
  ...filesCatalog,
  ...registryCatalog,
  ...exportCatalog,
  ...sbomCatalog,
  ...scanCatalog,
  ...frontendCatalog,
  ...frontendExtensionsCatalog,
  ...privateCatalog,
  ...engineChoiceCatalog,
  ...enginesCatalog,
  ...cliCatalog,
  ...cliSourceCatalog,
  ...cliBuildCatalog,
  ...cliContainerCatalog,
  ...rebaseCatalog,
};

export type DiagnosticCode = keyof typeof catalog;
