import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic } from "../diagnostics/diagnostic.ts";
import { closest } from "../diagnostics/did-you-mean.ts";
import { type NamedOption, type OptionName, optionRows } from "../options/table.ts";
import { parseToml } from "../toml/parse-toml.ts";
import type { DescriptorText } from "./descriptor.ts";
import { keyPlaces } from "./key-places.ts";
import { tomlFault } from "./toml-fault.ts";

/** What an operator's defaults file says, by the names of the options. */
export type OperatorSettings = Partial<Readonly<Record<OptionName, string | readonly string[]>>>;

type SettingRow = NamedOption & { readonly setting: string };

const rows = optionRows.filter((row): row is SettingRow => row.setting !== undefined);

/**
 * Reads an operator's defaults file: TOML, a key for each option that the table lets it say. Each value is checked as the
 * option's own are. Throws CompileError with everything that is wrong, and its lines.
 */
export function readOperatorSettings({ file, text: asFound }: DescriptorText): OperatorSettings {
  const text = asFound.replaceAll("\r\n", "\n");
  const found: Diagnostic[] = [];
  const values = Object.entries(parse(file, text)).flatMap(([key, value]) => {
    const location = { file, keyPath: key };
    const row = rows.find(({ setting }) => setting === key);
    if (row === undefined) {
      const known = rows.map(({ setting }) => setting);
      found.push(
        diagnose("cli/defaults-unknown-key", { key, known, suggestion: closest(key, known) }, location),
      );
      return [];
    }
    const isList = row.form === "list";
    const texts = isList ? value : [value];
    if (!isTexts(texts)) {
      found.push(diagnose("cli/defaults-wrong-type", { key, isList }, location));
      return [];
    }
    for (const one of texts) row.read?.(one, location, found);
    return [[row.name, isList ? texts : (texts[0] ?? "")] as const];
  });
  if (found.length > 0) throw new CompileError(found.map(keyPlaces({ file, text })));
  return Object.fromEntries(values);
}

function parse(file: string, text: string): Readonly<Record<string, unknown>> {
  try {
    return parseToml(text);
  } catch (error) {
    throw new CompileError([tomlFault(file, text, error)], { cause: error });
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}
