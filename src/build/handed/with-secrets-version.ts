import type { Report } from "../../diagnostics/diagnostic.ts";
import type { BuildRequest } from "../../engines/build-request.ts";
import { secretsVersionArgument } from "../../options/step-variables.ts";
import type { BuildOrder } from "../build-order.ts";
import type { WhatToBuild } from "../file/what-to-build.ts";
import { ownAppName } from "../request/app-name.ts";
import { argumentValues } from "../request/argument-values.ts";
import { secretId, usedSecretIds } from "./offered-secrets.ts";
import { secretsKey } from "./secrets-key.ts";
import { secretsVersion } from "./secrets-version.ts";

/**
 * The request with a version of the secrets that detect and build see, by which BuildKit runs them again when one has
 * changed; unchanged where there is none, where the user says a version, or where changed secrets are to be ignored.
 * Throws CompileError for a key that is too short.
 */
export function withSecretsVersion(
  request: BuildRequest,
  { handed, env, shown }: BuildOrder,
  what: WhatToBuild,
  report: Report,
): BuildRequest {
  const { buildArguments, secrets: texts } = request;
  if (handed.ignoresChangedSecrets || texts.length === 0) return request;
  const told = argumentValues(request);
  if (told.has(secretsVersionArgument)) return request;
  const { file, ...content } = what;
  const offered = new Set(texts.map(secretId));
  const used = usedSecretIds({ content, file: file.name, handed, buildArguments: told, secrets: texts });
  // What moves a cache offers none: it needs no key.
  const ids = used.filter((id) => offered.has(id));
  if (ids.length === 0) return request;
  // A dry run leaves nothing behind.
  const key = secretsKey({ env, makes: !shown.isDryRun, report });
  if (key === undefined) return request;
  const version = secretsVersion({ ids, texts, env, key, app: ownAppName(what, told) });
  if (version === undefined) return request;
  return {
    ...request,
    buildArguments: [...buildArguments, { name: secretsVersionArgument, value: version }],
  };
}
