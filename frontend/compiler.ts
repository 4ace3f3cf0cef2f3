/** What a build needs that is not needed to begin it: loaded while BuildKit works on the first call. */
export { build } from "./build.ts";
export { failureStatus } from "./failure.ts";
export { sendWarning } from "./warning.ts";
