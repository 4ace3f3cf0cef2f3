import * as v from "valibot";
import type { LifecyclePlan } from "../plan/lifecycle-plan.ts";

/** What a generated file says of itself to us: how to make it again. */
export interface GeneratedFrom {
  /** Our version that made it. */
  readonly version: string;
  /** Arguments of `generate`. */
  readonly arguments: readonly string[];
  /** Cache id; kept when the file is made again and nothing else tells the app from others. */
  readonly cacheId: string;
}

const prefix = "# cnb-dockerfile-plan: ";
/** Longest piece on a line; BuildKit reads lines of up to 65,535 bytes, people shorter ones. */
const pieceLength = 2000;

const schema = v.object({
  version: v.string(),
  arguments: v.array(v.string()),
  // It becomes part of a mount option again; people edit files.
  cacheId: v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/)),
});

/** The comment's lines. JSON has no line breaks of its own, so nothing in it can end the comment. */
export function planComment({ generator, cache }: LifecyclePlan): string[] {
  const value: GeneratedFrom = {
    version: generator.version,
    arguments: generator.recorded,
    cacheId: cache.id,
  };
  const text = JSON.stringify(value).replace(
    /[\u007f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  const lines: string[] = [];
  for (let start = 0; start < text.length; start += pieceLength) {
    lines.push(prefix + text.slice(start, start + pieceLength));
  }
  return lines;
}

/** Reads the comment back. Undefined: we did not make this file, or the comment is damaged. */
export function readPlanComment(dockerfile: string): GeneratedFrom | undefined {
  const text = dockerfile
    .split(/\r?\n/)
    .filter((line) => line.startsWith(prefix))
    .map((line) => line.slice(prefix.length))
    .join("");
  if (text === "") return undefined;
  try {
    const checked = v.safeParse(schema, JSON.parse(text));
    return checked.success ? checked.output : undefined;
  } catch {
    return undefined;
  }
}
