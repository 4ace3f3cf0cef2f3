import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { oddTar } from "../helpers/archives.ts";
import { makeAuthority, makeCertificate } from "../helpers/certificates.ts";
import { workplace } from "../helpers/program.ts";
import { startProxy } from "../helpers/proxy.ts";
import { startRegistry } from "../helpers/registry.ts";

// What is bundled is loaded in another way than here.
it.each(["--registry-ca", "--insecure-registry"])(
  "the bundled program reads a registry by %s",
  async (flag) => {
    const ca = makeAuthority();
    const registry = await startRegistry(makeCertificate({ names: "IP:127.0.0.1", ca }));
    registry.putImage("acme/app", { os: "linux", architecture: "amd64" }, "1");
    const { run } = await workplace();
    const value = flag === "--registry-ca" ? ca.certFile : registry.host;
    const { stderr, exitCode } = await run([
      "generate",
      "--builder",
      `${registry.host}/acme/app:1`,
      flag,
      value,
    ]);
    expect(stderr).toContain("[builder/not-a-builder]");
    expect(exitCode).toBe(1);
    expect(registry.requests).toHaveLength(2);
  },
);

it("the bundled program downloads a buildpack by the same CA, through the proxy", async () => {
  const ca = makeAuthority();
  const server = await startRegistry(makeCertificate({ names: "DNS:packages.example", ca }));
  const toml = 'api = "0.10"\n[buildpack]\nid = "acme/tool"\nversion = "1.0.0"\n[[targets]]\nos = "linux"\n';
  const archive = gzipSync(oddTar({ name: "buildpack.toml", content: toml }));
  server.intercept = (_, response) => {
    response.end(archive);
    return true;
  };
  const proxy = await startProxy(server.host);
  const { run, builder } = await workplace();
  const url = "https://packages.example/tool.tgz";
  const { stdout, stderr } = await run(
    ["generate", "--builder", builder, "--pre-buildpack", url, "--registry-ca", ca.certFile],
    { env: { HTTPS_PROXY: proxy.url } },
  );
  const digest = createHash("sha256").update(archive).digest("hex");
  expect(stdout, stderr).toContain(digest);
  expect(proxy.asked.map(({ line }) => line)).toEqual(["CONNECT packages.example:443"]);
});
