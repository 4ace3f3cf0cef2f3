import * as v from "valibot";

const answerSchema = v.union([
  v.pipe(
    v.object({ token: v.string() }),
    v.transform(({ token }) => token),
  ),
  v.pipe(
    v.object({ access_token: v.string() }),
    v.transform(({ access_token }) => access_token),
  ),
]);

/**
 * Asks the server that a registry's challenge names for a token to pull from `repository`.
 * In: a `WWW-Authenticate` header that begins with `Bearer`; a Basic authorization, if there is one. Out: the token, or the HTTP status where it gave none. Source: distribution spec, token authentication.
 */
export async function requestToken(
  challenge: string,
  repository: string,
  authorization: string | undefined,
  timeoutMs: number,
): Promise<{ readonly token: string } | { readonly status: number }> {
  const parameters = new Map(
    Array.from(challenge.matchAll(/([a-z]+)="([^"]*)"/gi), ([, name = "", value = ""]) => [
      name.toLowerCase(),
      value,
    ]),
  );
  const realm = parameters.get("realm");
  if (realm === undefined || !URL.canParse(realm)) return { status: 401 };
  const url = new URL(realm);
  const service = parameters.get("service");
  if (service !== undefined) url.searchParams.set("service", service);
  url.searchParams.set("scope", parameters.get("scope") ?? `repository:${repository}:pull`);
  const headers = authorization === undefined ? {} : { authorization };
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(timeoutMs) });
  if (!response.ok) return { status: response.status };
  const answer = v.safeParse(answerSchema, await response.json());
  return answer.success ? { token: answer.output } : { status: 401 };
}
