import { spawn } from "node:child_process";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { execa } from "execa";

/** Serves the repositories below a directory by git's smart HTTP, on this machine's loopback. */
export interface GitServer {
  /** `http://127.0.0.1:PORT`; a repository is at `/<its directory>`. */
  readonly address: string;
  /** Headers of each request so far. */
  readonly asked: IncomingHttpHeaders[];
  close(): Promise<void>;
}

export interface GitServerOptions {
  /** Who is let in, by `Basic` of RFC 7617, in UTF-8; absent: everybody. */
  readonly login?: { readonly name: string; readonly password: string };
  /** For how long an answer is on its way; default: as short as it can be. */
  readonly answerMs?: number;
  /** What is told to somebody who is not let in. */
  readonly refusal?: string;
}

export async function serveGit(directory: string, options: GitServerOptions = {}): Promise<GitServer> {
  const { login, answerMs = 0, refusal = "" } = options;
  const { stdout: programs } = await execa("git", ["--exec-path"]);
  const asked: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers);
    const { authorization = "" } = request.headers;
    const given = Buffer.from(authorization.replace(/^Basic /, ""), "base64").toString();
    if (login !== undefined && given !== `${login.name}:${login.password}`) {
      response.writeHead(401, { "WWW-Authenticate": 'Basic realm="git"', "Content-Type": "text/plain" });
      response.end(refusal);
      return;
    }
    answer(`${programs}/git-http-backend`, directory, request, response, answerMs);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** git's own program speaks CGI: a header block, an empty line, the body. */
function answer(
  program: string,
  directory: string,
  request: IncomingMessage,
  response: ServerResponse,
  answerMs: number,
): void {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
  const child = spawn(program, [], {
    env: {
      // What a test says to its client's git is nothing to the server's.
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_"))),
      GIT_PROJECT_ROOT: directory,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: decodeURIComponent(pathname),
      QUERY_STRING: searchParams.toString(),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: String(request.headers["content-encoding"] ?? ""),
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
      // The repositories may belong to another user than the tests run as.
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "safe.directory",
      GIT_CONFIG_VALUE_0: "*",
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  request.pipe(child.stdin);
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.on("close", () => {
    const all = Buffer.concat(chunks);
    const end = all.indexOf("\r\n\r\n");
    const headers = all
      .subarray(0, end)
      .toString()
      .split("\r\n")
      .map((line) => line.split(": ", 2) as [string, string]);
    const status = headers.find(([name]) => name === "Status")?.[1] ?? "200";
    response.writeHead(Number.parseInt(status, 10), Object.fromEntries(headers));
    void send(all.subarray(end + 4), response, answerMs);
  });
}

/** In pieces, so that a client always waits for one. */
async function send(body: Buffer, response: ServerResponse, totalMs: number): Promise<void> {
  const count = totalMs === 0 ? 1 : 20;
  const size = Math.ceil(body.length / count);
  for (let at = 0; at < body.length && !response.destroyed; at += size) {
    response.write(body.subarray(at, at + size));
    await pause(totalMs / count);
  }
  response.end();
}
