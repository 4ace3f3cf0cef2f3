import { describe, expect, it } from "vitest";
import type {
  LifecycleMetadata,
  PreviousImageMetadata,
  PreviousLayer,
} from "../../src/builder/previous-image.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { type ImageReference, parseReference } from "../../src/image/reference.ts";
import { planPreviousImage } from "../../src/plan/previous-image.ts";

const platform = { os: "linux", architecture: "arm64" };
const reference = (name: string): ImageReference => {
  const parsed = parseReference(name);
  if (parsed === undefined) throw new Error(name);
  return parsed;
};
const layer = (parts: Partial<PreviousLayer> = {}): PreviousLayer => ({
  ...{ name: "tool", sha: "own-1", data: { version: "1" }, launch: true, build: false, cache: false },
  ...parts,
});
const buildpack = (layers: readonly PreviousLayer[], store?: Record<string, unknown>, id = "lab/keep") => ({
  ...{ id, layers },
  ...(store === undefined ? {} : { store }),
});

interface Said {
  readonly metadata?: Partial<PreviousImageMetadata>;
  readonly lifecycle?: Partial<LifecycleMetadata>;
  /** It has no label. */
  readonly isPlain?: boolean;
  /** Layers of today's run image. */
  readonly base?: readonly string[];
  readonly runImage?: string;
  readonly execEnv?: string;
}

const usual: LifecycleMetadata = {
  topLayer: "base-2",
  runImages: ["acme/run:24"],
  buildpacks: [buildpack([layer()])],
};

/** What is offered of an image with the layer `tool` that was put on acme/run, but for what is given. */
function plan({ metadata, lifecycle, isPlain = false, ...build }: Said = {}) {
  const { base = ["base-1", "base-2"], runImage = "acme/run:24", execEnv = "production" } = build;
  const warnings: Diagnostic[] = [];
  const said: PreviousImageMetadata = {
    platform,
    diffIds: ["base-1", "base-2", "own-1", "sbom"],
    ...(isPlain ? {} : { lifecycle: { ...usual, ...lifecycle } }),
    ...metadata,
  };
  const image = { reference: reference("acme/app:1"), available: [said.platform], images: [] };
  const offered = planPreviousImage(
    { previous: { image, metadata: [said] }, runImage: reference(runImage), execEnv },
    { platform, target: platform, diffIds: base, user: "" },
    (warning) => warnings.push(warning),
  );
  return { offered, warnings };
}

/** Why the image is not used; it has to be for one reason. */
function reasonOf(said: Said): string {
  const { offered, warnings } = plan(said);
  expect(offered).toBeUndefined();
  expect(warnings).toMatchObject([
    { code: "plan/previous-image-unused", location: { file: "--build-arg CNB_PREVIOUS_IMAGE" } },
  ]);
  return warnings[0]?.message ?? "";
}

describe("of an earlier image the buildpacks are offered", () => {
  it("layers for launch alone, with their metadata", () => {
    expect(plan()).toEqual({
      offered: {
        buildpacks: [{ id: "lab/keep", layers: [{ name: "tool", metadata: { version: "1" } }] }],
        hasSbom: false,
      },
      warnings: [],
    });
  });

  it.each([
    ["for the build", { build: true }, "build"],
    ["cached", { cache: true }, "cache"],
    ["both", { build: true, cache: true }, "cache"],
  ])("layers that are %s, too, without their metadata: the contents alone can be kept", (_, parts, also) => {
    expect(plan({ lifecycle: { buildpacks: [buildpack([layer(parts)])] } })).toEqual({
      offered: { buildpacks: [{ id: "lab/keep", layers: [{ name: "tool", also }] }], hasSbom: false },
      warnings: [],
    });
  });

  it("no layers that are not for launch", () => {
    const parts = { launch: false, build: true, cache: true };
    expect(plan({ lifecycle: { buildpacks: [buildpack([layer(parts)])] } })).toEqual({
      offered: undefined,
      warnings: [],
    });
  });

  it("stores, of buildpacks without layers, too", () => {
    const buildpacks = [buildpack([], { n: 1, none: null, list: [1, null] })];
    expect(plan({ lifecycle: { buildpacks } }).offered?.buildpacks).toEqual([
      { id: "lab/keep", layers: [], store: { n: 1, list: [1] } },
    ]);
  });

  it("bills of materials that its label does not lie about", () => {
    expect(plan({ lifecycle: { sbom: "sbom" } }).offered?.hasSbom).toBe(true);
    expect(plan({ lifecycle: { sbom: "elsewhere" } }).offered?.hasSbom).toBe(false);
  });

  it("the same text for the same layers, in whichever order they are written", () => {
    const layers = [layer({ name: "b", data: { y: 1, x: { n: 2, m: 1 } } }), layer({ name: "a" })];
    const one = plan({
      lifecycle: { buildpacks: [buildpack(layers, { b: 1, a: 2 }), buildpack([layer()], undefined, "a/a")] },
    });
    const reversed = [layer({ name: "a" }), layer({ name: "b", data: { x: { m: 1, n: 2 }, y: 1 } })];
    const other = plan({
      lifecycle: {
        buildpacks: [buildpack([layer()], undefined, "a/a"), buildpack(reversed, { a: 2, b: 1 })],
      },
    });
    expect(one.offered?.buildpacks.map(({ id }) => id)).toEqual(["a/a", "lab/keep"]);
    expect(JSON.stringify(one.offered)).toBe(JSON.stringify(other.offered));
  });

  it("the same where app and other layers differ", () => {
    const metadata = { diffIds: ["base-1", "base-2", "own-1", "another app"] };
    expect(plan({ metadata }).offered).toEqual(plan().offered);
  });
});

describe("an image is not used, and a warning says why, that", () => {
  it("has another platform", () => {
    const message = reasonOf({ metadata: { platform: { os: "linux", architecture: "amd64" } } });
    expect(message).toBe("acme/app:1 is not used as previous image for linux/arm64: it is for linux/amd64.");
  });

  it("buildpacks did not make", () => {
    expect(reasonOf({ isPlain: true })).toContain("io.buildpacks.lifecycle.metadata");
  });

  it.each([
    [{ metadata: { execEnv: "test" } }, '"test", and this build is for "production"'],
    [{ execEnv: "test" }, '"production", and this build is for "test"'],
  ])("was built for another execution environment", (said, text) => {
    expect(reasonOf(said)).toContain(text);
  });

  it("was built for the same one is used", () => {
    expect(plan({ metadata: { execEnv: "test" }, execEnv: "test" }).offered).toBeDefined();
  });

  it.each([
    ["another name", { runImage: "acme/other:24" }, "acme/run:24, and this build uses acme/other:24"],
    ["the same name at another registry", { runImage: "ghcr.io/acme/run:24" }, "ghcr.io/acme/run:24"],
    ["no name", { lifecycle: { runImages: [] } }, "that it does not name"],
    ["other layers", { base: ["base-1", "base-3"] }, "another version of the run image acme/run:24"],
    ["a layer more", { base: ["base-1", "base-2", "own-1"] }, "another version"],
    ["another first layer", { base: ["base-0", "base-2"] }, "another version"],
    ["another last layer by its label", { lifecycle: { topLayer: "base-1" } }, "another version"],
    ["layers that nobody knows", { base: [] }, "another version"],
  ])("lies on a run image of %s", (_, said: Said, text) => {
    expect(reasonOf(said)).toContain(text);
  });

  it("lies on a mirror of the same image is used", () => {
    const runImages = ["mirror.example/run@sha256:1", "acme/run:24", "mirror.example/run:24"];
    expect(plan({ lifecycle: { runImages }, runImage: "mirror.example/run:24" }).offered).toBeDefined();
    expect(plan({ lifecycle: { runImages }, runImage: "docker.io/acme/run:24" }).offered).toBeDefined();
  });

  it("lacks layers that its label names", () => {
    const buildpacks = [buildpack([layer({ sha: "squashed" }), layer({ name: "b", sha: "" })])];
    expect(reasonOf({ lifecycle: { buildpacks } })).toContain("lab/keep:tool, lab/keep:b");
  });
});
