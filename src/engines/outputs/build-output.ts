import { parse } from "csv-parse/sync";
import { present } from "../../present.ts";

/** Where a result goes. Source: `docker buildx build --output`. */
export interface BuildOutput {
  /** `image`, `registry`, `docker`, `oci`, `tar`, `local`, `cacheonly`. */
  readonly type: string;
  /** A file or directory on this machine; `-`: standard output. Absent: none, or the engine's own store. */
  readonly destination?: string;
  /** The others, in the order in which they were given. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Reads `type=TYPE,dest=PATH,NAME=VALUE…`, or a path alone. Undefined: the text is neither. */
export function parseOutput(text: string): BuildOutput | undefined {
  const fields = readFields(text);
  if (fields === undefined) return undefined;
  const [only] = fields;
  if (fields.length === 1 && only === text && !text.startsWith("type=")) {
    if (text === "") return undefined;
    return { type: text === "-" ? "tar" : "local", destination: text, attributes: {} };
  }
  const { type, dest, ...attributes } = readAttributes(fields) ?? {};
  if (type === undefined || type === "") return undefined;
  return { type, ...present({ destination: dest }), attributes };
}

export function formatOutput({ type, destination, attributes }: BuildOutput): string {
  const all = { type, ...present({ dest: destination }), ...attributes };
  return formatAttributes(all);
}

/** Reads `NAME=VALUE,NAME=VALUE`. Undefined: one of them is no such pair. */
export function parseAttributes(text: string): Record<string, string> | undefined {
  const fields = readFields(text);
  return fields && readAttributes(fields);
}

export function formatAttributes(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => quoted(`${name}=${value}`))
    .join(",");
}

function readAttributes(fields: readonly string[]): Record<string, string> | undefined {
  const pairs = fields.map((field) => /^\s*(?<name>[^=]+?)\s*=(?<value>.*)$/s.exec(field)?.groups);
  if (pairs.includes(undefined)) return undefined;
  return Object.fromEntries(pairs.map((groups) => [(groups?.name ?? "").toLowerCase(), groups?.value ?? ""]));
}

/** One record of comma separated values. Undefined: it is damaged. */
function readFields(text: string): readonly string[] | undefined {
  try {
    const [fields, ...others] = parse(text, { relaxQuotes: true });
    return others.length > 0 ? undefined : fields;
  } catch {
    return undefined;
  }
}

function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
