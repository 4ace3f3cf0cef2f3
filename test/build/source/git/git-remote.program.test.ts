import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { splitCredentials } from "../../../../src/build/source/git/git-credentials.ts";
import { parseRemote } from "../../../../src/build/source/git/git-remote.ts";
import { absent } from "../../../helpers/absent.ts";

const run = promisify(execFile);
/** Hosts that http was to be fetched from. */
const hosts: string[] = [];
const proxy = createServer((request, response) => {
  hosts.push(new URL(request.url ?? "").host);
  response.writeHead(404).end();
});

beforeAll(() => new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve)));
afterAll(() => new Promise((resolve) => proxy.close(resolve)));

const isAscii = (text: string) => !/[^\0-\x7f]/.test(text);

/** Which host git would go to; absent: it refuses. */
async function hostOfGit(remote: string, scheme: string): Promise<string | undefined> {
  const environment = {
    PATH: process.env.PATH,
    GIT_TERMINAL_PROMPT: "0",
    GIT_CONFIG_NOSYSTEM: "1",
    HOME: absent,
  };
  if (scheme === "http") {
    hosts.splice(0);
    const http_proxy = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const words = ["ls-remote", "--", splitCredentials(remote).remote];
    await run("git", words, { env: { ...environment, http_proxy, no_proxy: "" } }).catch(() => undefined);
    return hosts[0]?.replace(/:\d+$/, "");
  }
  const words = ["fetch-pack", "--diag-url", remote];
  const { stdout } = await run("git", words, { env: environment }).catch(() => ({ stdout: "" }));
  const [, named] = /^Diag: (?:userandhost|hostandport)=(.*)$/m.exec(stdout) ?? [];
  // git has its own port still in it; ssh takes what stands behind the last `@`.
  if (named === undefined) return undefined;
  return scheme === "git" ? named.replace(/:\d+$/, "") : named.slice(named.lastIndexOf("@") + 1);
}

const pieces = [
  ...[
    "git",
    "a",
    "g.example",
    "h.example",
    "127.0.0.1",
    "127.1",
    "0x7f.1",
    "::1",
    "[::1]",
    "[127.0.0.1]",
    "8097",
  ],
  ...[
    "@",
    "@[",
    "]",
    "[",
    ":",
    "/",
    "\\",
    "?",
    "#",
    ";",
    "&",
    "=",
    "%2F",
    "%40",
    "%5B",
    "%5d",
    "%3A",
    "%2e",
    "%25",
    "%5c",
  ],
  ...["..", "-", "_", "~", "!", "'", "|", "^", "::", "//", "\t", "K"],
];
const remotes = fc
  .tuple(
    fc.constantFrom("http://", "ssh://", "git://", ""),
    fc.array(fc.constantFrom(...pieces), { maxLength: 4 }),
    fc.constantFrom("", "@", "git@", "u:p@"),
    fc.constantFrom("g.example", "127.1", "[::1]", "[127.0.0.1:80]", "1.2.3.4"),
    fc.constantFrom("/", ":", ":80/", "?", "#", "\\"),
    fc.array(fc.constantFrom(...pieces), { maxLength: 4 }),
  )
  .map(
    ([scheme, user, at, host, end, path]) => `${scheme}${user.join("")}${at}${host}${end}${path.join("")}`,
  );

it("whatever is accepted, git goes to the host that we have read, and so would a browser", async () => {
  const seen = new Set<string>();
  const check = async (remote: string) => {
    const read = parseRemote(remote);
    fc.pre(read.kind === "remote" && read.server !== undefined && isAscii(remote));
    if (read.kind !== "remote" || read.server === undefined) return;
    const { scheme, hostname } = read.server;
    const named = await hostOfGit(remote, scheme);
    fc.pre(named !== undefined);
    const host = named?.includes("::") && !named.startsWith("[") ? `[${named}]` : named;
    expect(new URL(`http://${host}`).hostname).toBe(hostname);
    if (scheme === "http") expect(new URL(remote).hostname).toBe(hostname);
    seen.add(scheme);
  };
  await fc.assert(fc.asyncProperty(remotes, check), { numRuns: 300, seed: 1, maxSkipsPerRun: 1000 });
  expect([...seen].sort()).toEqual(["git", "http", "ssh"]);
}, 60_000);
