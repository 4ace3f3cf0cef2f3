import * as v from "valibot";
import { catalog, type DiagnosticCode } from "../diagnostics/catalog.ts";
import { record } from "../image/record.ts";

const text = v.string();
const readonlyArray = <Item extends v.GenericSchema>(item: Item) => v.pipe(v.array(item), v.readonly());

const configSchema = v.strictObject({
  os: text,
  architecture: text,
  variant: v.exactOptional(text),
  env: readonlyArray(text),
  user: text,
  labels: record(text, text),
  diffIds: v.exactOptional(readonlyArray(text)),
});

const moduleSchema = v.variant("kind", [
  v.strictObject({ kind: v.literal("buildpack"), buildpackToml: text, packageToml: v.exactOptional(text) }),
  v.strictObject({ kind: v.literal("extension"), extensionToml: text }),
  v.strictObject({
    kind: v.literal("neither"),
    nested: v.exactOptional(
      v.strictObject({ directory: text, kind: v.picklist(["buildpack", "extension"]) }),
    ),
  }),
  v.strictObject({ kind: v.literal("buildpackage"), configs: readonlyArray(configSchema) }),
  v.strictObject({ kind: v.literal("unusable"), reason: text }),
]);

const diagnosticSchema = v.strictObject({
  code: v.custom<DiagnosticCode>((value) => typeof value === "string" && Object.hasOwn(catalog, value)),
  severity: v.picklist(["error", "warning"]),
  message: text,
  hint: v.exactOptional(text),
  location: v.exactOptional(v.strictObject({ file: text, line: v.exactOptional(v.number()) })),
});

/** What `describe` writes: all that the compiler has to know of a module that it cannot read itself. */
const moduleDescriptionSchema = v.variant("kind", [
  v.strictObject({ kind: v.literal("missing") }),
  v.strictObject({
    kind: v.literal("found"),
    found: v.strictObject({ form: v.picklist(["directory", "archive"]), module: moduleSchema }),
    /** `sha256:…` of an archive; absent: it is a directory, or no buildpack's archive. */
    digest: v.exactOptional(text),
  }),
  /** It is there and cannot be used. */
  v.strictObject({ kind: v.literal("refused"), diagnostics: readonlyArray(diagnosticSchema) }),
]);

export type ModuleDescription = v.InferOutput<typeof moduleDescriptionSchema>;

/** Reads what `describe` wrote. Throws ValiError or SyntaxError: the file is ours, so a fault in it is our bug. */
export function parseModuleDescription(json: string): ModuleDescription {
  return v.parse(moduleDescriptionSchema, JSON.parse(json));
}

export function formatModuleDescription(description: ModuleDescription): string {
  return `${JSON.stringify(v.parse(moduleDescriptionSchema, description))}\n`;
}
