/** What a build needs that is not needed to begin it: loaded while BuildKit works on the first call. */
export { build } from "./build.ts";
export { readCacheImports } from "./cache-imports.ts";
export { requireCapabilities } from "./capabilities.ts";
export { failedBuildpacks } from "./failed-buildpack.ts";
export { failureStatus } from "./failure.ts";
export { answerSubrequest, subrequestOf } from "./subrequest.ts";
export { sendWarning } from "./warning.ts";
