import { toJsonSchema } from "@valibot/to-json-schema";
import type { GenericSchema } from "valibot";
import { homepage } from "../../src/diagnostics/documentation.ts";

/** The JSON schema of what we write for scripts, as the package has it; open to keys that later versions add. */
export function publishedSchema(
  schema: GenericSchema,
  {
    file,
    title,
    description,
  }: { readonly file: string; readonly title: string; readonly description: string },
): string {
  const { $schema, ...rest } = toJsonSchema(schema, { typeMode: "output" });
  const whole = {
    ...{ $schema, $id: `${homepage}/raw/main/schema/${file}`, title },
    description: `${description} New keys may come; a key that goes, or changes its meaning, makes another schemaVersion.`,
    ...rest,
  };
  return `${JSON.stringify(whole, null, 2)}\n`;
}
