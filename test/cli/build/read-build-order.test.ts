import { expect, it } from "vitest";
import { readBuildOrder } from "../../../src/cli/build/read-build-order.ts";
import type { BuildFlags } from "../../../src/cli/flags.ts";
import { codesOf } from "../../helpers/errors.ts";

const order = (flags: BuildFlags, env: Record<string, string> = {}) => readBuildOrder(".", flags, env);

it("is plain data, which a copy has whole", () => {
  const flags: BuildFlags = {
    ...{ tag: ["app:1"], output: ["type=oci,dest=app.tar"], attest: ["type=provenance,mode=max"] },
    ...{ platform: ["linux/amd64"], secret: ["id=A"], buildpackCacheTo: "cache", engine: "buildkit" },
  };
  const made = order(flags, { BUILDKIT_HOST: "tcp://b:1" });
  expect(structuredClone(made)).toEqual(made);
});

it("has flags before variables, and says which of them named an engine", () => {
  const env = { BUILDKIT_HOST: "tcp://variable:1", BUILDX_BUILDER: "", BUILDKIT_TLS_DIR: "/variable" };
  expect(order({}, env).engine).toEqual({
    choice: "auto",
    buildkit: { value: "tcp://variable:1", saidBy: "BUILDKIT_HOST", isFlag: false },
    tlsDirectory: "/variable",
    registryFlags: [],
    engineFlags: [],
  });
  const flags = { buildkitHost: "tcp://flag:1", buildkitTlsDir: "/flag", insecureRegistry: ["a.example"] };
  expect(order(flags, env).engine).toEqual({
    choice: "auto",
    buildkit: { value: "tcp://flag:1", saidBy: "--buildkit-host", isFlag: true },
    tlsDirectory: "/flag",
    registryFlags: ["--insecure-registry"],
    engineFlags: ["--buildkit-host", "--buildkit-tls-dir"].map((flag) => ({ flag, engine: "buildkit" })),
  });
});

it("takes an empty variable for none", () => {
  const env = { BUILDKIT_LOCAL_CACHE_IMPORT: "", BUILDKIT_LOCAL_CACHE_EXPORT: "/cache" };
  expect(order({}, env).caches.local).toEqual({ to: "/cache" });
  expect(order({}, { CNB_DOCKERFILE_IMAGE: "" }).image.frontend.isNamed).toBe(false);
});

it("reads attestations of each flag, one that is off, too", () => {
  const attest = ["type=sbom,generator=a.example/scan", "type=provenance,disabled=true"];
  expect(order({ attest }).image.attestations).toEqual({
    sbom: "generator=a.example/scan",
    provenance: "false",
  });
  expect(order({ attest, sbom: "false" }).image.attestations.sbom).toBe("false");
});

it("has a quiet build's progress over the one that is chosen", () => {
  expect(order({ quiet: true, progress: "plain" }).shown.progress).toBe("quiet");
  expect(order({ progress: "plain" }).shown.progress).toBe("plain");
  expect(order({}).shown.progress).toBe("auto");
});

it("tells everything that is wrong at once", () => {
  const flags = {
    ...{ platform: ["linux"], output: ["type=oci,dest"], tag: ["Not/Lower"], attest: ["mode=max"] },
    ...{ artifacts: true as const, target: "build", registryMirror: ["nonsense"] },
  };
  expect(codesOf(() => order(flags))).toEqual([
    "cli/bad-platform",
    "cli/bad-output",
    "cli/artifacts-and-target",
    "cli/bad-tag",
    "cli/bad-attestation",
    "registry/bad-mirror",
  ]);
});
