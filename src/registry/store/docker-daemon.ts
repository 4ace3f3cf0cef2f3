import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { request as httpRequest, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { join } from "node:path";
import * as v from "valibot";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import { readImageConfig } from "../../image/image-config.ts";
import type { ImageSource, ResolvedImage } from "../../image/image-source.ts";
import { normalizePlatform, type Platform, samePlatform } from "../../image/platform.ts";
import { formatReference, type ImageReference, parseReference } from "../../image/reference.ts";
import { present } from "../../present.ts";
import { homeDirectory } from "../../private/home-directory.ts";
import { maxMetadataBytes } from "../http/endpoint.ts";

/** Longest wait for the daemon. */
const timeoutMs = 30_000;

const imageSchema = v.object({
  Os: v.string(),
  Architecture: v.string(),
  Variant: v.nullish(v.string()),
  RepoDigests: v.nullish(v.array(v.string())),
  Config: v.nullish(v.unknown()),
});
const contextFileSchema = v.object({ currentContext: v.nullish(v.string()) });
const contextSchema = v.object({
  Endpoints: v.object({ docker: v.object({ Host: v.nullish(v.string()) }) }),
});

/** How the daemon is reached. */
interface Daemon {
  /** As the user knows it: `unix:///var/run/docker.sock`. */
  readonly address: string;
  readonly secure: boolean;
  readonly options: RequestOptions & { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

/**
 * Answers for images of a docker daemon, as buildx's docker driver finds them by name. The daemon has one platform of an
 * image; a digest only of one that came from a registry, or where containerd keeps the images.
 * Where it is: `DOCKER_HOST` (unix, tcp; TLS with `DOCKER_TLS_VERIFY` and `DOCKER_CERT_PATH`), else docker's context
 * (`DOCKER_CONTEXT`, or the one in config.json), else /var/run/docker.sock. Source: Docker Engine API, "Inspect an image".
 * Throws CompileError where the daemon does not answer as it should.
 */
export class DaemonImageSource implements ImageSource {
  async resolve(
    reference: ImageReference,
    platforms: readonly Platform[] | undefined,
  ): Promise<ResolvedImage | undefined> {
    const image = formatReference(reference);
    const fault = (address: string, reason: string) =>
      new CompileError([
        diagnose("registry/daemon", { image, address, reason }, { file: `docker-daemon://${image}` }),
      ]);
    const daemon = findDaemon(fault);
    const answer = await inspect(daemon, image).catch((error: unknown) => {
      throw fault(daemon.address, reasonOf(error));
    });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw fault(daemon.address, `it answers HTTP ${answer.status}`);
    const found = v.safeParse(imageSchema, parseJson(answer.bytes));
    if (!found.success) throw fault(daemon.address, "its response about the image is not valid");
    const { Os: os, Architecture: architecture, Variant: variant, Config, RepoDigests } = found.output;
    const config = readImageConfig({
      os,
      architecture,
      ...(variant ? { variant } : {}),
      config: Config ?? {},
    });
    if (config === undefined) throw fault(daemon.address, "its response about the image is not valid");
    const platform = normalizePlatform({ os, architecture, ...(variant ? { variant } : {}) });
    const wanted = platforms === undefined || platforms.some((other) => samePlatform(other, platform));
    const digest = reference.digest ?? digestOf(reference, RepoDigests ?? []);
    return {
      reference,
      ...present({ digest }),
      available: [platform],
      images: wanted ? [{ platform, config }] : [],
    };
  }
}

/** The digest under which the image's own repository knows it. */
function digestOf(reference: ImageReference, repoDigests: readonly string[]): string | undefined {
  return repoDigests
    .flatMap((text) => parseReference(text) ?? [])
    .find(
      ({ registry, repository }) => registry === reference.registry && repository === reference.repository,
    )?.digest;
}

function findDaemon(fault: (address: string, reason: string) => CompileError): Daemon {
  const { DOCKER_HOST, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH } = process.env;
  const address = DOCKER_HOST || contextHost() || "unix:///var/run/docker.sock";
  const socketPath = /^unix:\/\/(.+)$/.exec(address)?.[1];
  if (socketPath !== undefined) return { address, secure: false, options: { socketPath } };
  if (!/^(tcp|http|https):\/\//.test(address) || !URL.canParse(address.replace(/^tcp:/, "http:"))) {
    throw fault(address, "only unix and tcp addresses are understood");
  }
  const url = new URL(address.replace(/^tcp:/, "http:"));
  const secure = Boolean(DOCKER_TLS_VERIFY) || url.protocol === "https:";
  const host = {
    hostname: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port || (secure ? "2376" : "2375"),
  };
  if (!secure) return { address, secure, options: host };
  const directory = DOCKER_CERT_PATH || join(homeDirectory(), ".docker");
  const file = (name: string) => {
    const path = join(directory, name);
    return existsSync(path) ? readFileSync(path, "utf8") : undefined;
  };
  const [ca, cert, key] = [file("ca.pem"), file("cert.pem"), file("key.pem")];
  const options = {
    ...host,
    ...present({ ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  };
  return { address, secure, options };
}

/** Address of docker's current context. Undefined: it is the default one, or cannot be read. */
function contextHost(): string | undefined {
  const directory = process.env.DOCKER_CONFIG || join(homeDirectory(), ".docker");
  const read = <Schema extends v.GenericSchema>(file: string, schema: Schema) => {
    const path = join(directory, file);
    const value = v.safeParse(schema, existsSync(path) ? parseJson(readFileSync(path)) : undefined);
    return value.success ? value.output : undefined;
  };
  const name = process.env.DOCKER_CONTEXT || read("config.json", contextFileSchema)?.currentContext;
  if (!name || name === "default") return undefined;
  const id = createHash("sha256").update(name).digest("hex");
  return read(join("contexts", "meta", id, "meta.json"), contextSchema)?.Endpoints.docker.Host ?? undefined;
}

function inspect(
  { secure, options }: Daemon,
  image: string,
): Promise<{ readonly status: number; readonly bytes: Buffer }> {
  return new Promise((resolve, reject) => {
    const send = secure ? httpsRequest : httpRequest;
    const request = send({ ...options, path: `/images/${image}/json`, timeout: timeoutMs }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxMetadataBytes) request.destroy(new Error("its response is larger than 8 MiB"));
        chunks.push(chunk);
      });
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, bytes: Buffer.concat(chunks) }));
    });
    request.on("timeout", () => request.destroy(new Error(`no response within ${timeoutMs / 1000} s`)));
    request.on("error", reject);
    request.end();
  });
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such socket; is it running?",
  ECONNREFUSED: "nothing is listening there; is it running?",
  EACCES: "this user has no access to its socket",
};

function reasonOf(error: unknown): string {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return reasons[code] ?? message;
}

/** Undefined: not JSON; no schema takes that. */
function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}
