import { toJsonSchema } from "@valibot/to-json-schema";
import { homepage } from "../../src/diagnostics/documentation.ts";
import { verdictSchema } from "../../src/index.ts";

/** The JSON schema of `verdict.json`, for whoever reads one; open to keys that later versions add. */
export function renderVerdictSchema(): string {
  const { $schema, ...schema } = toJsonSchema(verdictSchema, { typeMode: "output" });
  const whole = {
    $schema,
    $id: `${homepage}/raw/main/schema/verdict.schema.json`,
    title: "verdict.json of cnb-dockerfile",
    description:
      "What a scan for vulnerabilities means. New keys may come; a key that goes, or changes its meaning, makes another schemaVersion.",
    ...schema,
  };
  return `${JSON.stringify(whole, null, 2)}\n`;
}
