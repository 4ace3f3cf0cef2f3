import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Certificate, makeAuthority, makeCertificate } from "../../helpers/certificates.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { digestOf } from "../frontend-steps.ts";
import { type SecondBuildkit, startSecondBuildkit } from "../second-buildkit.ts";
import { generate } from "../steps.ts";
import { type ResigningProxy, startResigningProxy } from "./resigning-proxy.ts";

const platform = "linux/amd64";
// A name that only BuildKit's way out of the office leads to.
const host = "packages.office.example";
const greeting = "hello from outside";

/** Tools that are led to a bundle by a variable each. Node.js is the one that our program runs by; it has its own certificates. */
const downloader = `#!/bin/bash
set -euo pipefail
url=https://${host}/greeting.txt
for name in SSL_CERT_FILE REQUESTS_CA_BUNDLE PIP_CERT CARGO_HTTP_CAINFO; do
  echo "$name $(curl --silent --show-error --fail --cacert "\${!name}" --capath /nowhere $url)"
done
native=/cnb-dockerfile/native
node() { NODE_USE_ENV_PROXY=1 $native/ld --library-path $native/lib $native/node "$@"; }
echo "node $(node -e "fetch('$url').then((answer) => answer.text()).then((text) => console.log(text.trim()))")"
env -u NODE_EXTRA_CA_CERTS NODE_USE_ENV_PROXY=1 $native/ld --library-path $native/lib $native/node -e "fetch('$url')" &&
  echo "node alone has it"
echo "certificates $(grep -c BEGIN "$SSL_CERT_FILE")"
curl --silent --show-error --fail --output greeting.txt $url
`;

let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
let directory: string;
let office: Certificate;
let proxy: ResigningProxy;
let buildkit: SecondBuildkit;
const closings: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("procfile");
  directory = mkdtempSync(join(tmpdir(), "cnb-dockerfile-proxy-network-"));
  for (const [path, text] of Object.entries({
    "buildpack.toml":
      'api = "0.10"\n[buildpack]\nid = "e2e/downloader"\nversion = "0.0.1"\n[[targets]]\nos = "linux"\n',
    "bin/detect": "#!/bin/bash\nexit 0\n",
    "bin/build": downloader,
  })) {
    const file = join(app.directory, "downloader", path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, { mode: 0o755 });
  }
  const place = (name: string) => {
    mkdirSync(join(directory, name));
    return join(directory, name);
  };
  const internet = makeAuthority(place("internet"));
  const { cert, key } = makeCertificate({ names: "IP:127.0.0.1", ca: internet }, place("packages"));
  const server = createServer({ cert, key }, (_, response) => void response.end(`${greeting}\n`));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closings.push(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
  const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  office = makeAuthority(place("office"));
  proxy = await startResigningProxy(office, directory, { [host]: { origin, ca: internet.cert } });
  closings.push(proxy.close);
  // BuildKit trusts the office's proxy; what it signs for a proxy network, it signs by a CA of its own.
  buildkit = await startSecondBuildkit(lab, {
    name: "proxy-network",
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

/** Builds and pushes by buildctl, which alone has the option for a proxy network. In: its words. Out: the log. */
async function build(name: string, flags: readonly string[], words: readonly string[]): Promise<string> {
  const beside = join(directory, name);
  mkdirSync(beside);
  const dockerfile = await generate(app.directory, [
    ...["--builder", lab.images.builder, "--platform", platform, "--cache-id", "e2e-proxy-network"],
    ...["--pre-buildpack", "./downloader", ...flags],
  ]);
  writeFileSync(join(beside, "Dockerfile"), dockerfile);
  const { stderr, exitCode } = await execa(
    lab.tools.buildctl,
    [
      ...["--addr", buildkit.address, "build", "--progress=plain"],
      // Images of BuildKit's own frontend have the clock's time.
      ...["--frontend=gateway.v0", `--opt=source=${inject("toolImage")}`, "--opt=filename=Dockerfile"],
      ...[`--local=context=${app.directory}`, `--local=dockerfile=${beside}`, `--opt=platform=${platform}`],
      // A step that has run with another network would answer.
      ...["--no-cache", `--output=type=image,name=${lab.registry}/e2e/proxy-network:${name},push=true`],
      ...words,
    ],
    { reject: false },
  );
  expect(exitCode, stderr).toBe(0);
  return stderr;
}

const digest = (name: string) => digestOf(lab, `${lab.registry}/e2e/proxy-network:${name}`, platform);

describe("a proxy network of BuildKit's, whose CA is in the builder's bundle while a step runs", () => {
  const secret = () => `--secret=id=ca-cert,src=${office.certFile}`;
  const usual = async () => {
    const { stdout } = await lab.execute(lab.images.builder, platform, {
      entrypoint: "grep",
      args: ["-c", "BEGIN", "/etc/ssl/certs/ca-certificates.crt"],
    });
    return Number(stdout);
  };
  const downloads = [
    ...["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "CARGO_HTTP_CAINFO", "node"].map(
      (name) => `${name} ${greeting}`,
    ),
  ];

  it("is trusted beside a CA of the user's", async () => {
    const log = await build("both", ["--ca-cert"], ["--proxy-network", secret()]);
    for (const line of downloads) expect(log).toContain(line);
    expect(log).not.toContain("node alone has it");
    expect(log).toContain(`certificates ${(await usual()) + 2}`);
  });

  it("is trusted without one, by tools with certificates of their own", async () => {
    const log = await build("buildkit", [], ["--proxy-network"]);
    for (const line of downloads) expect(log).toContain(line);
    expect(log).not.toContain("node alone has it");
    expect(log).toContain(`certificates ${(await usual()) + 1}`);
  });

  it("leaves the image as it is through the office's proxy, which the user's CA signs", async () => {
    const words = [`--opt=build-arg:HTTPS_PROXY=${proxy.url}`, "--opt=build-arg:NO_PROXY=none", secret()];
    const log = await build("through-office", ["--ca-cert"], words);
    for (const line of downloads) expect(log).toContain(line);
    expect(log).toContain(`certificates ${(await usual()) + 1}`);
    expect(new Set([await digest("both"), await digest("buildkit")])).toEqual(
      new Set([await digest("through-office")]),
    );
    const [, line = ""] = office.cert.split("\n");
    const files = await lab.crane(["export", `${lab.registry}/e2e/proxy-network:both`, "-"]);
    expect(files.stdout).toContain(greeting);
    for (const text of [files.stdout, readFileSync(join(directory, "both", "Dockerfile"), "utf8")]) {
      expect(text).not.toContain(line);
    }
  });
});
