/**
 * A date or time of TOML. JavaScript's has no zone and ends at milliseconds; Go's, which the lifecycle has, keeps the zone that was
 * written, and nanoseconds.
 */
interface TomlDate extends Date {
  /** As it was written, with `T` between date and time. Absent: a date alone, of which nothing is lost. */
  readonly written?: string;
}

/**
 * JSON text as Go's encoding/json writes it, so that a label made by us has the bytes of one made by the lifecycle:
 * keys of maps sorted by bytes, `<`, `>`, `&` and two line ends escaped, integers of any size. Absent: `null`.
 */
export function goJson(value: unknown): string {
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
 * RFC 3339 as Go's time.Time writes it: up to nanoseconds, without zeros at the end of a fraction, in the zone that was written. A local date
 * or time of TOML is one of UTC, a time alone one of the year 0, as the lifecycle's parser (BurntSushi/toml) has it in a
 * container, whose zone is UTC.
 */
function goTime(time: TomlDate): string {
  const { written } = time;
  if (written === undefined) {
    const [date] = time.toISOString().split("T");
    return `${date}T00:00:00Z`;
  }
  const whole = written.includes("T") ? written : `0000-01-01T${written}`;
  const [, seconds = whole, fraction = "", zone = ""] =
    /^([^.]*?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?$/.exec(whole) ?? [];
  // What is beyond nanoseconds is cut off.
  const kept = fraction.slice(0, 9).replace(/0+$/, "");
  const isUtc = zone === "" || /^(?:Z|[+-]00:00)$/.test(zone);
  return `${seconds}${kept === "" ? "" : `.${kept}`}${isUtc ? "Z" : zone}`;
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
