import { parse } from "smol-toml";
import { expect, it } from "vitest";
import { buildkitdConfig } from "../../src/private-buildkit/buildkitd-config.ts";
import { defaultRegistryOptions, type RegistryOptions } from "../../src/registry/options.ts";

const usual = {
  root: '/home/a "b"/data',
  socket: "/run/s/buildkitd.sock",
  traceSocket: "/run/s/otel.sock",
  runc: "/usr/bin/runc",
  controlGroup: "ours",
  isRootless: false,
  hasProcessSandbox: true,
};
const read = (registries: RegistryOptions, changes: Partial<typeof usual> = {}) =>
  parse(buildkitdConfig({ ...usual, ...changes, registries }));

it("names places as they are, quotes and all", () => {
  expect(read(defaultRegistryOptions)).toMatchObject({
    root: usual.root,
    grpc: { address: ["unix:///run/s/buildkitd.sock"] },
    otel: { socketPath: "/run/s/otel.sock" },
    worker: { oci: { binary: "/usr/bin/runc", defaultCgroupParent: "/ours", networkMode: "host" } },
  });
});

it("has a process sandbox where there can be one", () => {
  const worker = (changes: Partial<typeof usual>) => read(defaultRegistryOptions, changes).worker;
  expect(worker({})).toMatchObject({ oci: { rootless: false, noProcessSandbox: false } });
  expect(worker({ isRootless: true, hasProcessSandbox: false })).toMatchObject({
    oci: { rootless: true, noProcessSandbox: true },
  });
});

it("hands on mirrors and insecure hosts, and one that is both in one section", () => {
  const mirrors = new Map([
    ["docker.io", "mirror.example:5000/hub"],
    ["both.example", "mirror.example"],
  ]);
  expect(read({ mirrors, insecure: ["both.example", "127.0.0.1:5000"] }).registry).toEqual({
    "docker.io": { mirrors: ["mirror.example:5000/hub"] },
    "both.example": { mirrors: ["mirror.example"], http: true, insecure: true },
    "127.0.0.1:5000": { http: true, insecure: true },
  });
});
