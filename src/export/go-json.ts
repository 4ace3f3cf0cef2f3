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
  if (value instanceof Date) return goString(goTime(value));
  // JSON.stringify drops the sign.
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "object") {
    const keys = Object.keys(value).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    return goObject(keys.map((key) => [key, goJson((value as Record<string, unknown>)[key])]));
  }
  return typeof value === "string" ? goString(value) : JSON.stringify(value);
}

/**
 * RFC 3339 without zeros at the end of a fraction. A local date or time of TOML is one of UTC, a time alone one of the year 0, as
 * the lifecycle's parser has it in a container, whose zone is UTC.
 */
function goTime(time: Date): string {
  const text = time.toISOString();
  const { isDate, isFloating, isTime } = time as { isDate?: boolean; isFloating?: boolean; isTime?: boolean };
  const whole = isDate
    ? `${text}T00:00:00Z`
    : isTime
      ? `0000-01-01T${text}Z`
      : isFloating
        ? `${text}Z`
        : text;
  return whole.replace(/(?:\.|(\.\d*[1-9]))0*Z$/, "$1Z");
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
