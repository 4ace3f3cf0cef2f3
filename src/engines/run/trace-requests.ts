import * as v from "valibot";
import type { TraceReader } from "./read-trace.ts";

/** A request of a step's that went through BuildKit's proxy. */
export interface TracedRequest {
  /** BuildKit's id of the step. */
  readonly step: string;
  readonly method: string;
  /** Without credentials, and without a scheme's usual port. */
  readonly url: string;
  /** Absent: BuildKit does not say. */
  readonly status?: number;
}

/** Number of standard error, to which BuildKit writes what it recorded. */
const errorStream = 2;
const header = "proxy network requests:\n";
/** Characters of a list that are kept; a step's log ends earlier, unless BuildKit was started with another limit. */
const maxListLength = 16 * 1024 * 1024;

/** BuildKit's `client.SolveStatus`, as far as it is about what steps print. */
const statusSchema = v.object({
  logs: v.nullish(
    v.array(
      v.object({ vertex: v.string(), stream: v.optional(v.number(), 0), data: v.optional(v.string(), "") }),
    ),
  ),
});

/**
 * Takes the requests out of a trace. BuildKit prints them when the step's program has ended, so the last list of a step is BuildKit's:
 * a program can print one that looks the same, which counts if no request was recorded. Source: BuildKit, `logProxyRequests`.
 */
export class RequestReader implements TraceReader {
  readonly words = ['"logs"'];
  /** By step, the end of its log: from the last header on, or what can be the beginning of one. */
  readonly #ends = new Map<string, string>();

  readonly take = (told: unknown): void => {
    const { success, output } = v.safeParse(statusSchema, told);
    if (!success) return;
    for (const { vertex, stream, data } of output.logs ?? []) {
      if (stream !== errorStream) continue;
      const text = `${this.#ends.get(vertex) ?? ""}${Buffer.from(data, "base64").toString("utf8")}`;
      const at = text.lastIndexOf(header);
      const end = at === -1 ? text.slice(-header.length) : text.slice(at, at + maxListLength);
      this.#ends.set(vertex, end);
    }
  };

  requests(): TracedRequest[] {
    return [...this.#ends].flatMap(([step, end]) =>
      end.startsWith(header) ? requestsIn(step, end.slice(header.length)) : [],
    );
  }
}

function requestsIn(step: string, list: string): TracedRequest[] {
  return list.split("\n").flatMap((line): TracedRequest[] => {
    const [, method, url, status] = /^- ([A-Z]+) (https?:\/\/\S+)(?: -> (\d{3}))?$/.exec(line) ?? [];
    if (method === undefined || url === undefined) return [];
    return [{ step, method, url, ...(status === undefined ? {} : { status: Number(status) }) }];
  });
}
