import type { HttpAnswer } from "./http-message.ts";

/** What a server's Retry-After asks for, in milliseconds from now. Undefined: it does not say. */
export function retryAfterMs({ headers }: Pick<HttpAnswer, "headers">): number | undefined {
  const text = headers.get("retry-after");
  if (text === null) return undefined;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
