import { describe, expect, it } from "vitest";
import { type ConfigRequest, finishedConfig } from "../../../frontend/image/image-config.ts";
import type { ImageDescription, ImageLayer } from "../../../src/contract/image-description.ts";
import { oddNames } from "../../helpers/odd-names.ts";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const created = "1980-01-01T00:00:01Z";

function layer(kind: ImageLayer["kind"], path: string, history: string): ImageLayer {
  const source = { stage: "build" as const, path };
  return { kind, paths: [path], source, destination: path, user: { uid: 1, gid: 2 }, history, slot: kind };
}

const image: ImageDescription = {
  version: 1,
  layers: [
    layer("app", "/workspace", "Application Layer"),
    layer("launcher", "/cnb/lifecycle", "Buildpacks Launcher Config"),
    layer("config", "/layers/config", "Buildpacks Process Types"),
  ],
  config: {
    env: [
      { name: "CNB_LAYERS_DIR", value: "/layers" },
      { name: "CNB_APP_DIR", value: "/workspace" },
    ],
    pathPrefix: "/cnb/process:/cnb/lifecycle:",
    entrypoint: ["/cnb/process/web"],
    cmd: [],
    workingDirectory: "/workspace",
  },
  processes: [],
  labels: { "io.buildpacks.build.metadata": "{}", team: "ours" },
  lifecycleMetadata: { buildpacks: [] },
};

interface Parts {
  readonly base?: object;
  readonly config?: object;
  readonly history?: unknown;
  readonly labels?: Readonly<Record<string, string>>;
}

function configOf({ base = {}, config = {}, labels = {}, ...rest }: Parts = {}) {
  const whole = {
    architecture: "arm64",
    os: "linux",
    variant: "v8",
    created: "2025-05-05T05:05:05Z",
    "os.features": ["x"],
    config: {
      Env: ["PATH=/usr/bin:/bin", "CNB_APP_DIR=/old", "LANG=C"],
      Entrypoint: ["/old"],
      Cmd: ["old"],
      User: "1001:1000",
      WorkingDir: "/old",
      ExposedPorts: { "80/tcp": {} },
      Labels: { base: "kept", team: "theirs" },
      ...config,
    },
    rootfs: { type: "layers", diff_ids: [digest("1"), digest("2")] },
    ...rest,
    ...base,
  };
  const request: ConfigRequest = {
    base: Buffer.from(JSON.stringify(whole)),
    image,
    diffIds: [digest("a"), digest("b"), digest("c")],
    createdSeconds: 315_532_801,
    runImage: {
      reference: `acme/run@${digest("9")}`,
      name: "acme/run:24",
      setsPath: true,
      listed: { image: "acme/run:24", mirrors: ["mirror.example/run:24"] },
    },
    labels,
  };
  return JSON.parse(Buffer.from(finishedConfig(request)).toString());
}

it("labels come through whatever they are called: the run image's, the buildpacks' and the build's", () => {
  const named = (value: string) => Object.fromEntries(oddNames.map((name) => [`${name}`, value]));
  const { config } = configOf({ config: { Labels: named("base") }, labels: {} });
  expect(Object.entries(config.Labels)).toEqual(expect.arrayContaining(Object.entries(named("base"))));
  const asked = configOf({ config: { Labels: named("base") }, labels: named("asked") });
  expect(Object.entries(asked.config.Labels)).toEqual(expect.arrayContaining(Object.entries(named("asked"))));
});

describe("the config", () => {
  it("keeps what is the run image's own, and leaves `rootfs` to BuildKit", () => {
    const { architecture, variant, "os.features": features, config, ...rest } = configOf();
    expect({ architecture, variant, features }).toEqual({
      architecture: "arm64",
      variant: "v8",
      features: ["x"],
    });
    expect(config).toMatchObject({ User: "1001:1000", ExposedPorts: { "80/tcp": {} } });
    expect(rest).not.toHaveProperty("rootfs");
  });

  it("starts the process that the image was made for, whatever the run image starts", () => {
    const { config } = configOf();
    expect(config).toMatchObject({ Entrypoint: ["/cnb/process/web"], WorkingDir: "/workspace" });
    expect(config).not.toHaveProperty("Cmd");
  });

  it("is dated 1980, as everything in the image is", () => {
    expect(configOf().created).toBe(created);
  });
});

describe("variables", () => {
  it("keep the run image's places, new ones come behind", () => {
    expect(configOf().config.Env).toEqual([
      "PATH=/cnb/process:/cnb/lifecycle:/usr/bin:/bin",
      "CNB_APP_DIR=/workspace",
      "LANG=C",
      "CNB_LAYERS_DIR=/layers",
    ]);
  });

  it("may have `=` in their value, and PATH may be missing", () => {
    expect(configOf({ config: { Env: ["OPTS=-a=b"] } }).config.Env).toEqual([
      "OPTS=-a=b",
      "CNB_LAYERS_DIR=/layers",
      "CNB_APP_DIR=/workspace",
      "PATH=/cnb/process:/cnb/lifecycle:",
    ]);
  });
});

describe("labels", () => {
  it("are the run image's, then the app's, then those that the build was asked for", () => {
    const { Labels } = configOf({ labels: { asked: "yes", "io.buildpacks.build.metadata": "mine" } }).config;
    expect(Labels).toMatchObject({
      base: "kept",
      team: "ours",
      asked: "yes",
      "io.buildpacks.build.metadata": "mine",
    });
  });

  it("say which layer of the run image is its last, and where else it lies", () => {
    const { Labels } = configOf().config;
    expect(JSON.parse(Labels["io.buildpacks.lifecycle.metadata"])).toMatchObject({
      app: [{ sha: digest("a") }],
      launcher: { sha: digest("b") },
      config: { sha: digest("c") },
      runImage: {
        topLayer: digest("2"),
        reference: `acme/run@${digest("9")}`,
        image: "acme/run:24",
        mirrors: ["mirror.example/run:24"],
      },
    });
  });
});

describe("the history", () => {
  const own = image.layers.map(({ history }) => ({ created, created_by: history }));

  it("has one dated entry for each layer; BuildKit would date what lacks by its clock", () => {
    const history = [
      { created: "2020-01-01T00:00:00Z", created_by: "ADD root" },
      { created_by: "ENV A=1", empty_layer: true },
      { created_by: "COPY x", comment: "kept" },
    ];
    expect(configOf({ history }).history).toEqual([
      { created, created_by: "ADD root" },
      { created, created_by: "COPY x", comment: "kept" },
      ...own,
    ]);
  });

  it.each([
    ["none", undefined],
    ["null", null],
    ["one that does not go with the layers", [{ created_by: "all" }]],
  ])("of a run image with %s says nothing of its layers", (_, history) => {
    expect(configOf({ history }).history).toEqual([{ created }, { created }, ...own]);
  });
});

it.each([
  ["config", { base: { config: null } }],
  ["Env and Labels", { config: { Env: null, Labels: null } }],
])("a run image whose %s are null, as docker writes nothing, is one with none", (_, parts) => {
  const { config } = configOf(parts);
  expect(config.Env).toEqual([
    "CNB_LAYERS_DIR=/layers",
    "CNB_APP_DIR=/workspace",
    "PATH=/cnb/process:/cnb/lifecycle:",
  ]);
  expect(Object.keys(config.Labels)).toEqual([
    "io.buildpacks.build.metadata",
    "team",
    "io.buildpacks.lifecycle.metadata",
  ]);
});
