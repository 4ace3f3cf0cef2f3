import { createHmac, hkdfSync } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { secretSource } from "./handed-files.ts";
import { secretId } from "./offered-secrets.ts";

type Environment = Readonly<Record<string, string | undefined>>;

interface VersionedSecrets {
  /** Ids of those that count. */
  readonly ids: readonly string[];
  /** All that are offered, in the syntax of `--secret`. */
  readonly texts: readonly string[];
  readonly env: Environment;
  /** At least 128 bits that nobody else knows. */
  readonly key: string;
  /** What tells the app from others: equal secrets of two apps have versions that nobody can compare. */
  readonly app: string;
}

/**
 * A text that changes when one of the secrets does, and tells nothing of them to who does not have the key: it is in a
 * build's provenance, where a plain hash of a short password could be searched for. 64 hexadecimal digits. Undefined: no
 * secret of these ids can be read, which BuildKit's client says in its own words.
 * Source: RFC 2104 (HMAC), RFC 5869 (HKDF).
 */
export function secretsVersion({ ids, texts, env, key, app }: VersionedSecrets): string | undefined {
  const appKey = Buffer.from(hkdfSync("sha256", key, "", `cnb-dockerfile secrets ${app}`, 32));
  const values = new Map(
    texts.flatMap((text): [string, string][] => {
      const id = secretId(text);
      const value = ids.includes(id) ? readValue(text, env) : undefined;
      return value === undefined ? [] : [[id, createHmac("sha256", appKey).update(value).digest("hex")]];
    }),
  );
  if (values.size === 0) return undefined;
  const sorted = [...values].sort(([one], [other]) => (one < other ? -1 : 1));
  return createHmac("sha256", appKey).update(JSON.stringify(sorted)).digest("hex");
}

/** Undefined: it is not there or may not be read, or can be read only once, as a pipe, and BuildKit's client will. */
function readValue(text: string, env: Environment): Uint8Array | string | undefined {
  const source = secretSource(text, env);
  switch (source?.kind) {
    case undefined:
      return undefined;
    case "variable":
      return env[source.name];
    case "file":
      return readIfFile(source.path);
  }
}

function readIfFile(path: string): Uint8Array | undefined {
  try {
    return statSync(path).isFile() ? readFileSync(path) : undefined;
  } catch {
    return undefined;
  }
}
