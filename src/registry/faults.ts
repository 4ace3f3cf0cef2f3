import * as v from "valibot";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError, type SourceLocation, TemporaryError } from "../diagnostics/diagnostic.ts";
import { HttpFault } from "./http/http-fault.ts";
import type { HttpAnswer } from "./http/http-message.ts";
import { retryAfterMs } from "./http/retry-after.ts";

/** Who was asked for what, for messages. */
export interface Asked {
  /** An image, or an address. */
  readonly what: string;
  readonly host: string;
  readonly location: SourceLocation;
  /** It was asked to take something. */
  readonly isPush?: true;
}

/** What became of credentials, for messages. */
export interface CredentialUse {
  /** A part of a sentence: `the credentials of FILE were used`. */
  readonly text: string;
  /** What logs in: `docker login ghcr.io`. */
  readonly login: string;
}

/** The message for a fault of HttpClient; any other error is handed back as it is. */
export function faultError(fault: unknown, asked: Asked): unknown {
  if (!(fault instanceof HttpFault)) return fault;
  const { location, isPush: _, ...named } = asked;
  const { kind, reason } = fault;
  const options = { cause: fault };
  switch (kind) {
    case "unreachable":
    case "timeout":
    case "not-tls":
      return new TemporaryError(diagnose("registry/unavailable", { ...named, reason }, location), options);
    case "certificate":
      return new CompileError([diagnose("registry/certificate", { ...named, reason }, location)], options);
    case "proxy":
      return new CompileError([diagnose("registry/proxy-denied", named, location)], options);
    case "redirect":
      return new CompileError([diagnose("registry/redirect", { ...named, reason }, location)], options);
    case "too-large":
      return new CompileError([diagnose("registry/too-large", { ...named, reason }, location)], options);
    case "unusable":
      return new CompileError([diagnose("registry/bad-answer", { ...named, reason }, location)], options);
  }
}

/** Whether a status depends on who asks. */
export function isAboutCredentials(status: number): boolean {
  return status === 401 || status === 403 || status === 429;
}

/**
 * The message for an answer that is none (not 2xx).
 * In: in words, the credentials that were used or looked for; absent: there is no logging in.
 */
export function statusError(
  answer: Pick<HttpAnswer, "status" | "headers" | "bytes">,
  asked: Asked,
  use?: CredentialUse,
): CompileError | TemporaryError {
  const { location, isPush = false, ...named } = asked;
  const { status } = answer;
  const { text = "it was asked without credentials", login } = use ?? {};
  if (status === 401 || status === 403) {
    const code = isPush ? "registry/push-denied" : "registry/denied";
    return new CompileError([diagnose(code, { ...named, status, credentials: text, login }, location)]);
  }
  if (status === 429) {
    const until = dateOf(retryAfterMs(answer));
    return new TemporaryError(
      diagnose("registry/rate-limited", { ...named, until, credentials: text, login }, location),
    );
  }
  if (status >= 500) {
    return new TemporaryError(
      diagnose("registry/unavailable", { ...named, reason: `HTTP ${status}` }, location),
    );
  }
  if (isPush) {
    const reason = `HTTP ${status}${toldReason(answer.bytes)}`;
    return new CompileError([diagnose("registry/push-refused", { ...named, reason }, location)]);
  }
  return badAnswer(`HTTP ${status}`, asked);
}

const errorsSchema = v.object({
  errors: v.array(v.object({ code: v.string(), message: v.nullish(v.string()) })),
});
/** As much of a stranger's text as a message can hold, in characters. */
const maxToldReason = 200;

/** ` (TAG_INVALID: the tag is immutable)`: what a registry says of its refusal; empty: nothing that can be read. */
function toldReason(bytes: Buffer): string {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch {
    return "";
  }
  const told = v.safeParse(errorsSchema, value);
  const [first] = told.success ? told.output.errors : [];
  if (first === undefined) return "";
  const text = [first.code, first.message ?? ""].filter((part) => part !== "").join(": ");
  return ` (${text.replace(/\p{Cc}/gu, " ").slice(0, maxToldReason)})`;
}

/** For an answer that came, and is not what it should be. */
export function badAnswer(reason: string, { location, isPush: _, ...named }: Asked): CompileError {
  return new CompileError([diagnose("registry/bad-answer", { ...named, reason }, location)]);
}

/** `2026-11-21 14:05:00 UTC`. */
function dateOf(waitMs: number | undefined): string | undefined {
  if (waitMs === undefined || waitMs > 1e14) return undefined;
  // A server's date has whole seconds.
  const date = new Date(Math.round((Date.now() + waitMs) / 1000) * 1000);
  return `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
