/** What a build needs that is not needed to begin it: loaded while BuildKit works on the first call. */

export { requireCapabilities } from "./bridge/capabilities.ts";
export { sendWarning } from "./bridge/warning.ts";
export { build } from "./build.ts";
export { failedBuildpacks } from "./failures/failed-buildpack.ts";
export { failureStatus } from "./failures/failure.ts";
export { answerSubrequest, subrequestOf } from "./questions/subrequest.ts";
export { readCacheImports } from "./request/cache-imports.ts";
