import { describe, expect, it } from "vitest";
import { definitionFor, file } from "../../../frontend/graph/llb.ts";
import { NamedContexts } from "../../../frontend/sources/named-contexts.ts";
import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import { readDockerfile } from "../../../src/dockerfile/read/read-dockerfile.ts";
import { parseReference } from "../../../src/image/reference.ts";
import { faultsOf } from "../../helpers/errors.ts";
import { connected, frontendOptions } from "../../helpers/frontend.ts";

const digest = `sha256:${"a".repeat(64)}`;
const amd64 = { os: "linux", architecture: "amd64" };
const arm64 = { os: "linux", architecture: "arm64" };
const text = `FROM --platform=$BUILDPLATFORM cnb-dockerfile.invalid/own:image AS tool
FROM registry.example/acme/builder:24@${digest} AS builder
FROM builder AS detect
FROM cnb-dockerfile.invalid/previous:image AS previous
FROM acme/run AS app
`;

function contextsOf(given: Readonly<Record<string, string>>) {
  const content = definitionFor(file("/a", "text", "another image"));
  const { fake, gateway } = connected({
    solve: ({ frontendOpt }) => ({
      result: { case: "ref", value: { id: "other", def: content } },
      metadata: { "containerimage.base.config": Buffer.from(`{"of":"${frontendOpt.platform}"}`) },
    }),
  });
  const options = frontendOptions(
    Object.fromEntries(Object.entries(given).map(([name, value]) => [`context:${name}`, value])),
  );
  return { fake, contexts: new NamedContexts(gateway, options) };
}

function referenceOf(text: string) {
  const reference = parseReference(text);
  if (reference === undefined) throw new Error(`not a reference: ${text}`);
  return reference;
}

describe("a named context stands in for", () => {
  const other = "docker-image://other:1";
  it.each([
    ["registry.example/acme/builder:24", `registry.example/acme/builder:24@${digest}`],
    ["registry.example/acme/builder:24", "registry.example/acme/builder:24"],
    [`acme/run:1@${digest}`, `acme/run:1@${digest}`],
    ["acme/run", "docker.io/acme/run:latest"],
    ["ubuntu", "docker.io/library/ubuntu"],
  ])("%s: the image %s", async (name, image) => {
    const { fake, contexts } = contextsOf({ [name]: other });
    const found = await contexts.load(referenceOf(image), amd64);
    expect(Buffer.from(found?.config ?? []).toString()).toBe('{"of":"linux/amd64"}');
    expect(found?.state).toMatchObject({ index: 0n });
    expect(fake.solved[0]).toMatchObject({
      frontend: "dockerfile.v0",
      frontendOpt: { [`context:${name}`]: other },
    });
  });

  it.each([
    ["acme/run:2", "acme/run:1"],
    ["acme/run", "registry.example/acme/run"],
    [`acme/run:1@${digest}`, "acme/run:1"],
    ["run", "acme/run"],
  ])("%s: not the image %s", async (name, image) => {
    expect(await contextsOf({ [name]: other }).contexts.load(referenceOf(image), amd64)).toBeUndefined();
  });

  it("an image on one platform alone", async () => {
    const { contexts } = contextsOf({ "acme/run::linux/arm64": other });
    expect(await contexts.load(referenceOf("acme/run"), amd64)).toBeUndefined();
    expect(await contexts.load(referenceOf("acme/run"), arm64)).toBeDefined();
  });
});

describe("BuildKit's own frontend is told of the contexts", () => {
  it("by the names that the FROM lines have", () => {
    const { contexts } = contextsOf({
      "registry.example/acme/builder:24": "oci-layout://b",
      "acme/run::linux/arm64": "docker-image://r",
      other: "docker-image://o",
    });
    expect(contexts.namedIn(readDockerfile(text))).toEqual({
      [`context:registry.example/acme/builder:24@${digest}`]: "oci-layout://b",
      "context:acme/run::linux/arm64": "docker-image://r",
    });
  });
});

describe("what a context replaces is looked at:", () => {
  function check(given: Readonly<Record<string, string>>): Diagnostic[] {
    const said: Diagnostic[] = [];
    contextsOf(given).contexts.check([readDockerfile(text)])((diagnostic) => said.push(diagnostic));
    return said;
  }

  it("an image of the build, or the tool", () => {
    expect(check({ "acme/run": "docker-image://o", tool: "docker-image://o" })).toEqual([]);
  });

  it("nothing is worth a warning that names the images", () => {
    const [said] = check({ "acme/ran": "docker-image://o" });
    expect(said).toMatchObject({ code: "frontend/context-without-use", severity: "warning" });
    expect(said?.location).toEqual({ file: "--build-context acme/ran" });
    expect(said?.hint).toBe(
      `The images of this build are registry.example/acme/builder:24@${digest}, acme/run.`,
    );
  });

  it("a stage is refused", () => {
    const faults = faultsOf(() => check({ detect: "docker-image://o" }));
    expect(faults).toMatchObject([
      { code: "frontend/context-is-stage", location: { file: "--build-context detect" } },
    ]);
  });
});

describe("a directory of a buildpack", () => {
  const withBuildpack = readDockerfile(
    `${text}FROM cnb-dockerfile.invalid/local-buildpack:local-buildpack-1 AS local-buildpack-1\n`,
  );

  it("that is handed over takes its stage's place, and is of no fault where no buildpack needs it", async () => {
    const { fake, contexts } = contextsOf({ "local-buildpack-1": "local:x", "local-buildpack-2": "local:y" });
    const reported: Diagnostic[] = [];
    contexts.check([withBuildpack])((diagnostic) => reported.push(diagnostic));
    contexts.requireDirectories(withBuildpack);
    expect(reported).toEqual([]);
    expect(await contexts.directory("local-buildpack-2")).toMatchObject({ index: 0n });
    expect(fake.solved[0]).toMatchObject({ frontendOpt: { "context:local-buildpack-2": "local:y" } });
    expect(await contexts.directory("local-buildpack-3")).toBeUndefined();
  });

  it("that is not handed over is missed before BuildKit looks for an image", () => {
    const { contexts } = contextsOf({});
    expect(faultsOf(() => contexts.requireDirectories(withBuildpack))).toMatchObject([
      { code: "modules/not-handed", message: expect.stringContaining("local-buildpack-1") },
    ]);
  });
});

describe("a directory of a volume", () => {
  const withVolume = readDockerfile(`${text}FROM cnb-dockerfile.invalid/volume:volume-1 AS volume-1\n`);

  it("that is handed over takes its stage's place", () => {
    const { contexts } = contextsOf({ "volume-1": "local:volume-1" });
    const reported: Diagnostic[] = [];
    contexts.check([withVolume])((diagnostic) => reported.push(diagnostic));
    contexts.requireDirectories(withVolume);
    expect(reported).toEqual([]);
  });

  it("that is not handed over is missed before BuildKit looks for an image", () => {
    const { contexts } = contextsOf({ "volume-2": "local:volume-2" });
    expect(faultsOf(() => contexts.requireDirectories(withVolume))).toMatchObject([
      { code: "frontend/volume-not-handed", hint: "Add `--build-context volume-1=DIRECTORY`." },
    ]);
  });
});
