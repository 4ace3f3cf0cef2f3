import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { npmPackage } from "../../lab/npm-package.ts";

/** What a path of a mirror answers: a file of this machine, or a text. */
export type Mirrored = { readonly file: string } | { readonly text: string };

/** Serves what ordinary package registries gave once, on this machine's loopback. */
export interface PackageMirror {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  /** Paths asked for, in order. */
  readonly requests: readonly string[];
  readonly close: () => Promise<void>;
}

/** In: what is there, by its path. */
export async function servePackages(content: Readonly<Record<string, Mirrored>>): Promise<PackageMirror> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://127.0.0.1");
    requests.push(pathname);
    const found = content[pathname];
    // pip reads no page of another type.
    if (pathname.endsWith("/")) response.setHeader("content-type", "text/html");
    if (found === undefined) response.writeHead(404).end();
    else if ("text" in found) response.end(found.text);
    else createReadStream(found.file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  };
}

/** Packages of npm as its registry has them. In: that registry's URL, without a slash at its end; `NAME@VERSION`. */
export async function npmMirror(
  registry: string,
  packages: readonly string[],
): Promise<Readonly<Record<string, Mirrored>>> {
  const entries = await Promise.all(
    packages.map(async (text) => {
      const [name = "", version = ""] = text.split("@");
      const file = await npmPackage(name, version);
      const path = `/${name}/-/${name}-${version}.tgz`;
      const integrity = `sha512-${createHash("sha512").update(readFileSync(file)).digest("base64")}`;
      const dist = { tarball: `${registry}${path}`, integrity };
      const document = {
        ...{ name, "dist-tags": { latest: version } },
        versions: { [version]: { name, version, dist } },
      };
      return [
        [path, { file }],
        [`/${name}`, { text: JSON.stringify(document) }],
      ] as const;
    }),
  );
  return Object.fromEntries(entries.flat());
}
