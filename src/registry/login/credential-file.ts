import { readFileSync } from "node:fs";
import * as v from "valibot";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import { record } from "../../image/record.ts";
import { registryName } from "../options.ts";
import { isHeaderToken, type Secret } from "./secret.ts";

/** Docker's config.json and podman's auth.json, as far as they hold credentials. Source: docker's and podman's manuals. */
const schema = v.object({
  auths: v.nullish(
    record(
      v.string(),
      v.nullable(
        v.object({
          auth: v.nullish(v.string()),
          username: v.nullish(v.string()),
          password: v.nullish(v.string()),
          identitytoken: v.nullish(v.string()),
          registrytoken: v.nullish(v.string()),
        }),
      ),
    ),
  ),
  credHelpers: v.nullish(record(v.string(), v.string())),
  credsStore: v.nullish(v.string()),
});

type Entry = NonNullable<NonNullable<v.InferOutput<typeof schema>["auths"]>[string]>;

export interface CredentialFile {
  /** Name of the helper to ask, without `docker-credential-`, and the key that names it. */
  helperFor(host: string): { readonly name: string; readonly key: string } | undefined;
  /** The entry whose key is the longest beginning of `host/repository`. */
  entryFor(host: string, repository: string): { readonly secret: Secret; readonly key: string } | undefined;
}

/** Throws CompileError where the file cannot be read, or holds something else. */
export function readCredentialFile(path: string): CredentialFile {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw damaged(path, `it cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  return parseCredentials(path, text);
}

/** As readCredentialFile, from text. In: the name of the file or variable, for messages, which never show the text. */
export function parseCredentials(name: string, text: string): CredentialFile {
  const config = v.safeParse(schema, parseJson(name, text));
  if (!config.success) {
    const key = v.getDotPath(config.issues[0]);
    throw damaged(name, `it does not have the format of Docker or Podman${key ? ` (${key})` : ""}`);
  }
  const { auths, credHelpers, credsStore } = config.output;
  return {
    helperFor(host) {
      const found = Object.entries(credHelpers ?? {}).find(([key]) => placeOf(key) === host);
      if (found !== undefined) return { name: found[1], key: `credHelpers.${found[0]}` };
      return credsStore ? { name: credsStore, key: "credsStore" } : undefined;
    },
    entryFor(host, repository) {
      const wanted = `${host}/${repository}/`;
      return Object.entries(auths ?? {})
        .flatMap(([key, entry]) => {
          const secret = entry === null ? undefined : secretOf(name, key, entry);
          const place = placeOf(key);
          return secret !== undefined && wanted.startsWith(`${place}/`) ? [{ key, place, secret }] : [];
        })
        .sort((a, b) => b.place.length - a.place.length)[0];
    },
  };
}

/** JSON.parse's own message shows a piece of the text, and that may be a password. */
function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const [, line, column] = /\(line (\d+) column (\d+)\)/.exec((error as SyntaxError).message) ?? [];
    throw damaged(name, "it is not JSON", line === undefined ? undefined : { line, column: column ?? "1" });
  }
}

function damaged(
  name: string,
  reason: string,
  at?: { readonly line: string; readonly column: string },
): CompileError {
  const place = at === undefined ? {} : { line: Number(at.line), column: Number(at.column) };
  return new CompileError([
    diagnose("registry/bad-credential-file", { name, reason }, { file: name, ...place }),
  ]);
}

/**
 * What a key stands for: `host` or, in podman's files, `host/path`. Docker's older keys are URLs, whose path (`/v1/`) is
 * the registry's API and no repository.
 */
function placeOf(key: string): string {
  const [host = "", ...path] = key.replace(/^https?:\/\//, "").split("/");
  const isUrl = key.includes("://") || /^v[12]$/.test(path[0] ?? "");
  return [registryName(host), ...(isUrl ? [] : path.filter((part) => part !== ""))].join("/");
}

/** Undefined: the entry is empty, as docker leaves it where a helper keeps the password. */
function secretOf(name: string, key: string, entry: Entry): Secret | undefined {
  const { auth, username, password, identitytoken, registrytoken } = entry;
  const unusable = (field: string, reason: string) =>
    new CompileError([
      diagnose(
        "registry/bad-credential-file",
        { name, reason: `its entry ${JSON.stringify(key)} ${reason}` },
        { file: name, keyPath: `auths.${key}.${field}` },
      ),
    ]);
  if (registrytoken) {
    if (isHeaderToken(registrytoken)) return { kind: "registry", token: registrytoken };
    throw unusable("registrytoken", "has a token with invalid characters");
  }
  if (identitytoken) return { kind: "identity", token: identitytoken };
  if (auth) {
    const text = Buffer.from(auth, "base64").toString("utf8").replace(/\0+$/, "");
    const colon = text.indexOf(":");
    if (colon < 1) throw unusable("auth", "is not the base64 of NAME:PASSWORD");
    return { kind: "password", username: text.slice(0, colon), password: text.slice(colon + 1) };
  }
  return username ? { kind: "password", username, password: password ?? "" } : undefined;
}
