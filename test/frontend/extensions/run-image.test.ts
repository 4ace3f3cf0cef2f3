import { describe, expect, it } from "vitest";
import { chooseRunImage } from "../../../frontend/extensions/run-image.ts";
import { GatewayImages } from "../../../frontend/sources/image-source.ts";
import { NamedContexts } from "../../../frontend/sources/named-contexts.ts";
import type { AppPlan } from "../../../src/plan/lifecycle-plan.ts";
import { faultsOfAsync } from "../../helpers/errors.ts";
import { connected, frontendOptions } from "../../helpers/frontend.ts";

const platform = { os: "linux", architecture: "arm64" };
const planned = "registry.example/acme/run:24";
const listed = { image: planned, mirrors: [] };
const app: AppPlan = {
  user: { uid: 1001, gid: 1000 },
  runImage: { reference: `${planned}@sha256:${"1".repeat(64)}`, name: planned, setsPath: true, listed },
  platformApi: "0.15",
  extensions: {
    order: [],
    areExperimental: false,
    runImages: [listed, { image: "docker.io/acme/run-22:latest", mirrors: ["mirror.example/run-22"] }],
  },
};

function choose(texts: readonly string[], runImage = planned) {
  const config = JSON.stringify({
    ...platform,
    config: {
      Labels: { "io.buildpacks.base.distro.name": "acme", "io.buildpacks.base.distro.version": "9" },
    },
    rootfs: { diff_ids: [] },
  });
  const names = [app.runImage.reference, "docker.io/acme/run-22:latest", "docker.io/acme/other:latest"];
  const images = Object.fromEntries(names.map((name) => [`${name} linux/arm64`, config]));
  const { gateway } = connected({ images });
  const dockerfiles = texts.map((text, index) => ({
    ...{ id: `acme/${index}`, version: "1", kind: "run" as const, text, arguments: [] },
  }));
  return chooseRunImage(
    new GatewayImages(gateway, new NamedContexts(gateway, frontendOptions()), "default"),
    { app, generated: { version: 1, runImage, dockerfiles }, platform },
  );
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a Dockerfile
const begin = "ARG base_image\nFROM ${base_image}\n";

it("stays the planned one, which all Dockerfiles change that do something", async () => {
  const { plan, applied, target } = await choose([`${begin}RUN a\n`, begin, `${begin}USER 1\n`]);
  expect([plan, target]).toEqual([app.runImage, undefined]);
  expect(applied.map(({ id }) => id)).toEqual(["acme/0", "acme/2"]);
});

it("is the last one that an extension names, as docker reads its name; what came before does nothing", async () => {
  const texts = [`${begin}RUN a\n`, "FROM acme/earlier\nRUN b\n", "FROM acme/run-22\n", `${begin}RUN c\n`];
  const { plan, applied, target } = await choose(texts, "acme/run-22");
  expect(plan).toMatchObject({ name: "acme/run-22", listed: { mirrors: ["mirror.example/run-22"] } });
  expect(plan.reference).toMatch(/^acme\/run-22(:latest)?@sha256:/);
  expect(applied.map(({ id }) => id)).toEqual(["acme/3"]);
  expect(target).toMatchObject({ architecture: "arm64", distro: { name: "acme", version: "9" } });
});

it("is changed by the Dockerfile that chooses it, too", async () => {
  const { plan, applied } = await choose(["FROM acme/other\nRUN a\n"], "acme/other");
  expect(plan.listed).toEqual({ image: "acme/other", mirrors: [] });
  expect(applied.map(({ id }) => id)).toEqual(["acme/0"]);
});

describe("is refused, with the extension and the platform,", () => {
  it.each([
    ["acme/none", "frontend/extension-run-image-missing"],
    ["$base_image", "frontend/extension-run-image-name"],
  ])("where it is %s", async (name, code) => {
    const { faults } = await faultsOfAsync(choose([`FROM ${name}\n`], name));
    const [fault] = faults;
    expect(fault?.code).toBe(code);
    expect(fault?.message).toContain("acme/0");
  });
});
