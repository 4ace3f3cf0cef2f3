import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, normalize } from "node:path";

/** Serves a directory's files over HTTP on this machine's loopback, for as long as this process runs at most. */
export interface FileServer {
  /** `http://127.0.0.1:PORT`. */
  readonly address: string;
  /** Paths asked for, in order: `/added.tgz`. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

export async function serveFiles(directory: string): Promise<FileServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://127.0.0.1");
    requests.push(pathname);
    const file = join(directory, normalize(pathname));
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) response.writeHead(404).end();
    else {
      // pip reads no page of another type.
      if (file.endsWith(".html")) response.setHeader("content-type", "text/html");
      createReadStream(file).pipe(response);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
