import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { logFile, startDaemon } from "./daemon.ts";
import { readJson, writeJson } from "./json-file.ts";
import { checkoutId, inState } from "./paths.ts";

/** One request as the registry logged it, oldest first in lists. */
export interface RegistryRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly status: number;
  readonly userAgent: string;
}

const portFile = inState("registry-port.json");

/** The address of this checkout's registry once it was started, `127.0.0.1:PORT`. */
export function registryAddress(): string | undefined {
  const port = readJson<number>(portFile);
  return port === undefined ? undefined : `127.0.0.1:${port}`;
}

/** Starts the registry on its old port if that is free, and answers with its address. */
export async function startRegistry(program: string, tied: boolean): Promise<string> {
  const port = await freePort(readJson<number>(portFile) ?? firstPort());
  const address = `127.0.0.1:${port}`;
  const config = inState("registry.json");
  mkdirSync(inState("registry"), { recursive: true });
  // YAML, of which JSON is a part.
  writeFileSync(
    config,
    JSON.stringify({
      version: "0.1",
      log: { level: "warn", accesslog: { disabled: false } },
      storage: { filesystem: { rootdirectory: inState("registry") }, delete: { enabled: true } },
      http: { addr: address, secret: checkoutId },
    }),
  );
  const isReady = () => answers(address);
  await startDaemon({ name: "registry", program, arguments: ["serve", config], tied, isReady });
  writeJson(portFile, port);
  return address;
}

export async function answers(address: string): Promise<boolean> {
  return fetch(`http://${address}/v2/`).then(
    (response) => response.ok,
    () => false,
  );
}

/** How long the registry's log is. */
export function registryLogBytes(): number {
  return statSync(logFile("registry")).size;
}

/** Every request logged so far, or since the log had that length. The registry writes a line when it has answered. */
export function registryRequests(fromByte = 0): readonly RegistryRequest[] {
  const lines = readFileSync(logFile("registry")).subarray(fromByte).toString().split("\n");
  return lines.flatMap((line) => {
    const [, method, path, status, userAgent] =
      /"([A-Z]+) (\S+) HTTP[^"]*" (\d{3}) \d+ "[^"]*" "([^"]*)"/.exec(line) ?? [];
    if (method === undefined || path === undefined || userAgent === undefined) return [];
    return [{ method, path, status: Number(status), userAgent }];
  });
}

/** Below the ports that the kernel gives to outgoing connections, and another for each checkout. */
function firstPort(): number {
  return 20_000 + (Number.parseInt(checkoutId.slice(0, 8), 16) % 10_000);
}

/** The first port from `wanted` upward on which nobody listens on the loopback. */
export async function freePort(wanted: number): Promise<number> {
  for (let port = wanted; port < 32_000; port++) if (await isFree(port)) return port;
  throw new Error(`no loopback port is free from ${wanted} to 32000`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
