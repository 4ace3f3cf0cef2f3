import { expect, it } from "vitest";
import { makeAuthority, makeCertificate } from "../helpers/certificates.ts";
import { workplace } from "../helpers/program.ts";
import { startRegistry } from "../helpers/registry.ts";

// What is bundled is loaded in another way than here, and undici only when it is needed.
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
