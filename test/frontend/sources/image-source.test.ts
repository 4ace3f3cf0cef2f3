import { Code } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { definitionFor } from "../../../frontend/graph/llb.ts";
import { GatewayImages } from "../../../frontend/sources/image-source.ts";
import { NamedContexts } from "../../../frontend/sources/named-contexts.ts";
import { parsePlatform } from "../../../src/image/platform.ts";
import { parseReference } from "../../../src/image/reference.ts";
import { faultsOfAsync } from "../../helpers/errors.ts";
import { type FakeScript, operationsOf } from "../../helpers/fake-buildkit.ts";
import { connected, frontendOptions } from "../../helpers/frontend.ts";

const amd64 = { os: "linux", architecture: "amd64" };
const arm64 = { os: "linux", architecture: "arm64" };

function referenceOf(text: string) {
  const reference = parseReference(text);
  if (reference === undefined) throw new Error(`not a reference: ${text}`);
  return reference;
}
const app = referenceOf("registry.example/acme/run:24");

function imagesOf(script: FakeScript, mode = "default") {
  const { fake, gateway } = connected(script);
  return { fake, images: new GatewayImages(gateway, new NamedContexts(gateway, frontendOptions()), mode) };
}
const failing = (message: string, code = Code.Unknown): FakeScript => ({
  failure: (method) => (method === "ResolveImageConfig" ? { code, message } : undefined),
});

it("asks once for each platform, and keeps the config byte for byte", async () => {
  const configs = [amd64, arm64].map(
    ({ os, architecture }) => `{"os":"${os}", "architecture":"${architecture}"}`,
  );
  const { fake, images } = imagesOf(
    {
      images: {
        "registry.example/acme/run:24 linux/amd64": configs[0] ?? "",
        "registry.example/acme/run:24 linux/arm64": configs[1] ?? "",
      },
    },
    "pull",
  );
  const resolved = await images.resolve(app, [amd64, arm64]);
  expect(resolved).toMatchObject({
    digest: `sha256:${"a".repeat(64)}`,
    available: [amd64, arm64],
    images: [{ platform: amd64 }, { platform: arm64 }],
  });
  expect(Buffer.from((await images.load(app, arm64)).config).toString()).toBe(configs[1]);
  expect(fake.resolved.map(({ resolveMode }) => resolveMode)).toEqual(["pull", "pull"]);
});

it.each(["acme/run:24: not found", "failed to resolve: registry.example/acme/run:24: not found"])(
  "takes %j for no image",
  async (message) => {
    expect(await imagesOf(failing(message)).images.resolve(app, [amd64])).toBeUndefined();
  },
);

describe("an image that lacks a platform has none for it", () => {
  it("as BuildKit says of an index", async () => {
    const message = "no match for platform in manifest sha256:aaaa: not found";
    const resolved = await imagesOf(failing(message)).images.resolve(app, [amd64]);
    expect(resolved).toMatchObject({ available: [], images: [] });
  });

  it("as its config says, for one without an index answers for any platform", async () => {
    const { images } = imagesOf({ resolve: () => ({ config: '{"os":"linux","architecture":"s390x"}' }) });
    const available = [{ os: "linux", architecture: "s390x" }];
    expect(await images.resolve(app, [amd64])).toMatchObject({ available, images: [] });
  });

  it("but a variant that is the platform's own is no other one", async () => {
    const config = '{"os":"linux","architecture":"arm64","variant":"v8"}';
    const { images } = imagesOf({ resolve: () => ({ config }) });
    const wanted = parsePlatform("linux/arm64") ?? arm64;
    expect(await images.resolve(app, [wanted])).toMatchObject({ available: [wanted] });
  });
});

describe("faults", () => {
  it.each([Code.Unavailable, Code.DeadlineExceeded])("of the network can pass: code %i", async (code) => {
    const { temporary, faults } = await faultsOfAsync(
      imagesOf(failing("dial tcp: i/o timeout", code)).images.resolve(app, [amd64]),
    );
    expect(temporary).toBe(true);
    expect(faults[0]).toMatchObject({
      code: "frontend/image-unavailable",
      message: expect.stringContaining("dial tcp: i/o timeout"),
    });
  });

  it("of permission are the user's to mend", async () => {
    const { temporary, faults } = await faultsOfAsync(
      imagesOf(failing("401 Unauthorized")).images.resolve(app, [amd64]),
    );
    expect(temporary).toBe(false);
    expect(faults[0]).toMatchObject({ code: "frontend/image-refused", location: { file: `${app.name}:24` } });
  });

  it.each(["", "<html>", "[]", '{"os": 3}'])("of a config that is none: %j", async (config) => {
    const { faults } = await faultsOfAsync(
      imagesOf({ resolve: () => ({ config }) }).images.resolve(app, [amd64]),
    );
    expect(faults.map(({ code }) => code)).toEqual(["frontend/bad-config"]);
  });
});

const digest = `sha256:${"b".repeat(64)}`;
it("an image is pulled by its whole name and digest, of which the first part is else taken for a registry", async () => {
  const { images } = imagesOf({ resolve: () => ({ digest, config: JSON.stringify(amd64) }) });
  const { state } = await images.load(referenceOf("acme/run:24"), amd64);
  const [source] = operationsOf(definitionFor(state));
  expect(source?.op).toMatchObject({
    value: { identifier: `docker-image://docker.io/acme/run:24@${digest}` },
  });
});
