import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import draft04 from "ajv-draft-04";

/** The schema that OASIS publishes, as the package of Microsoft's SARIF tools carries it. */
const schemaFile = createRequire(import.meta.url).resolve(
  "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json",
);
const validate = new draft04.default({
  strict: false,
  // One of its patterns is none by the stricter rules.
  unicodeRegExp: false,
  formats: {
    uri: (text: string) => URL.canParse(text),
    "uri-reference": (text: string) => URL.canParse(text, "https://registry.example"),
    "date-time": (text: string) => !Number.isNaN(Date.parse(text)),
  },
}).compile(JSON.parse(readFileSync(schemaFile, "utf8")));

/** What the official schema finds wrong with a log; null: nothing. */
export function faultsOfSarif(log: string): unknown {
  validate(JSON.parse(log));
  return validate.errors;
}
