import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { HttpFault } from "./http-fault.ts";
import type { ServerAnswer } from "./send-request.ts";

/** As much of an error's text as is worth reading. */
const maxErrorBytes = 64 * 1024;

/**
 * The body as it comes, unpacked; of an error the beginning. In: called whenever something has come; what makes an
 * HttpFault of an error. Throws HttpFault, and as soon as the answer is known to be too large.
 */
export async function* answerBody(
  response: ServerAnswer,
  maxSizeBytes: number,
  onData: (sizeBytes: number) => void,
  faultOf: (error: unknown) => HttpFault,
): AsyncGenerator<Uint8Array, void, undefined> {
  const limit = isError(response) ? maxErrorBytes : maxSizeBytes;
  const tooLarge = () => new HttpFault("too-large", `it is larger than ${readableSize(limit)}`);
  if (!isError(response) && Number(response.headers.get("content-length") ?? 0) > limit) throw tooLarge();
  let size = 0;
  try {
    for await (const piece of unpacked(response)) {
      onData(piece.byteLength);
      size += piece.byteLength;
      if (size <= limit) yield piece;
      else if (isError(response)) return;
      else throw tooLarge();
    }
  } catch (error) {
    throw faultOf(error);
  }
}

/** Undoes gzip, which BuildKit undoes as well, and nothing else. Throws HttpFault; of an error nothing is left then. */
function unpacked(response: ServerAnswer): AsyncIterable<Uint8Array> {
  const { body } = response;
  const encoding = response.headers.get("content-encoding")?.toLowerCase() || "identity";
  if (encoding === "identity") return body;
  if (encoding === "gzip") {
    return pipeline(body, createGunzip(), () => {
      // The faults of either are those of reading the result.
    });
  }
  body.destroy();
  if (isError(response)) return Readable.from([]);
  throw new HttpFault("unusable", `its content is encoded as ${encoding}`);
}

export async function wholeOf(body: AsyncIterable<Uint8Array>): Promise<Buffer<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

export function isError({ status }: ServerAnswer): boolean {
  return status < 200 || status > 299;
}

function readableSize(bytes: number): string {
  return bytes >= 1024 * 1024 ? `${bytes / 1024 / 1024} MiB` : `${bytes} bytes`;
}
