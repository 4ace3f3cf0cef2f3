import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { makeAuthority, makeCertificate } from "../../helpers/certificates.ts";
import { uncompressed } from "../../helpers/uncompressed.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { type PrivateRegistry, startPrivateRegistry, user } from "../private-registry.ts";
import type { SecondBuildkit } from "../second-buildkit.ts";
import { type BuildResult, build, cnbDockerfile } from "../steps.ts";
import { startOfficeBuildkit } from "./office-buildkit.ts";
import { type ResigningProxy, type Route, startResigningProxy } from "./resigning-proxy.ts";

const platform = "linux/amd64";
// Names that only the proxy can lead to: who goes around it finds nothing.
const registryHost = "registry.office.example";
const tokenHost = "login.office.example";
const packagesHost = "packages.office.example";
const addedUrl = `https://${packagesHost}/added.tgz`;

/** Downloads a file in build, with whatever proxy and CA it is given. */
const downloader = {
  "buildpack.toml":
    'api = "0.10"\n[buildpack]\nid = "e2e/downloader"\nversion = "0.0.1"\n[[targets]]\nos = "linux"\n',
  "bin/detect": "#!/bin/bash\nexit 0\n",
  "bin/build": `#!/bin/bash
set -euo pipefail
curl --silent --show-error --fail --output greeting.txt https://${packagesHost}/greeting.txt
echo "downloaded $(cat greeting.txt)"
`,
};

/** One way out of the office, with a CA of its own. */
interface WayOut {
  readonly proxy: ResigningProxy;
  readonly ca: string;
  readonly caFile: string;
}

let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
let directory: string;
let registry: PrivateRegistry;
let wayOut: WayOut;
let otherWayOut: WayOut;
let buildkit: SecondBuildkit;
const closings: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("procfile");
  directory = mkdtempSync(join(tmpdir(), "cnb-dockerfile-office-"));
  for (const [path, text] of Object.entries(downloader)) write(join(app.directory, "downloader", path), text);
  registry = await startPrivateRegistry(lab, "token", {
    realm: `https://${tokenHost}/token`,
    takesImages: true,
  });
  const routes = {
    [registryHost]: { origin: `https://${registry.host}`, ca: registry.authority.cert },
    [tokenHost]: { origin: new URL(registry.tokenUrl).origin },
    [packagesHost]: await startPackages(),
  };
  wayOut = await startWayOut("office", routes);
  otherWayOut = await startWayOut("other-office", routes);
  buildkit = await startOfficeBuildkit(lab, {
    proxy: wayOut.proxy.url,
    registry: registryHost,
    caFile: wayOut.caFile,
  });
  write(
    join(directory, "docker", "config.json"),
    JSON.stringify({ credHelpers: { [registryHost]: "office" } }),
  );
  const credentials = JSON.stringify({ Username: user.name, Secret: user.password });
  write(
    join(directory, "docker-credential-office"),
    `#!/bin/sh\nread server\necho "$1 $server" >>'${helperLog()}'\necho '${credentials}'\n`,
  );
});
afterAll(async () => {
  await buildkit?.close();
  for (const close of closings.reverse()) await close();
  await registry?.close();
  app.remove();
  rmSync(directory, { recursive: true, force: true });
  await lab.close();
});

function write(file: string, text: string): void {
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, 0o755);
}

const helperLog = () => join(directory, "helper.log");

function subdirectory(name: string): string {
  const made = join(directory, name);
  mkdirSync(made, { recursive: true });
  return made;
}

/** Somebody's server on the internet. */
async function startPackages(): Promise<Route> {
  const authority = makeAuthority(subdirectory("internet"));
  const { cert, key } = makeCertificate({ names: "IP:127.0.0.1", ca: authority }, subdirectory("packages"));
  const server = createServer({ cert, key }, ({ url }, response) => {
    if (url === "/greeting.txt") response.end("hello from outside\n");
    else if (url === "/added.tgz") response.end(readFileSync(lab.modules.archive));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closings.push(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
  return { origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, ca: authority.cert };
}

async function startWayOut(name: string, routes: Readonly<Record<string, Route>>): Promise<WayOut> {
  const place = subdirectory(name);
  const authority = makeAuthority(place);
  const proxy = await startResigningProxy(authority, place, routes);
  closings.push(proxy.close);
  return { proxy, ca: authority.cert, caFile: authority.certFile };
}

/** What a person in the office has in the shell. */
function environment({ proxy, caFile }: WayOut): Record<string, string> {
  return {
    HOME: directory,
    DOCKER_CONFIG: join(directory, "docker"),
    DOCKER_AUTH_CONFIG: "",
    XDG_CACHE_HOME: "",
    XDG_RUNTIME_DIR: "",
    PATH: `${directory}:${lab.environment.PATH}`,
    HTTPS_PROXY: proxy.url,
    NO_PROXY: "",
    SSL_CERT_FILE: caFile,
  };
}

const inOffice = (reference: string) => reference.replace(lab.registry, registryHost);

/** Makes the Dockerfile; of the proxy's CA the program knows by `--registry-ca` alone. */
function generate(words: readonly string[]) {
  const images = [
    ...["--builder", inOffice(lab.images.builder), "--run-image", inOffice(lab.images.runBase)],
    ...["--image", inOffice(inject("toolImage")), "--platform", platform],
  ];
  return cnbDockerfile(
    app.directory,
    [
      ...["generate", ...images, "--registry-ca", wayOut.caFile],
      ...["--pre-buildpack", "./downloader", "--post-buildpack", addedUrl, ...words],
    ],
    { ...environment(wayOut), SSL_CERT_FILE: "" },
  );
}

/** Builds through one way out. In: the Dockerfile; whether the build is told of the proxy's CA. */
function buildThrough(
  way: WayOut,
  dockerfile: string,
  { name, proxy = true, ca = true }: { name?: string; proxy?: boolean; ca?: boolean },
): Promise<BuildResult> {
  const proxyWords = [`HTTPS_PROXY=${way.proxy.url}`, "NO_PROXY=intern.office.example"];
  return build(lab, {
    directory: app.directory,
    dockerfile,
    platforms: [platform],
    ...(name === undefined ? {} : { name }),
    words: [
      ...(proxy ? proxyWords.flatMap((word) => ["--build-arg", word]) : []),
      ...(ca ? ["--secret", `id=ca-cert,src=${way.caFile}`] : []),
    ],
    env: { ...environment(way), ...buildkit.environment },
  });
}

describe("behind a proxy that signs TLS anew, with a registry that wants a token", () => {
  let dockerfile: string;
  let first: BuildResult;
  const image = `e2e/office:${Date.now()}`;

  it("the builder's metadata is read, with the login of a credential helper", async () => {
    const { stdout, stderr, exitCode } = await generate(["--ca-cert", "--process-type", "web"]);
    expect(stderr).not.toContain("error:");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(new RegExp(`^FROM ${registryHost}/lab/builder:1@sha256:\\S+ AS builder$`, "m"));
    expect(readFileSync(helperLog(), "utf8")).toContain(`get ${registryHost}\n`);
    expect(registry.tokenRequests).toContain(`GET ${user.name}`);
    expect(registry.tokenRequests).not.toContain("GET nobody");
    expect(wayOut.proxy.requests).toContainEqual(
      expect.stringMatching(`^GET https://${tokenHost}/token\\?.* 200$`),
    );
    expect(wayOut.proxy.requests).toContainEqual(
      expect.stringMatching(`^GET https://${registryHost}/v2/lab/builder/manifests/\\S+ 200$`),
    );
    dockerfile = stdout;
  });

  it("the image is built and pushed, and a buildpack's download comes through the proxy", async () => {
    const before = { tokens: registry.tokenRequests.length, requests: wayOut.proxy.requests.length };
    writeFileSync(helperLog(), "");
    first = await buildThrough(wayOut, dockerfile, { name: `${registryHost}/${image}` });
    expect(first.exitCode, first.log).toBe(0);
    expect(first.log).toContain("downloaded hello from outside");
    const requests = wayOut.proxy.requests.slice(before.requests);
    expect(requests).toContain(`GET https://${packagesHost}/greeting.txt 200`);
    expect(requests).toContainEqual(
      expect.stringMatching(`^GET https://${registryHost}/v2/lab/builder/blobs/sha256:\\w+ 200$`),
    );
    expect(requests).toContainEqual(
      expect.stringMatching(`^PUT https://${registryHost}/v2/e2e/office/manifests/\\S+ 201$`),
    );
    expect(readFileSync(helperLog(), "utf8")).toContain(`get ${registryHost}\n`);
    expect(registry.tokenRequests.slice(before.tokens)).toContain("POST password");
  });

  it("the image runs", async () => {
    const name = `${lab.registry}/${image}`;
    const web = await lab.execute(name, platform, { env: { PORT: "8080" } });
    expect(web.stdout.trim()).toBe("web on 8080, profile not sourced");
    const greeting = await lab.execute(name, platform, {
      entrypoint: "/cnb/lifecycle/launcher",
      args: ["--", "cat", "greeting.txt"],
    });
    expect(greeting.stdout.trim()).toBe("hello from outside");
  });

  it("a buildpack is downloaded through the proxy, for its metadata and for the build", () => {
    const downloads = wayOut.proxy.requests.filter((line) => line === `GET ${addedUrl} 200`);
    expect(downloads).toHaveLength(2);
    expect(dockerfile).toContain(addedUrl);
    expect(first.log).toMatch(/lab\/added/);
  });

  it("neither CA, proxy nor login is in the Dockerfile, the image or its history", async () => {
    const name = `${lab.registry}/${image}`;
    const layout = join(directory, "image");
    await lab.crane(["pull", "--format=oci", name, layout]);
    const blobs = join(layout, "blobs", "sha256");
    const texts = {
      dockerfile: Buffer.from(dockerfile),
      // Manifest, config with history, layers.
      ...Object.fromEntries(
        readdirSync(blobs).map((blob) => [blob, uncompressed(readFileSync(join(blobs, blob)))]),
      ),
    };
    for (const there of ["hello from outside", '"history"', '"layers"']) {
      expect(Object.values(texts).some((text) => text.includes(there))).toBe(true);
    }
    const [, line = ""] = wayOut.ca.split("\n");
    expect(line.length).toBeGreaterThan(50);
    for (const secret of [line, new URL(wayOut.proxy.url).host, "intern.office.example", user.password]) {
      const found = Object.entries(texts).flatMap(([place, text]) => (text.includes(secret) ? [place] : []));
      expect(found, secret).toEqual([]);
    }
    expect(first.log).not.toContain(line);
    expect(first.log).not.toContain(user.password);
  });

  it("another proxy with another CA builds nothing again", async () => {
    const name = `${registryHost}/${image}-again`;
    const { log, exitCode } = await buildThrough(otherWayOut, dockerfile, { name });
    expect(exitCode, log).toBe(0);
    const steps = [...log.matchAll(/^#(\d+) \[.*\] RUN /gm)].map(([, number]) => number);
    expect(steps.length).toBeGreaterThan(3);
    for (const number of steps) expect(log).toContain(`#${number} CACHED\n`);
    expect(otherWayOut.proxy.requests.join("\n")).toContain(tokenHost);
    expect(otherWayOut.proxy.requests.join("\n")).not.toContain(packagesHost);
    const digest = (reference: string) => lab.crane(["digest", `${lab.registry}/${reference}`]);
    expect((await digest(`${image}-again`)).stdout).toBe((await digest(image)).stdout);
  });

  it.each([
    ["without the CA", { ca: false }, [], /curl: \(60\) SSL certificate problem/],
    ["without the proxy", { proxy: false }, ["--ca-cert"], /curl: \(6\) Could not resolve host/],
  ])("the download fails %s", async (_, given, words, says) => {
    // Else the finished step answers.
    writeFileSync(join(app.directory, "unique.txt"), String(Date.now()));
    const { stdout, stderr } = await generate(words);
    expect(stderr).not.toContain("error:");
    const { log, exitCode } = await buildThrough(wayOut, stdout, given);
    expect(log).toMatch(says);
    expect(exitCode).not.toBe(0);
  });
});
