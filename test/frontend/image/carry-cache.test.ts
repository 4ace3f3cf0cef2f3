import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { CacheOptSchema, type Definition, MountType } from "../../../frontend/generated/ops_pb.js";
import { definitionFor, file, stateOf } from "../../../frontend/graph/llb.ts";
import { cacheTransferOf, transferCache } from "../../../frontend/image/carry-cache.ts";
import { NamedContexts } from "../../../frontend/sources/named-contexts.ts";
import { formatCarriedCache } from "../../../src/contract/cache/carried-cache.ts";
import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import { faultsOfAsync } from "../../helpers/errors.ts";
import { exportStage, layersMount } from "../../helpers/export-stage.ts";
import { type FakeScript, operationsOf } from "../../helpers/fake-buildkit.ts";
import { connected, frontendOptions } from "../../helpers/frontend.ts";

const amd64 = { os: "linux", architecture: "amd64" };
const arm64 = { os: "linux", architecture: "arm64" };
const tar = `sha256:${"c".repeat(64)}`;

const titleOf = (definition: Definition | undefined) => {
  const state = definition && stateOf(definition);
  return state?.operations.get(state.digest)?.metadata.description["llb.customname"] ?? "";
};

/** The stage `export` with a mount as BuildKit's frontend makes it: upon an input that gives it an owner. */
const exported = (id: string) =>
  exportStage({
    mounts: [
      layersMount,
      {
        ...{ input: 1n, dest: "/cache", output: -1n, mountType: MountType.CACHE },
        cacheOpt: create(CacheOptSchema, { id, sharing: 2 }),
      },
    ],
  });

const packed = (metadata: string) =>
  formatCarriedCache({ version: 1, mount: "m", metadata, sizesBytes: metadata === "" ? {} : { [tar]: 4 } });

interface Transfer {
  readonly values?: Readonly<Record<string, string>>;
  /** Of the mounts. */
  readonly namespace?: string;
  /** What is in the mounts, by platform. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly canMerge?: boolean;
  readonly load?: (platform: string) => void;
}

async function transferred(
  transfer: "cache-export" | "cache-import",
  { values = {}, namespace = "", metadata = {}, canMerge = true, load = () => undefined }: Transfer = {},
) {
  const warned: Diagnostic[] = [];
  const solve: NonNullable<FakeScript["solve"]> = ({ definition, frontendOpt }) => {
    const { platform } = frontendOpt;
    if (platform !== undefined) load(platform);
    const def = definition ?? definitionFor(file("/cache.json", platform ?? "", `carried ${platform}`));
    const metadata = { "containerimage.base.config": Buffer.from("{}") };
    return { result: { case: "ref", value: { id: titleOf(definition), def } }, metadata };
  };
  const refs = Object.fromEntries(
    ["linux/amd64", "linux/arm64"].map((platform) => [
      `[${platform}] export the buildpack cache`,
      { "/cache.json": packed(metadata[platform] ?? "{}") },
    ]),
  );
  const { fake, gateway } = connected({ solve, refs });
  const options = frontendOptions(values);
  const stages = [amd64, arm64].map((platform) => ({
    platform,
    exported: exported(`${namespace}/cnb-dockerfile/shop/linux/${platform.architecture}`),
  }));
  const result = await transferCache(gateway, {
    ...{ transfer, options, stages, buildPlatform: amd64, canMerge },
    contexts: new NamedContexts(gateway, options),
    tool: file("/tool", "tool", "tool"),
    report: (warning) => warned.push(warning),
  });
  const programs = fake.solved
    .flatMap(({ definition }) => (definition === undefined ? [] : operationsOf(definition)))
    .flatMap(({ op, inputs }) => (op.case === "exec" ? [{ exec: op.value, inputs }] : []));
  return { result, fake, programs, warned: warned.map(({ code }) => code) };
}

const given = { "context:cnb-dockerfile.invalid/cache:image": "oci-layout://x" };
const wordsOf = (programs: Awaited<ReturnType<typeof transferred>>["programs"]) => [
  ...new Set(programs.map(({ exec }) => exec.meta?.args.slice(2).join(" "))),
];

describe("both ways", () => {
  it("are targets of their own", () => {
    expect(cacheTransferOf(frontendOptions({ target: "cache-export" }))).toBe("cache-export");
    expect(cacheTransferOf(frontendOptions({ target: "cache" }))).toBeUndefined();
  });

  it("see the very mount that the stage `export` has, upon the same input, and nothing of the source", async () => {
    const { programs } = await transferred("cache-export");
    const { exec, inputs } = programs[0] ?? {};
    const mount = exec?.mounts.find(({ mountType }) => mountType === MountType.CACHE);
    expect(mount).toMatchObject({
      dest: "/cache",
      cacheOpt: { id: "/cnb-dockerfile/shop/linux/amd64", sharing: 2 },
    });
    expect(inputs?.[Number(mount?.input)]?.digest).toBe(
      [...(stateOf(exportStage())?.operations.keys() ?? [])][1],
    );
    expect(exec?.mounts.map(({ dest }) => dest)).toEqual(["/", "/cache", "/carried"]);
  });

  it("are new steps each time, or BuildKit would answer with what an earlier one saw", async () => {
    const nonceOf = async () =>
      (await transferred("cache-export")).programs[0]?.exec.meta?.env.find((text) =>
        text.startsWith("CNB_DOCKERFILE_NONCE="),
      );
    const [first, second] = [await nonceOf(), await nonceOf()];
    expect(first).toMatch(/=[0-9a-f-]{36}$/);
    expect(second).not.toBe(first);
  });

  it("know a mount by its id alone, whatever namespace this BuildKit's mounts have", async () => {
    const values = { "build-arg:BUILDKIT_CACHE_MOUNT_NS": "runner-1" };
    const { programs } = await transferred("cache-export", { values, namespace: "runner-1" });
    expect(wordsOf(programs)[0]).toContain("--mount=cnb-dockerfile/shop/linux/amd64");
  });
});

describe("an export", () => {
  it("is an image for each platform, with a layer for each tar, and the same one for the same cache", async () => {
    const { result, fake } = await transferred("cache-export");
    const again = await transferred("cache-export");
    expect(result.result).toMatchObject({ case: "refs" });
    expect(Object.keys(result.metadata ?? {})).toEqual([
      "containerimage.config/linux/amd64",
      "containerimage.config/linux/arm64",
      "refs.platforms",
    ]);
    expect(result.metadata).toEqual(again.result.metadata);
    const config = JSON.parse(
      Buffer.from(result.metadata?.["containerimage.config/linux/arm64"] ?? []).toString(),
    );
    expect(config).toMatchObject({ os: "linux", architecture: "arm64", created: "1980-01-01T00:00:01Z" });
    expect(config.history.map((entry: { created_by: string }) => entry.created_by)).toEqual([
      `buildpacks' cache: /tars/${tar}.tar`,
      "buildpacks' cache: /cache.json",
    ]);
    const titles = fake.solved.flatMap(({ definition }) => titleOf(definition));
    expect(titles.slice(-2).sort()).toEqual(["[linux/amd64] image", "[linux/arm64] image"]);
  });

  it("does without merging where BuildKit cannot", async () => {
    const { fake } = await transferred("cache-export", { canMerge: false });
    const cases = fake.solved.flatMap(({ definition }) =>
      definition === undefined ? [] : operationsOf(definition).map(({ op }) => op.case),
    );
    expect(cases).not.toContain("merge");
  });

  it("leaves out a platform that has none, and says so", async () => {
    const { result, warned } = await transferred("cache-export", { metadata: { "linux/arm64": "" } });
    expect(Object.keys(result.metadata ?? {})).toEqual([
      "containerimage.config/linux/amd64",
      "refs.platforms",
    ]);
    expect(warned).toEqual(["frontend/cache-partly-empty"]);
  });

  it("of nothing is refused", async () => {
    const metadata = { "linux/amd64": "", "linux/arm64": "" };
    const { faults } = await faultsOfAsync(transferred("cache-export", { metadata }));
    expect(faults.map(({ code }) => code)).toEqual(["frontend/cache-empty"]);
    expect(faults[0]?.message).toContain("cnb-dockerfile/shop/linux/amd64, cnb-dockerfile/shop/linux/arm64");
  });
});

describe("an import", () => {
  it("gives each platform's mount what was handed over for it", async () => {
    const { programs, warned, result } = await transferred("cache-import", { values: given });
    expect(wordsOf(programs)).toEqual([
      "cache-unpack --from=/carried --cache=/cache --mount=cnb-dockerfile/shop/linux/amd64",
      "cache-unpack --from=/carried --cache=/cache --mount=cnb-dockerfile/shop/linux/arm64",
    ]);
    expect(warned).toEqual([]);
    expect(result.result).toBeUndefined();
  });

  const refuse = (refused: readonly string[]) => (platform: string) => {
    if (refused.includes(platform)) throw new ConnectError("no match for platform", Code.NotFound);
  };

  it("does what it can where a platform is missing", async () => {
    const { programs, warned } = await transferred("cache-import", {
      values: given,
      load: refuse(["linux/arm64"]),
    });
    expect(wordsOf(programs)).toHaveLength(1);
    expect(warned).toEqual(["frontend/cache-partly-unreadable"]);
  });

  it("is refused where there is nothing for any", async () => {
    const load = refuse(["linux/amd64", "linux/arm64"]);
    const unreadable = await faultsOfAsync(transferred("cache-import", { values: given, load }));
    expect(unreadable.faults.map(({ code, message }) => [code, message])).toEqual([
      ["frontend/cache-unreadable", "The cache for linux/amd64 cannot be read: no match for platform."],
    ]);
    const halted = (): void => {
      throw new ConnectError("failed to copy: unsupported offset", Code.Unknown);
    };
    const interrupted = await faultsOfAsync(transferred("cache-import", { values: given, load: halted }));
    expect(interrupted.faults[0]?.hint).toContain("an interrupted transfer");
    const { faults } = await faultsOfAsync(transferred("cache-import"));
    expect(faults[0]?.message).toContain("no cache was passed to the build");
  });
});
