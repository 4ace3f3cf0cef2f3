import * as v from "valibot";
import type { AppPlan, LifecyclePlan } from "../plan/lifecycle-plan.ts";
import { present } from "../present.ts";

/** What a generated file says of itself to us: how to make it again, and what our frontend makes the image by. */
export interface GeneratedFrom {
  /** Our version that made it. */
  readonly version: string;
  /** Arguments of `generate`. */
  readonly arguments: readonly string[];
  /** Cache id; kept when the file is made again and nothing else tells the app from others. */
  readonly cacheId: string;
  /** `linux/arm64`. */
  readonly platforms: readonly string[];
  /** What the stage `app` is made by, but for the run image's name, which stands in its FROM line. */
  readonly app: Omit<AppPlan, "runImage"> & {
    readonly runImage: Omit<AppPlan["runImage"], "reference" | "name">;
  };
}

const prefix = "# cnb-dockerfile-plan: ";
/** Longest piece on a line; BuildKit reads lines of up to 65,535 bytes, people shorter ones. */
const pieceLength = 2000;

const texts = v.array(v.string());
const schema = v.object({
  version: v.string(),
  arguments: texts,
  // It becomes part of a mount option again; people edit files.
  cacheId: v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/)),
  platforms: texts,
  app: v.object({
    user: v.object({ uid: v.number(), gid: v.number() }),
    runImage: v.object({
      setsPath: v.boolean(),
      listed: v.exactOptional(v.object({ image: v.string(), mirrors: texts })),
    }),
    platformApi: v.string(),
    execEnv: v.exactOptional(v.string()),
    processType: v.exactOptional(v.string()),
    extensions: v.exactOptional(
      v.object({
        order: v.array(
          v.array(v.object({ id: v.string(), version: v.exactOptional(v.string()), optional: v.boolean() })),
        ),
        runImages: v.array(v.object({ image: v.string(), mirrors: texts })),
        areExperimental: v.boolean(),
      }),
    ),
  }),
});

/** The comment's lines. JSON has no line breaks of its own, so nothing in it can end the comment. */
export function planComment(plan: LifecyclePlan): string[] {
  const { generator, cache, platforms, user, platformApi, execEnv, processType, extensions } = plan;
  const { setsPath, listed } = plan.runImage;
  const value: GeneratedFrom = {
    version: generator.version,
    arguments: generator.recorded,
    cacheId: cache.id,
    platforms: platforms.map(({ platform }) => platform),
    app: {
      user,
      runImage: { setsPath, ...present({ listed }) },
      platformApi,
      ...present({ execEnv, processType, extensions }),
    },
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

/**
 * Reads the comment back. In: the lines above the first instruction. Undefined: we did not make this file, or the comment
 * is damaged.
 */
export function readPlanComment(lines: readonly string[]): GeneratedFrom | undefined {
  const text = lines
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
