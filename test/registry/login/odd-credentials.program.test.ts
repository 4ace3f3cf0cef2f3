import { mkdirSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { delimiter, join } from "node:path";
import fc from "fast-check";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { CompileError, TemporaryError } from "../../../src/diagnostics/diagnostic.ts";
import { parseReference } from "../../../src/image/reference.ts";
import { HttpClient } from "../../../src/registry/http/http.ts";
import { defaultRegistryOptions } from "../../../src/registry/options.ts";
import { RegistryImageSource } from "../../../src/registry/registry.ts";
import { BlobCache } from "../../../src/registry/store/blob-cache.ts";
import { RepositoryWriter } from "../../../src/registry/store/writer.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { workplace } from "../../helpers/program.ts";
import { startRegistry, type TestRegistry } from "../../helpers/registry.ts";
import { testSeed } from "../../helpers/test-seed.ts";

let registry: TestRegistry;
beforeEach(async () => {
  registry = await startRegistry();
  vi.stubEnv("HOME", temporaryDirectory());
  const names = [
    "DOCKER_AUTH_CONFIG",
    "DOCKER_CONFIG",
    "REGISTRY_AUTH_FILE",
    "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME",
  ];
  for (const name of names) vi.stubEnv(name, undefined);
  return () => vi.unstubAllEnvs();
});

/** Never a part of any message of ours, so that it can be looked for. */
const mark = "QzXq7";
/** A credential with bytes that no header takes, and the mark at either end. */
const odd = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom(
        "\n",
        "\r",
        "\r\nx-evil: 1",
        "\u0000",
        "\u001b[2J",
        "\u007f",
        "é",
        "\u{1f600}",
        '"',
        "\\",
        "%",
        ":",
      ),
      fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 1 }),
    ),
    maxLength: 6,
  })
  .map((text) => `${mark}${text}${mark}`);

/** How a credential is kept, as docker's file has it. */
const entries: Readonly<Record<string, (secret: string) => object>> = {
  auth: (secret) => ({ auth: Buffer.from(`robot:${secret}`).toString("base64") }),
  "auth that is no base64 of a pair": (secret) => ({
    auth: Buffer.from(secret.replaceAll(":", "")).toString("base64"),
  }),
  "auth as plain text": (secret) => ({ auth: secret }),
  password: (secret) => ({ username: "robot", password: secret }),
  username: (secret) => ({ username: secret, password: secret }),
  identitytoken: (secret) => ({ identitytoken: secret }),
  registrytoken: (secret) => ({ registrytoken: secret }),
};

/** What registry and token server answer; in: the registry's host. */
const answers: Readonly<Record<string, (response: ServerResponse, host: string, isToken: boolean) => void>> =
  {
    "a Basic challenge": (response) => void response.writeHead(401, { "www-authenticate": "Basic" }).end(),
    "a Bearer challenge": (response, host, isToken) =>
      isToken
        ? void response.writeHead(401).end()
        : void response.writeHead(401, { "www-authenticate": `Bearer realm="http://${host}/token"` }).end(),
    "no token": (response, host, isToken) =>
      isToken
        ? void response.end(`{"token":"${mark}\\nx"}`)
        : void response.writeHead(401, { "www-authenticate": `Bearer realm="http://${host}/token"` }).end(),
    "a server without GET": (response, host, isToken) =>
      isToken
        ? void response.writeHead(405).end()
        : void response.writeHead(401, { "www-authenticate": `Bearer realm="http://${host}/token"` }).end(),
    "a broken connection": (response, host, isToken) =>
      isToken
        ? void response.destroy()
        : void response.writeHead(401, { "www-authenticate": `Bearer realm="http://${host}/token"` }).end(),
    "429": (response) => void response.writeHead(429, { "retry-after": "3600" }).end(),
    "403": (response) => void response.writeHead(403).end(),
  };

/** Everything that an error can tell, and what it was caused by. */
function told(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = [error.message, error.stack, JSON.stringify(error)].join("\n");
  return error.cause === undefined ? own : `${own}\n${told(error.cause)}`;
}

/** Encoded forms begin the same wherever the mark stands at the beginning. */
function expectNothingOf(text: string): void {
  const base64 = [mark, `robot:${mark}`].map((part) => Buffer.from(part).toString("base64").slice(0, 6));
  for (const form of [mark, encodeURIComponent(mark), ...base64]) expect(text).not.toContain(form);
}

describe("of odd credentials nothing is told", () => {
  const all = Object.keys(entries).flatMap((kind) =>
    Object.keys(answers).map((answer) => [kind, answer] as const),
  );

  it.each(all)("%s, %s", async (kind, answer) => {
    registry.intercept = ({ url = "" }, response) => {
      answers[answer]?.(response, registry.host, url.startsWith("/token"));
      return true;
    };
    await fc.assert(
      fc.asyncProperty(odd, async (secret) => {
        const text = JSON.stringify({ auths: { [registry.host]: entries[kind]?.(secret) } });
        vi.stubEnv("DOCKER_AUTH_CONFIG", text);
        const reference = parseReference(`${registry.host}/acme/run:1`);
        if (reference === undefined) throw new Error("no reference");
        const http = new HttpClient(defaultRegistryOptions, { pauseMs: 1, attempts: 1 });
        const reported: string[] = [];
        const report = (warning: object) => void reported.push(JSON.stringify(warning));
        const source = new RegistryImageSource({ cache: new BlobCache(temporaryDirectory()), http, report });
        const writer = new RepositoryWriter(reference, { http, mirrors: new Map(), report });
        const actions = [
          () => source.resolve(reference, undefined),
          () => writer.putManifest("1", Buffer.from("{}"), "x/y"),
        ];
        for (const action of actions) {
          const error: unknown = await action().then(
            () => undefined,
            (reason: unknown) => reason,
          );
          expect(error instanceof CompileError || error instanceof TemporaryError, told(error)).toBe(true);
          expectNothingOf(told(error) + reported.join());
        }
      }),
      { seed: testSeed(`${kind}, ${answer}`), numRuns: 10 },
    );
  });
});

describe("the program tells nothing of", () => {
  const secret = `${mark}\r\nx-evil: 1\u001b[2J${mark}`;
  const run = async (config: object, env: Record<string, string> = {}) => {
    const place = await workplace();
    place.registry.intercept = (_, response) => {
      response.writeHead(401, { "www-authenticate": "Basic" }).end();
      return true;
    };
    const text = JSON.stringify(config).replaceAll("HOST", place.registry.host);
    const { stdout, stderr, exitCode } = await place.run(["generate", "--builder", place.builder], {
      env: { DOCKER_AUTH_CONFIG: text, ...env },
    });
    expectNothingOf(stdout + stderr);
    expect(exitCode).toBe(1);
    return stderr;
  };

  it.each(Object.keys(entries))("a login by %s", async (kind) => {
    await run({ auths: { HOST: entries[kind]?.(secret) } });
  });

  it.each([
    ["an answer", `#!/bin/sh\nprintf '{"Username":"robot","Secret":"%s"}' '${mark}\\n${mark}'\n`],
    ["an answer that is no JSON", `#!/bin/sh\necho 'Secret: ${mark}'\n`],
    ["a failure with the secret in its output", `#!/bin/sh\necho '${mark}'; exit 1\n`],
  ])("a helper's %s", async (_, script) => {
    const bin = temporaryDirectory();
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, "docker-credential-odd"), script, { mode: 0o755 });
    await run({ credsStore: "odd" }, { PATH: `${bin}${delimiter}${process.env.PATH}` });
  });

  it("a file of credentials that is no JSON", async () => {
    const { run: start, builder, registry: refusing } = await workplace();
    refusing.intercept = (_, response) => Boolean(response.writeHead(401).end());
    const { stdout, stderr, exitCode } = await start(["generate", "--builder", builder], {
      env: { DOCKER_AUTH_CONFIG: `{"auths": {"x": {"auth": "${mark}\n` },
    });
    expectNothingOf(stdout + stderr);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("registry/bad-credential-file")]);
  });

  it.each(["https_proxy", "http_proxy"])("the login of a proxy, %s", async (variable) => {
    const { run: start, builder } = await workplace();
    const host = variable === "https_proxy" ? "https://registry.example" : "http://registry.example";
    const { stdout, stderr, exitCode } = await start(
      ["generate", "--builder", builder, "--pre-buildpack", `${host}/x.tgz`],
      { env: { [variable]: `http://robot:${mark}@[::1` } },
    );
    expectNothingOf(stdout + stderr);
    expect(exitCode).toBe(1);
  });

  it("a download's address that is none", async () => {
    const { run: start, builder } = await workplace();
    for (const url of [`https://robot:${mark}@[x/a.tgz`, `https://x:y:z/a.tgz?token=${mark}`]) {
      const { stdout, stderr, exitCode } = await start([
        "generate",
        "--builder",
        builder,
        "--pre-buildpack",
        url,
      ]);
      expectNothingOf(stdout + stderr);
      expect(exitCode).toBe(1);
    }
  });

  it.each([
    ["--pre-buildpack", `ftp://robot:${mark}@x.example/a.tgz`],
    ["--pre-buildpack", `docker://robot:${mark}@x.example/a`],
    ["--pre-buildpack", `file://robot:${mark}@x.example/a`],
    ["--builder", `https://robot:${mark}@x.example/a:1`],
    ["--run-image", `https://robot:${mark}@x.example/a:1`],
    ["--buildpack-registry", `https://robot:${mark}@[x/index`],
    ["--buildpack-registry", `https://robot:${mark}@x.example/index`],
    ["--registry-mirror", `docker.io=https://robot:${mark}@x.example`],
    ["--insecure-registry", `https://robot:${mark}@x.example`],
  ])("an address with a login: %s %s", async (flag, value) => {
    const { run: start, builder } = await workplace();
    const { stdout, stderr, exitCode } = await start([
      "generate",
      ...(flag === "--builder" ? [] : ["--builder", builder]),
      ...(flag === "--buildpack-registry" ? ["--pre-buildpack", "urn:cnb:registry:acme/x"] : []),
      ...[flag, value],
    ]);
    expectNothingOf(stdout + stderr);
    expect(exitCode, stderr).toBe(1);
  });
});
