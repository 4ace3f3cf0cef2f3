/** The compiler as a library. */
export { type CompileHost, type CompileRequest, type CompileResult, compile } from "./compile.ts";
export { decodeText, maxTextBytes, tooLarge } from "./descriptor/decode-text.ts";
export { type DescriptorText, readDescriptor } from "./descriptor/descriptor.ts";
export { entryOf } from "./descriptor/entry-of.ts";
export { checkEnvVariable } from "./descriptor/env-name.ts";
export { keyPlaces } from "./descriptor/key-places.ts";
export type { EnvVariable, UriBuildpack } from "./descriptor/project-descriptor.ts";
export { catalog, type DiagnosticCode } from "./diagnostics/catalog.ts";
export { diagnose, isDiagnosticCode } from "./diagnostics/diagnose.ts";
export {
  CompileError,
  type Diagnostic,
  type Report,
  type SourceLocation,
  TemporaryError,
} from "./diagnostics/diagnostic.ts";
export { closest } from "./diagnostics/did-you-mean.ts";
export { diagnosticJson, formatDiagnostic, visible, visibleLines } from "./diagnostics/format.ts";
export { formatSarif, type SarifOptions } from "./diagnostics/sarif.ts";
export { systemReason } from "./diagnostics/system-reason.ts";
export {
  type Dockerfile,
  namedStages,
  stageNamed,
  type WrittenImage,
  type WrittenInstruction,
  type WrittenStage,
} from "./dockerfile/dockerfile.ts";
export type { GeneratedFrom } from "./dockerfile/plan-comment.ts";
export { withoutSyntaxLine } from "./dockerfile/read/directives.ts";
export { type GeneratedFile, readGenerated } from "./dockerfile/read/generated.ts";
export { isOwnIgnoreFile } from "./dockerfile/read/is-own-ignore-file.ts";
export { mountedAgents, mountedSecrets, type WrittenSecret } from "./dockerfile/read/mounted-secrets.ts";
export { readDockerfile } from "./dockerfile/read/read-dockerfile.ts";
export { readIfDockerfile } from "./dockerfile/read/read-if-dockerfile.ts";
export { shortTitle } from "./dockerfile/read/short-title.ts";
export type { EmittedContextFile, EmittedFiles } from "./dockerfile/write/emit.ts";
export { printStages } from "./dockerfile/write/print-stages.ts";
export { shellWord } from "./dockerfile/write/quote.ts";
export { type ImageConfig, readImageConfig } from "./image/image-config.ts";
export type { ImageSource, PlatformImage, ResolvedImage } from "./image/image-source.ts";
export { localPlace, type NetworkPlace, networkPlace } from "./image/local-place.ts";
export { formatPlatform, type Platform, parsePlatform } from "./image/platform.ts";
export {
  formatReference,
  fullName,
  type ImageReference,
  parseReference,
  pinReference,
  shortDigest,
} from "./image/reference.ts";
export { isPrivate, readDownloadAddress, shownUrl } from "./modules/download-address.ts";
export type { HandedDirectory } from "./modules/gather.ts";
export { localFaults } from "./modules/local-faults.ts";
export { contextLocator, isBuildpackContext, joinPath } from "./modules/locator.ts";
export type {
  BuildpackContext,
  DownloadedModule,
  FoundModule,
  LocalModule,
  ModuleSource,
  RegistryEntry,
  RegistryName,
} from "./modules/module-source.ts";
export {
  defaultRegistryIndex,
  findInIndex,
  indexPath,
  maxIndexFileBytes,
  noIndex,
  readRegistryIndex,
} from "./modules/registry-index.ts";
export type { AppPlan, LifecyclePlan, PreviousPlan } from "./plan/lifecycle-plan.ts";
export type { CompileOptions, GitPlace, Origin, ToolChoice } from "./plan/options.ts";
export { chooseEntries } from "./plan/order/entries.ts";
export { isBuildkitSecret } from "./plan/platform/buildkit-secret.ts";
export { planSupplyChain, type SupplyChainOptions } from "./plan/supply-chain/supply-chain.ts";
export { packageCount } from "./sbom/components.ts";
export type { DocumentIdentity } from "./sbom/identity.ts";
export { type MergedSboms, mergeSboms } from "./sbom/merge.ts";
export { contentIdentity, repeatable } from "./sbom/repeatable.ts";
export { readSbom, type Sbom, type SbomFile, type SbomKind, sbomText } from "./sbom/sbom.ts";
export { predicateTypes, type Statement, statementOf } from "./sbom/statement.ts";
export { durationSeconds } from "./scan/duration.ts";
export { ageWarnings, gateFaults, ignoreWarnings, type PlatformVerdict } from "./scan/gate.ts";
export { type Judgement, judge } from "./scan/judge.ts";
export { withProjectSettings } from "./scan/project-settings.ts";
export { readScanReport, type ScanReport } from "./scan/report.ts";
export { readThreshold, type Severity, severities, type Threshold, thresholds } from "./scan/severity.ts";
export { formatScans, type ScannedPlatform } from "./scan/text.ts";
export { type Finding, readVerdict, type Verdict, verdictSchema } from "./scan/verdict.ts";
export {
  appDirectory,
  buildpackContext,
  cacheContext,
  cacheExportTarget,
  cacheImportTarget,
  cacheMountPrefix,
  cacheNamespaceArgument,
  databaseContext,
  exportWarnings,
  imageDirectory,
  keptDirectory,
  layersDirectory,
  previousContext,
  replaceableStages,
  restoredDirectory,
  scanConfigContext,
  scanDirectory,
  volumeContext,
} from "./stages/paths.ts";
export { inspectionStages } from "./stages/supply-chain/inspection.ts";
export { version } from "./version.ts";
