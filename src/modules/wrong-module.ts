import { readPackage } from "../builder/read-buildpacks.ts";
import type { ModuleKind } from "../contract/module-kind.ts";
import { otherKind, whyNone } from "../contract/wrong-kind.ts";
import { diagnose } from "../diagnostics/diagnose.ts";
import type { Diagnostic, SourceLocation } from "../diagnostics/diagnostic.ts";
import type { ImageConfig } from "../image/image-config.ts";
import type { FoundModule } from "./module-source.ts";

interface WantedModule {
  readonly kind: ModuleKind;
  /** Where it is named. */
  readonly location: SourceLocation;
}

/**
 * What is said of a place at which something else was found than the kind that is wanted. Undefined: it is of that kind, or a
 * package, whose labels tell.
 */
export function wrongModule(
  module: FoundModule,
  place: string,
  { kind, location }: WantedModule,
): Diagnostic | undefined {
  const reason = reasonOf(module, kind);
  if (reason === undefined) return undefined;
  return diagnose(codes[kind], { place, reason }, location);
}

/** What is said of an image, or of one in a `.cnb` file, whose labels name no module of the kind that is wanted. */
export function noPackage(
  configs: readonly ImageConfig[],
  image: string,
  { kind, location }: WantedModule,
): Diagnostic {
  const other = kind === "buildpack" ? "extension" : "buildpack";
  if (configs.some((config) => readPackage(config, image, other) !== undefined)) {
    return diagnose(codes[kind], { place: image, reason: otherKind[other] }, location);
  }
  if (kind === "buildpack") return diagnose("modules/not-a-buildpackage", { image }, location);
  const reason = "its labels do not say that it is the package of one";
  return diagnose("modules/not-an-extension", { place: image, reason }, location);
}

const codes = { buildpack: "modules/not-a-buildpack", extension: "modules/not-an-extension" } as const;

function reasonOf(module: FoundModule, kind: ModuleKind): string | undefined {
  switch (module.kind) {
    case "unusable":
      return module.reason;
    case "neither":
    case "buildpack":
    case "extension":
      return whyNone(module, kind);
    case "buildpackage":
      return undefined;
  }
}
