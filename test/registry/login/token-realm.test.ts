import { describe, expect, it } from "vitest";
import { Connections } from "../../../src/registry/http/connections.ts";
import { readTokenRealm } from "../../../src/registry/login/token-realm.ts";
import { defaultRegistryOptions } from "../../../src/registry/options.ts";

function read(
  registry: string,
  realm: string | undefined,
  { hasSecret = true, insecure = [] as string[] } = {},
) {
  const connections = new Connections({ ...defaultRegistryOptions, insecure });
  const answer = readTokenRealm(realm, new URL(registry), hasSecret, connections);
  return answer.kind === "usable" ? answer.url.href : answer.reason;
}

describe("a registry's token server", () => {
  it.each([
    ["https://registry.example", "https://registry.example/token"],
    ["https://registry.example", "https://auth.other.example/token?a=b"],
    ["https://registry.example:5000", "https://10.0.0.1/token"],
    ["http://127.0.0.1:5000", "http://127.0.0.1:6000/token"],
    ["http://localhost:5000", "http://[::1]:6000/token"],
    ["https://127.0.0.1:5000", "http://127.0.0.1:6000/token"],
    ["http://127.0.0.1:5000", "https://auth.example/token"],
    ["https://169.254.1.1", "https://169.254.1.1/token"],
  ])("of %s may be %s, with credentials", (registry, realm) => {
    expect(read(registry, realm)).toBe(realm);
  });

  it.each([
    [undefined, "it does not name a token server"],
    ["/token", "it does not name a token server"],
    ["https://", "it does not name a token server"],
    ["file:///etc/passwd", "the address of its token server is not an HTTP URL"],
    ["ftp://auth.example/", "the address of its token server is not an HTTP URL"],
    ["https://me:pw@auth.example/", "the address of its token server has a user name and password"],
    [
      "https://registry.example@evil.example/",
      "the address of its token server has a user name and password",
    ],
    [
      "http://auth.example/",
      "the registry uses TLS but its token server auth.example does not, so it was not contacted",
    ],
    [
      "http://registry.example/",
      "the registry uses TLS but its token server registry.example does not, so it was not contacted",
    ],
  ])("cannot be %s", (realm, reason) => {
    expect(read("https://registry.example", realm)).toBe(reason);
    expect(read("https://registry.example", realm, { hasSecret: false })).toBe(reason);
  });

  it.each([
    "127.0.0.1",
    "127.1",
    "0x7f000001",
    "2130706433",
    "0.0.0.0",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "a.localhost",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
  ])("is not on this machine where the registry is not: %s", (host) => {
    expect(read("https://registry.example", `https://${host}/token`)).toContain("is on this machine");
    expect(read("https://registry.example", `http://${host}/token`)).toContain("is on this machine");
  });

  it.each([
    "169.254.169.254",
    "100.100.100.200",
    "168.63.129.16",
    "[fd20:ce::254]",
    "0xa9fea9fe",
    "2852039166",
    "169.254.170.2",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "[::ffff:169.254.169.254]",
    "metadata.google.internal",
    "metadata.google.internal.",
    "metadata",
  ])("is no metadata service, even of a registry on this machine: %s", (host) => {
    for (const registry of ["https://registry.example", "http://127.0.0.1:5000"]) {
      expect(read(registry, `https://${host}/token`)).toContain("is at a link-local or metadata address");
    }
  });

  it("without TLS, of a registry without TLS, is asked without credentials alone", () => {
    const realm = "http://auth.example/token";
    expect(read("http://127.0.0.1:5000", realm)).toBe(
      "its token server auth.example has no TLS, so no credentials are sent there",
    );
    expect(read("http://127.0.0.1:5000", realm, { hasSecret: false })).toBe(realm);
  });

  it("without TLS is asked where --insecure-registry names it", () => {
    const realm = "http://auth.example/token";
    expect(read("https://registry.example", realm, { insecure: ["auth.example"] })).toBe(realm);
    expect(read("https://registry.example", realm, { insecure: ["registry.example"] })).toContain(
      "does not, so it was not contacted",
    );
    const local = "http://127.0.0.1/token";
    expect(read("https://registry.example", local, { insecure: ["127.0.0.1"] })).toContain(
      "is on this machine",
    );
  });
});
