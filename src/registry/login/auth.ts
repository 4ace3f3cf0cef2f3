import * as v from "valibot";
import type { HttpClient } from "../http/http.ts";
import type { HttpAnswer } from "../http/http-message.ts";
import type { Challenge } from "./challenge.ts";
import { isHeaderToken, type Secret } from "./secret.ts";
import { readTokenRealm } from "./token-realm.ts";

/** Registries' tokens are some hundred to some thousand bytes long. */
const maxTokenBytes = 1024 * 1024;
/** Told to token servers, which log it. */
const clientId = "cnb-dockerfile";

const answerSchema = v.union([
  v.pipe(
    v.object({ token: v.pipe(v.string(), v.nonEmpty()) }),
    v.transform(({ token }) => token),
  ),
  v.pipe(
    v.object({ access_token: v.pipe(v.string(), v.nonEmpty()) }),
    v.transform(({ access_token }) => access_token),
  ),
]);

/** A token, the answer of a server that gave none, or why what it says cannot be used. */
type TokenAnswer =
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "refused"; readonly answer: HttpAnswer }
  | { readonly kind: "unusable"; readonly reason: string };

/**
 * Asks the server that a Bearer challenge names for a token.
 * In: the origin that it came from; scopes to ask for, as `repository:acme/app:pull,push`.
 * With a name and password, or nothing: GET with a Basic authorization; where the server knows no GET (404, 405), the OAuth2
 * POST. With an identity token: the OAuth2 POST. Source: distribution spec, "Token Authentication" and "OAuth2 Token".
 * Throws HttpFault.
 */
export async function requestToken(
  http: HttpClient,
  { parameters, registry }: Challenge & { readonly registry: URL },
  scopes: readonly string[],
  secret: Secret | undefined,
): Promise<TokenAnswer> {
  const realm = readTokenRealm(parameters.get("realm"), registry, secret !== undefined, http.connections);
  if (realm.kind === "refused") return { kind: "unusable", reason: realm.reason };
  const { url } = realm;
  const service = parameters.get("service");
  const asked = service === undefined ? {} : { service };
  const post = (form: Readonly<Record<string, string>>) =>
    http.request({
      url,
      form: { ...asked, scope: scopes.join(" "), client_id: clientId, ...form },
      maxSizeBytes: maxTokenBytes,
    });
  if (secret?.kind === "identity") {
    return readToken(await post({ grant_type: "refresh_token", refresh_token: secret.token }));
  }
  const query = new URL(url);
  for (const [name, value] of Object.entries(asked)) query.searchParams.set(name, value);
  query.searchParams.delete("scope");
  for (const scope of scopes) query.searchParams.append("scope", scope);
  const authorization = secret === undefined ? undefined : basicAuthorization(secret);
  const answer = await http.request({
    url: query,
    ...(authorization === undefined ? {} : { headers: { authorization } }),
    maxSizeBytes: maxTokenBytes,
  });
  if ((answer.status === 404 || answer.status === 405) && secret?.kind === "password") {
    const { username, password } = secret;
    return readToken(await post({ grant_type: "password", username, password }));
  }
  return readToken(answer);
}

/** Undefined: the secret is not for Basic authorization. */
export function basicAuthorization(secret: Secret): string | undefined {
  if (secret.kind !== "password") return undefined;
  return `Basic ${Buffer.from(`${secret.username}:${secret.password}`).toString("base64")}`;
}

function readToken(answer: HttpAnswer): TokenAnswer {
  if (answer.status < 200 || answer.status > 299) return { kind: "refused", answer };
  let value: unknown;
  try {
    value = JSON.parse(answer.bytes.toString("utf8"));
  } catch {
    return { kind: "unusable", reason: "its token server's response is not JSON" };
  }
  const token = v.safeParse(answerSchema, value);
  if (!token.success) return { kind: "unusable", reason: "its token server sent no token" };
  if (!isHeaderToken(token.output)) {
    return { kind: "unusable", reason: "its token server sent a token with invalid characters" };
  }
  return { kind: "token", token: token.output };
}
