import * as v from "valibot";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import type { TracedRequest } from "../../engines/run/trace-requests.ts";
import type { TracedStep } from "../../engines/run/trace-steps.ts";
import { present } from "../../present.ts";
import { stagePlace } from "../outputs/build-run.ts";
import type { Material } from "./materials.ts";
import { parseJson } from "./parse-json.ts";
import { refusedUrl } from "./source-policy.ts";

/** What a build requested by HTTP or HTTPS. */
export interface Download {
  readonly url: string;
  /** `sha256:…` of what was answered. Absent: BuildKit recorded none, as of a redirect or a fault. */
  readonly digest?: string;
  /** `GET`. Empty: only the provenance has it. */
  readonly methods: readonly string[];
  /** HTTP status codes of the answers. */
  readonly statuses: readonly number[];
  /** `linux/arm64`. Empty: it is not known. */
  readonly platforms: readonly string[];
  /** Stage of the step; absent: it was no step's, as a buildpack that the project names by its URL. */
  readonly stage?: string;
}

/** A request that the list of allowed downloads does not have. */
export interface RefusedDownload {
  readonly url: string;
  /** Absent: it is not known. */
  readonly platform?: string;
}

/** What the runs of a build requested. */
export interface RunDownloads {
  readonly requests: readonly TracedRequest[];
  readonly materials: readonly Material[];
  readonly steps: readonly TracedStep[];
}

/** One entry for each URL, sorted. In: the platform of a build that has only one. */
export function downloadList(runs: readonly RunDownloads[], only?: string): Download[] {
  const found = new Map<string, Download>();
  const add = (url: string, more: Partial<Download>) => {
    const before = found.get(url);
    found.set(url, {
      url,
      methods: union(before?.methods, more.methods),
      statuses: union(before?.statuses, more.statuses),
      platforms: union(before?.platforms, more.platforms),
      ...present({ digest: more.digest ?? before?.digest, stage: more.stage ?? before?.stage }),
    });
  };
  for (const { requests, materials, steps } of runs) {
    for (const { url, digest, platform } of materials) {
      if (refusedUrl(url) !== undefined) continue;
      const platforms = [platform ?? only ?? []].flat();
      add(url, { platforms, ...present({ digest }) });
    }
    for (const { step, method, url, status } of requests) {
      if (refusedUrl(url) !== undefined) continue;
      const { stage, platform = only } = placeOf(step, steps);
      add(url, {
        ...{ methods: [method], statuses: [status ?? []].flat(), platforms: [platform ?? []].flat() },
        ...present({ stage }),
      });
    }
  }
  return [...found.values()].sort((one, other) => (one.url < other.url ? -1 : 1));
}

/** What the policy refused, each once. */
export function refusedDownloads(
  { requests, steps }: Pick<RunDownloads, "requests" | "steps">,
  only?: string,
): RefusedDownload[] {
  const found = new Map<string, RefusedDownload>();
  for (const { url: asked, step } of requests) {
    const url = refusedUrl(asked);
    if (url === undefined) continue;
    const { platform = only } = placeOf(step, steps);
    const refused = { url, ...present({ platform }) };
    found.set(JSON.stringify(refused), refused);
  }
  return [...found.values()];
}

function placeOf(step: string, steps: readonly TracedStep[]) {
  const name = steps.find(({ id }) => id === step)?.name ?? "";
  const { stage, platform } = stagePlace(name) ?? {};
  return present({ stage, platform });
}

function union<T>(one: readonly T[] = [], other: readonly T[] = []): T[] {
  return [...new Set([...one, ...other])].sort();
}

const listSchema = v.looseObject({
  downloads: v.array(v.looseObject({ url: v.pipe(v.string(), v.regex(/^https?:\/\/[^\s]+$/)) })),
});

/** The file of `--downloads`: the same list has the same bytes. */
export function formatDownloads(downloads: readonly Download[]): string {
  return `${JSON.stringify({ downloads }, undefined, 2)}\n`;
}

/** URLs of a list, each of which may end in `*`. In: its file, for messages. Throws CompileError. */
export function readAllowedUrls(text: string, file: string, flag: string): string[] {
  const list = parseJson(listSchema, text);
  if (list !== undefined) return [...new Set(list.downloads.map(({ url }) => url))];
  throw new CompileError([diagnose("cli/bad-download-list", { file }, { file: flag })]);
}
