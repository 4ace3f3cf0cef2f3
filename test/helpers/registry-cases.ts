import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { exitTemporary, exitUserError } from "../../src/cli/exit-code.ts";
import { readOptions } from "../../src/cli/project/options.ts";
import { compile } from "../../src/compile.ts";
import { CompileError, type Diagnostic, TemporaryError } from "../../src/diagnostics/diagnostic.ts";
import { formatDiagnostic } from "../../src/diagnostics/format.ts";
import { HttpClient } from "../../src/registry/http/http.ts";
import { defaultRegistryOptions } from "../../src/registry/options.ts";
import { RegistryImageSource } from "../../src/registry/registry.ts";
import { BlobCache } from "../../src/registry/store/blob-cache.ts";
import { wholeMachine } from "./border.ts";
import { goldenDirectory } from "./cases.ts";
import { makeCertificate } from "./certificates.ts";
import { temporaryDirectory } from "./directory.ts";
import { modulesFromFile } from "./modules.ts";
import { startRegistry } from "./registry.ts";

/** Where the cases of a registry that fails are. */
export const registryCaseDirectory = join(goldenDirectory, "registry");

/** `registry.json` of a case: how the registry behaves, and what the user's home holds. */
interface RegistryScript {
  /** Absent: plain http. */
  readonly certificate?: "self-signed" | "expired";
  /** False: nobody listens. */
  readonly listens?: boolean;
  /** By path; any other is answered 404. */
  readonly answers: Readonly<Record<string, ScriptedAnswer>>;
  /** Text by path below the home directory; `REGISTRY` stands for the registry's address. */
  readonly home?: Readonly<Record<string, string>>;
}

interface ScriptedAnswer {
  /** Default: 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or text as it is. */
  readonly body?: unknown;
  /** Instead: a config with a label so many bytes long, sent without a word about its length. */
  readonly labelBytes?: number;
  /** Instead: the connection stays open, and nothing comes (`silent`), or ends at once (`broken`). */
  readonly fault?: "silent" | "broken";
}

/** Names of the cases, sorted. */
export function registryCaseNames(): string[] {
  return readdirSync(registryCaseDirectory).sort();
}

/**
 * Compiles a project whose builder lies in the case's registry. Out: name and text of what comes of it.
 * The server's address reads `registry.example`, the home directory `/home/you`.
 */
export async function runRegistryCase(name: string): Promise<ReadonlyMap<string, string>> {
  const file = join(registryCaseDirectory, name, "registry.json");
  const script = JSON.parse(readFileSync(file, "utf8")) as RegistryScript;
  const certificate = script.certificate && {
    names: "IP:127.0.0.1",
    days: script.certificate === "expired" ? -1 : 30,
  };
  const registry = await startRegistry(certificate && makeCertificate(certificate));
  registry.intercept = ({ url = "" }, response) => {
    const answer = script.answers[url.replace(/\?.*/, "")];
    if (answer !== undefined) void send(answer, response, registry.host);
    return answer !== undefined;
  };
  if (script.listens === false) await registry.close();
  const home = process.env.HOME ?? "";
  for (const [path, text] of Object.entries(script.home ?? {})) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text.replaceAll("REGISTRY", registry.host));
  }
  const reported: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic) => reported.push(diagnostic);
  const images = new RegistryImageSource({
    cache: new BlobCache(temporaryDirectory()),
    http: new HttpClient(defaultRegistryOptions, { pauseMs: 1, idleMs: 500 }),
    report,
  });
  const flags = { builder: `${registry.host}/acme/builder:24` };
  const options = readOptions(flags, { directory: home, border: wholeMachine }, "app", report);
  const exitCode = await compile(
    { options },
    { images, report, modules: modulesFromFile(undefined), gitPlace: async () => undefined },
  ).then(
    () => 0,
    (error: unknown) => {
      if (error instanceof TemporaryError) report(error.diagnostic);
      else if (error instanceof CompileError) reported.push(...error.diagnostics);
      else throw error;
      return error instanceof TemporaryError ? exitTemporary : exitUserError;
    },
  );
  const drawn = reported.map(
    (diagnostic) => `${formatDiagnostic(diagnostic, { color: false, texts: new Map() })}\n`,
  );
  const text = drawn.join("").replaceAll(registry.host, "registry.example").replaceAll(home, "/home/you");
  return new Map([
    ["diagnostics.txt", text],
    ["exit-code.txt", `${exitCode}\n`],
  ]);
}

async function send(answer: ScriptedAnswer, response: ServerResponse, host: string): Promise<void> {
  const { status = 200, headers = {}, body = "", labelBytes, fault } = answer;
  if (fault === "silent") return;
  if (fault === "broken") return void response.destroy();
  const addressed = Object.entries(headers).map(([name, text]) => [name, text.replaceAll("REGISTRY", host)]);
  response.writeHead(status, Object.fromEntries(addressed));
  if (labelBytes === undefined)
    return void response.end(typeof body === "string" ? body : JSON.stringify(body));
  response.write('{"os": "linux", "architecture": "amd64", "config": {"Labels": {"label": "');
  const chunk = "x".repeat(100_000);
  for (let sent = 0; sent < labelBytes && !response.destroyed; sent += chunk.length) {
    response.write(chunk);
    // Lets the reader have its say.
    await pause(0);
  }
  response.end('"}}}');
}

/** Whether the case's folder holds only what is read or made. */
export function strayFiles(name: string, outputs: Iterable<string>): string[] {
  const known = ["registry.json", ...outputs];
  const directory = join(registryCaseDirectory, name);
  return existsSync(directory) ? readdirSync(directory).filter((file) => !known.includes(file)) : [];
}
