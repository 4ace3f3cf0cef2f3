/**
 * The compiler as a library: a project and what is known of two images in, a Dockerfile out. You bring what it asks (an
 * `ImageSource`, a `ModuleSource`); it reads no file, variable, clock or network by itself.
 */
export { type CompileHost, type CompileRequest, type CompileResult, compile } from "./compile.ts";
export { type AskedOptions, compileOptions } from "./compile-options.ts";
export { CompileError, type Diagnostic, TemporaryError } from "./diagnostics/diagnostic.ts";
export { formatDiagnostic } from "./diagnostics/format.ts";
export { readImageConfig } from "./image/image-config.ts";
export type { ImageSource } from "./image/image-source.ts";
export { parsePlatform } from "./image/platform.ts";
export { parseReference } from "./image/reference.ts";
export type { ModuleSource } from "./modules/module-source.ts";
export { version } from "./version.ts";
