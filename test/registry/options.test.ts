import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readRegistryOptions } from "../../src/registry/options.ts";
import { absent } from "../helpers/absent.ts";
import { makeAuthority } from "../helpers/certificates.ts";
import { temporaryDirectory } from "../helpers/directory.ts";
import { faultsOf } from "../helpers/errors.ts";

describe("--registry-mirror", () => {
  it.each([
    ["registry.example=mirror.example", "registry.example", "mirror.example"],
    ["registry.example:5000=mirror.example:80/", "registry.example:5000", "mirror.example:80"],
    ["docker.io=mirror.example/docker-hub/v2", "docker.io", "mirror.example/docker-hub/v2"],
    ["index.docker.io=[::1]:5000", "docker.io", "[::1]:5000"],
  ])("%s", (text, host, mirror) => {
    expect([...readRegistryOptions({ mirrors: [text] }).mirrors]).toEqual([[host, mirror]]);
  });

  it.each([
    ["", "it has no `=`"],
    ["registry.example", "it has no `=`"],
    ["a=b=c", "it has more than one `=`"],
    ["=mirror.example", "a host is missing"],
    ["registry.example=", "a host is missing"],
    ["https://registry.example=mirror.example", '"https://registry.example" is a URL, not a host'],
    ["registry.example=http://mirror.example", '"http://mirror.example" is a URL, not a host'],
    ["registry.example/acme=mirror.example", '"registry.example/acme" is a host with a path'],
    ["registry.example=mirror.example/UPPER", '"UPPER" cannot be the beginning of an image\'s path'],
    ["registry example=mirror.example", '"registry example" is not a host'],
    ["user:pw@registry.example=m", '"user:pw@registry.example" is not a host'],
  ])("%j is refused: %s", (text, reason) => {
    const [fault] = faultsOf(() => readRegistryOptions({ mirrors: [text] }));
    expect(fault).toMatchObject({ code: "registry/bad-mirror", location: { file: "--registry-mirror" } });
    expect(fault?.message).toContain(reason);
  });

  it("takes one mirror for a host", () => {
    const mirrors = ["docker.io=a.example", "registry-1.docker.io=b.example"];
    expect(faultsOf(() => readRegistryOptions({ mirrors }))[0]?.message).toContain(
      "docker.io has a mirror already",
    );
  });
});

describe("--insecure-registry", () => {
  it("takes hosts with and without a port", () => {
    const insecure = ["registry.example:5000", "10.0.0.7", "Docker.io"];
    expect(readRegistryOptions({ insecure }).insecure).toEqual([
      "registry.example:5000",
      "10.0.0.7",
      "docker.io",
    ]);
  });

  it.each(["", "http://registry.example", "registry.example/acme", "registry.example:port"])(
    "%j is refused",
    (text) => {
      expect(faultsOf(() => readRegistryOptions({ insecure: [text] }))).toMatchObject([
        { code: "registry/bad-insecure-host", location: { file: "--insecure-registry" } },
      ]);
    },
  );
});

describe("--registry-ca", () => {
  it("takes a file of certificates", () => {
    const { certFile, cert } = makeAuthority();
    expect(readRegistryOptions({ caFile: certFile }).ca).toBe(cert);
  });

  it.each([
    ["no certificate", "hello", "it has no certificate in PEM form"],
    [
      "a damaged one",
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
      "its certificate number 1 is damaged",
    ],
  ])("refuses a file with %s", (_, text, reason) => {
    const file = join(temporaryDirectory(), "ca.pem");
    writeFileSync(file, text);
    const [fault] = faultsOf(() => readRegistryOptions({ caFile: file }));
    expect(fault).toMatchObject({ code: "registry/bad-ca-file", location: { file: "--registry-ca" } });
    expect(fault?.message).toContain(reason);
  });

  it("refuses a file that is not there", () => {
    expect(faultsOf(() => readRegistryOptions({ caFile: `${absent}/ca.pem` }))[0]?.message).toContain(
      "ENOENT",
    );
  });
});

it("says everything that is wrong with the flags at once", () => {
  const flags = { mirrors: ["x"], insecure: [""], caFile: absent };
  expect(faultsOf(() => readRegistryOptions(flags))).toHaveLength(3);
});
