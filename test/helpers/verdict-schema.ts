import { verdictSchema } from "../../src/scan/verdict.ts";
import { publishedSchema } from "./published-schema.ts";

/** The JSON schema of `verdict.json`, for whoever reads one. */
export function renderVerdictSchema(): string {
  return publishedSchema(verdictSchema, {
    file: "verdict.schema.json",
    title: "verdict.json of cnb-dockerfile",
    description: "What a scan for vulnerabilities means.",
  });
}
