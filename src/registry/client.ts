import { createHash } from "node:crypto";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError, TemporaryError } from "../diagnostics/diagnostic.ts";
import { formatReference, type ImageReference } from "../image/reference.ts";
import { requestToken } from "./auth.ts";
import { type Credentials, findCredentials } from "./credentials.ts";
import { acceptedTypes } from "./manifest.ts";

/** Longest wait for one answer. */
const timeoutMs = 30_000;
/** Largest manifest or config that we read; registries refuse manifests over 4 MiB. */
const maxSizeBytes = 8 * 1024 * 1024;

export interface Content {
  readonly bytes: Buffer;
  /** Computed from the bytes. */
  readonly digest: string;
}

/**
 * Reads manifests and blobs of one repository. Source: OCI distribution spec, "Pull".
 * Throws CompileError where access is refused or the answer is unusable, TemporaryError where retrying can help.
 */
export class RepositoryClient {
  private readonly reference: ImageReference;
  private readonly host: string;
  private scheme: "http" | "https";
  private authorization: string | undefined;
  private credentials: Credentials | undefined;

  constructor(reference: ImageReference) {
    this.reference = reference;
    this.host = reference.registry === "docker.io" ? "registry-1.docker.io" : reference.registry;
    // Docker's rule: registries on this machine may speak plain HTTP.
    this.scheme = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(this.host) ? "http" : "https";
  }

  /** Undefined: there is no such manifest. In: a tag or a digest. */
  manifest(name: string): Promise<Content | undefined> {
    return this.get(`manifests/${name}`, acceptedTypes, name);
  }

  /** Undefined: there is no such blob. */
  blob(digest: string): Promise<Content | undefined> {
    return this.get(`blobs/${digest}`, "*/*", digest);
  }

  private async get(path: string, accept: string, name: string): Promise<Content | undefined> {
    const response = await this.request(path, accept);
    if (response.status === 404) return undefined;
    if (!response.ok) throw this.refusal(response.status);
    const bytes = await this.body(response);
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    if (name.startsWith("sha256:") && name !== digest) {
      throw this.badAnswer(`asked for ${name}, it sent ${digest}`);
    }
    return { bytes, digest };
  }

  private async request(path: string, accept: string): Promise<Response> {
    const response = await this.fetch(path, accept);
    if (response.status === 400 && this.scheme === "http") {
      // A TLS server that was spoken to in plain HTTP answers so.
      const text = await response.text();
      if (!/HTTPS/i.test(text)) throw this.badAnswer("HTTP 400");
      this.scheme = "https";
      return this.request(path, accept);
    }
    const challenge = response.headers.get("www-authenticate");
    if (response.status !== 401 || challenge === null || this.authorization !== undefined) return response;
    this.credentials = findCredentials(this.reference.registry);
    this.authorization = await this.answer(challenge);
    return this.authorization === undefined ? response : this.fetch(path, accept);
  }

  /** Authorization header for a challenge; undefined where we have no way in. */
  private async answer(header: string): Promise<string | undefined> {
    const { credentials } = this;
    const basic =
      credentials === undefined
        ? undefined
        : `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")}`;
    const [scheme = ""] = header.split(" ");
    if (scheme.toLowerCase() === "basic") return basic;
    if (scheme.toLowerCase() !== "bearer") return undefined;
    const answer = await this.guard(() => requestToken(header, this.reference.repository, basic, timeoutMs));
    if ("status" in answer) throw this.refusal(answer.status === 404 ? 401 : answer.status);
    return `Bearer ${answer.token}`;
  }

  private fetch(path: string, accept: string): Promise<Response> {
    const url = `${this.scheme}://${this.host}/v2/${this.reference.repository}/${path}`;
    const headers = {
      accept,
      ...(this.authorization === undefined ? {} : { authorization: this.authorization }),
    };
    // fetch drops the authorization when a redirect leaves the host, so credentials stay where they belong.
    return this.guard(() => fetch(url, { headers, signal: AbortSignal.timeout(timeoutMs) }));
  }

  private async body(response: Response): Promise<Buffer> {
    const sizeBytes = Number(response.headers.get("content-length") ?? 0);
    if (sizeBytes > maxSizeBytes) throw this.badAnswer(`it is ${sizeBytes} bytes long`);
    return Buffer.from(await this.guard(() => response.arrayBuffer()));
  }

  /** Network faults may pass. */
  private async guard<Result>(action: () => Promise<Result>): Promise<Result> {
    try {
      return await action();
    } catch (error) {
      const { cause, message, name } = error as Error & { cause?: { code?: string; message?: string } };
      const reason =
        name === "TimeoutError"
          ? `no answer in ${timeoutMs / 1000} s`
          : ((cause?.message || cause?.code) ?? message);
      throw new TemporaryError(
        diagnose("registry/unavailable", { ...this.named(), reason }, this.location()),
        {
          cause: error,
        },
      );
    }
  }

  private refusal(status: number): Error {
    if (status === 401 || status === 403) {
      const credentials =
        this.credentials === undefined
          ? "no credentials were found for it"
          : `the credentials of ${this.credentials.source} were used`;
      return new CompileError([
        diagnose("registry/denied", { ...this.named(), status, credentials }, this.location()),
      ]);
    }
    if (status === 429 || status >= 500) {
      return new TemporaryError(
        diagnose("registry/unavailable", { ...this.named(), reason: `HTTP ${status}` }, this.location()),
      );
    }
    return this.badAnswer(`HTTP ${status}`);
  }

  /** Also for the caller, who knows more of what the bytes should be. */
  badAnswer(reason: string): CompileError {
    return new CompileError([diagnose("registry/bad-answer", { ...this.named(), reason }, this.location())]);
  }

  private named(): { image: string; host: string } {
    return { image: formatReference(this.reference), host: this.reference.registry };
  }

  private location(): { file: string } {
    return { file: formatReference(this.reference) };
  }
}
