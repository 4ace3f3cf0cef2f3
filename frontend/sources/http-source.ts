import { ConnectError } from "@connectrpc/connect";
import { diagnose } from "../../src/diagnostics/diagnose.ts";
import { CompileError, TemporaryError } from "../../src/diagnostics/diagnostic.ts";

/** BuildKit's reason without the address in front, in which whatever secrets it has would be shown. */
export function httpReason({ rawMessage }: ConnectError): string {
  return rawMessage.replace(/^.*\b(?:Get|Head) "[^"]*": /s, "");
}

/**
 * What BuildKit says of an address that it could not read. Out: undefined: there is nothing (404, 410). It gives no code
 * of its own, so its text is all there is. Throws CompileError, TemporaryError; what is not BuildKit's answer is
 * thrown on.
 */
export function httpFault(error: unknown, shown: string): undefined {
  if (!(error instanceof ConnectError)) throw error;
  const reason = httpReason(error);
  const location = { file: shown };
  const status = Number(/invalid response status (?<status>\d{3})/.exec(reason)?.groups?.status ?? 0);
  if (status === 404 || status === 410) return undefined;
  if (status === 401 || status === 403 || status === 407) {
    throw new CompileError([diagnose("modules/refused", { url: shown, status }, location)], { cause: error });
  }
  if (/x509: |tls: /.test(reason)) {
    throw new CompileError([diagnose("frontend/not-trusted", { url: shown, reason }, location)], {
      cause: error,
    });
  }
  const isForGood = status !== 0 && status !== 408 && status !== 429 && status < 500;
  const values = { url: shown, reason: status === 0 ? reason : `HTTP ${status}` };
  if (isForGood) {
    throw new CompileError([diagnose("modules/bad-answer", values, location)], { cause: error });
  }
  throw new TemporaryError(diagnose("modules/unavailable", values, location), { cause: error });
}
