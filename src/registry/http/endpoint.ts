import type { Report } from "../../diagnostics/diagnostic.ts";
import { present } from "../../present.ts";
import {
  type Asked,
  badAnswer,
  type CredentialUse,
  faultError,
  isAboutCredentials,
  statusError,
} from "../faults.ts";
import { basicAuthorization, requestToken } from "../login/auth.ts";
import { readChallenges } from "../login/challenge.ts";
import { type FoundCredentials, findCredentials } from "../login/credentials.ts";
import { isLoopback } from "./connections.ts";
import type { HttpClient } from "./http.ts";
import { HttpFault } from "./http-fault.ts";
import type { HttpAnswer, HttpRequest } from "./http-message.ts";

/** Largest manifest or config that we read; registries refuse manifests over 4 MiB. */
export const maxMetadataBytes = 8 * 1024 * 1024;

type Scheme = "http" | "https";

/** Where one repository is to be had. */
interface EndpointPlace {
  /** As image names have it: `docker.io`. */
  readonly host: string;
  readonly repository: string;
  /** What a token is asked for, `repository:acme/app:pull,push`; absent: what the registry wants. */
  readonly scopes?: readonly string[];
  /** For messages. */
  readonly asked: Asked;
}

/** As an HttpRequest, to one repository. */
interface EndpointRequest extends Pick<HttpRequest, "method" | "headers" | "body" | "receive" | "totalMs"> {
  /** Below the repository, `manifests/24`; or an address that this registry gave, once it has answered. */
  readonly path: string | URL;
  /** Absent: that of metadata. */
  readonly maxSizeBytes?: number;
}

/** One repository at one host: logs in where that is wanted, and keeps the login. */
export class Endpoint {
  readonly place: EndpointPlace;
  readonly #http: HttpClient;
  readonly #report: Report;
  readonly #address: string;
  /** Those that the host may speak, the likelier first; one once that is known. */
  #schemes: readonly [Scheme, Scheme?];
  #authorization: string | undefined;
  #found: FoundCredentials | undefined;
  #wereUsed = false;
  /** Shared, so that requests at the same time log in once. */
  #login: Promise<void> | undefined;

  constructor(place: EndpointPlace, http: HttpClient, report: Report) {
    this.place = place;
    this.#http = http;
    this.#report = report;
    this.#address = place.host === "docker.io" ? "registry-1.docker.io" : place.host;
    const url = new URL(`https://${this.#address}`);
    // As docker has it: this machine may speak plain http, and so may what the user calls insecure.
    if (http.connections.isInsecure(url)) this.#schemes = ["https", "http"];
    else this.#schemes = isLoopback(url.hostname) ? ["http", "https"] : ["https"];
  }

  /**
   * In: a path below the repository, `manifests/24`. Out: undefined where there is no such thing.
   * Throws CompileError where access is refused or the answer unusable, TemporaryError where retrying can help.
   */
  async get(path: string, accept: string): Promise<Buffer | undefined> {
    return (await this.ask({ path, headers: { accept } }))?.bytes;
  }

  /** As `get`, for any request. Out: an answer of 2xx. */
  async ask(request: EndpointRequest): Promise<HttpAnswer | undefined> {
    try {
      let answer = await this.#send(request);
      // Who was redirected to asks for no login of ours. Source: CVE-2020-15157.
      if (answer.status === 401 && this.#isOwn(answer.url)) {
        const challenge = answer.headers.get("www-authenticate") ?? "";
        this.#login ??= this.#logIn(challenge, answer.url).finally(() => {
          this.#login = undefined;
        });
        await this.#login;
        if (this.#authorization !== undefined) answer = await this.#send(request);
      }
      if (answer.status === 404) return undefined;
      if (answer.status >= 200 && answer.status <= 299) return answer;
      throw statusError(
        answer,
        this.place.asked,
        isAboutCredentials(answer.status) ? await this.#credentialUse() : undefined,
      );
    } catch (error) {
      throw faultError(error, this.place.asked);
    }
  }

  async #send(request: EndpointRequest): Promise<HttpAnswer> {
    const [scheme, other] = this.#schemes;
    if (other === undefined || request.path instanceof URL) return this.#request(scheme, request);
    try {
      const answer = await this.#request(scheme, request, true);
      // So servers of TLS written in Go answer plain http; to HEAD without a text.
      const mayWantTls = request.method === "HEAD" || /HTTPS/i.test(answer.bytes.toString("latin1"));
      if (answer.status === 400 && mayWantTls) {
        throw new HttpFault("not-tls", "it requires TLS");
      }
      this.#schemes = [scheme];
      return answer;
    } catch (error) {
      if (!(error instanceof HttpFault) || (error.kind !== "not-tls" && error.kind !== "unreachable"))
        throw error;
      const answer = await this.#request(other, request, true).catch((second: unknown) => {
        if (!(second instanceof HttpFault) || (second.kind !== "not-tls" && second.kind !== "unreachable")) {
          throw second;
        }
        // It speaks neither better; what went wrong first is what there is to say.
        if (!error.mayPass) throw error;
      });
      this.#schemes = [answer === undefined ? scheme : other];
      return answer ?? this.#request(scheme, request);
    }
  }

  #request(scheme: Scheme, request: EndpointRequest, isProbe = false): Promise<HttpAnswer> {
    const { path, headers, maxSizeBytes = maxMetadataBytes, ...more } = request;
    const own = `${scheme}://${this.#address}`;
    const url = path instanceof URL ? path : new URL(`${own}/v2/${this.place.repository}/${path}`);
    // A registry may have uploads go elsewhere, where its login is nobody's business.
    const authorization = url.origin === new URL(own).origin ? this.#authorization : undefined;
    return this.#http.request({
      ...more,
      url,
      headers: { ...headers, ...present({ authorization }) },
      maxSizeBytes,
      isProbe,
    });
  }

  #isOwn({ origin }: URL): boolean {
    return this.#schemes.some(
      (scheme) => scheme !== undefined && new URL(`${scheme}://${this.#address}`).origin === origin,
    );
  }

  /** Answers the registry's challenge as well as we can; without a way in, there is no authorization afterwards. */
  async #logIn(header: string, registry: URL): Promise<void> {
    this.#authorization = undefined;
    const { secret } = await this.#credentials();
    const challenges = readChallenges(header);
    const bearer = challenges.find(({ scheme }) => scheme === "bearer");
    if (secret?.kind === "registry") {
      this.#wereUsed = true;
      this.#authorization = `Bearer ${secret.token}`;
    } else if (bearer !== undefined) {
      this.#wereUsed = true;
      const wanted = bearer.parameters.get("scope") ?? `repository:${this.place.repository}:pull`;
      const answer = await requestToken(
        this.#http,
        { ...bearer, registry },
        this.place.scopes ?? [wanted],
        secret,
      );
      if (answer.kind === "refused") {
        throw statusError(answer.answer, this.place.asked, await this.#credentialUse());
      }
      if (answer.kind === "unusable") throw badAnswer(answer.reason, this.place.asked);
      this.#authorization = `Bearer ${answer.token}`;
    } else if (secret !== undefined && challenges.some(({ scheme }) => scheme === "basic")) {
      this.#authorization = basicAuthorization(secret);
      this.#wereUsed = this.#authorization !== undefined;
    }
  }

  /** A server that refuses at once, without saying how to log in, has not been shown what was found. */
  async #credentialUse(): Promise<CredentialUse> {
    const { secret, source, login } = await this.#credentials();
    if (secret === undefined) return { text: source, login };
    return { text: `${source} were ${this.#wereUsed ? "used" : "not asked for"}`, login };
  }

  /** Looks once. */
  async #credentials(): Promise<FoundCredentials> {
    const { host, repository } = this.place;
    this.#found ??= await findCredentials(host, repository, this.#report);
    return this.#found;
  }
}
