import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { CompileError, type Diagnostic, TemporaryError } from "../../diagnostics/diagnostic.ts";
import { faultError } from "../faults.ts";
import { HttpFault } from "../http/http-fault.ts";

/**
 * Writes a body into a file in place of what an earlier try has left there. In: what is told, after each piece, how much
 * there is. Out: the SHA-256 of it, 64 hexadecimal digits. Throws node's errors.
 */
export async function storeBody(
  body: AsyncIterable<Uint8Array>,
  file: FileHandle,
  onStored: (sizeBytes: number) => void = () => {},
): Promise<string> {
  const hash = createHash("sha256");
  await file.truncate();
  let sizeBytes = 0;
  for await (const piece of body) {
    hash.update(piece);
    for (let rest = piece; rest.length > 0; ) {
      const { bytesWritten } = await file.write(rest, 0, rest.length, sizeBytes);
      sizeBytes += bytesWritten;
      rest = rest.subarray(bytesWritten);
    }
    onStored(sizeBytes);
  }
  return hash.digest("hex");
}

/** What is downloaded, and the messages of those who want it. */
interface Download {
  /** The address, for messages. */
  readonly shown: string;
  readonly host: string;
  /** The server cannot be reached for now. */
  readonly unavailable: (reason: string) => Diagnostic;
  /** What it answers is of no use. */
  readonly useless: (reason: string) => Diagnostic;
}

/** The message for a fault of HttpClient; any other error is ours, or the disk's, and handed back as it is. */
export function downloadError(error: unknown, { shown, host, unavailable, useless }: Download): unknown {
  if (!(error instanceof HttpFault)) return error;
  switch (error.kind) {
    case "unreachable":
    case "timeout":
    case "not-tls":
      return new TemporaryError(unavailable(error.reason), { cause: error });
    case "redirect":
    case "too-large":
    case "unusable":
      return new CompileError([useless(error.reason)], { cause: error });
    // Mended by the same flags and variables as where a registry is asked.
    case "certificate":
    case "proxy":
      return faultError(error, { what: shown, host, location: { file: shown } });
  }
}
