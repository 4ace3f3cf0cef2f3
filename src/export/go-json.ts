/** A value that stands in TOML. */
export type TomlValue = unknown;

/**
 * JSON text as Go's encoding/json writes it, so that a label made by us has the bytes of one made by the lifecycle:
 * keys of maps sorted by bytes, `<`, `>`, `&` and two line ends escaped, integers of any size. Absent: `null`.
 */
export function goJson(value: TomlValue): string {
  if (value === undefined || value === null) return "null";
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return `[${value.map(goJson).join(",")}]`;
  if (value instanceof Date) return goString(value.toISOString().replace(/\.000Z$/, "Z"));
  if (typeof value === "object") {
    const keys = Object.keys(value).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    return goObject(keys.map((key) => [key, goJson((value as Record<string, unknown>)[key])]));
  }
  return typeof value === "string" ? goString(value) : JSON.stringify(value);
}

/** A struct: fields in the order given; one whose text is undefined is left out (`omitempty`). */
export function goObject(fields: readonly (readonly [key: string, json: string | undefined])[]): string {
  const present = fields.filter(([, json]) => json !== undefined);
  return `{${present.map(([key, json]) => `${goString(key)}:${json}`).join(",")}}`;
}

function goString(text: string): string {
  return escapedAsGo(JSON.stringify(text));
}

/** JSON of any kind, with the characters escaped that Go escapes; they stand in texts alone. */
export function escapedAsGo(json: string): string {
  return json.replace(/[<>&\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
