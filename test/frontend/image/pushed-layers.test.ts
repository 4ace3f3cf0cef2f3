import { fromBinary } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { OpSchema } from "../../../frontend/generated/ops_pb.js";
import { pushedLayers } from "../../../frontend/image/pushed-layers.ts";
import { GatewayImages } from "../../../frontend/sources/image-source.ts";
import { NamedContexts } from "../../../frontend/sources/named-contexts.ts";
import type { FakeScript } from "../../helpers/fake-buildkit.ts";
import { connected, frontendOptions } from "../../helpers/frontend.ts";

const name = "registry.example/acme/shop:1";
const amd64 = { os: "linux", architecture: "amd64" };
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const diffIds = [digest("1"), digest("2"), digest("3")];
const config = { os: "linux", architecture: "amd64", rootfs: { type: "layers", diff_ids: diffIds } };
const images = { [`${name} linux/amd64`]: JSON.stringify(config) };
const whole: FakeScript["solve"] = () => ({ result: { case: "ref", value: { id: "image" } } });

async function found(script: FakeScript) {
  const { gateway } = connected(script);
  const options = frontendOptions();
  const source = new GatewayImages(gateway, new NamedContexts(gateway, options), "default");
  return pushedLayers(gateway, source, name, amd64);
}

describe("an image in the registry", () => {
  it("has a layer by its digest, as what its lower ends differ by", async () => {
    const state = (await found({ images, solve: whole }))?.stateOf(digest("3"), (text) => text);
    const operations = [...(state?.operations.values() ?? [])].map(
      ({ bytes }) => fromBinary(OpSchema, bytes).op,
    );
    expect(
      operations.map((op) => (op.case === "source" ? [op.value.identifier, op.value.attrs] : op.case)),
    ).toEqual([
      [`docker-image://${name}@${digest("a")}`, { "image.layerlimit": "2" }],
      [`docker-image://${name}@${digest("a")}`, { "image.layerlimit": "3" }],
      "diff",
    ]);
  });

  it.each([
    ["its lowest layer, which is no app's", digest("1")],
    ["a layer of another digest", digest("4")],
  ])("has not %s", async (_, diffId) => {
    expect((await found({ images, solve: whole }))?.stateOf(diffId, (text) => text)).toBeUndefined();
  });

  it.each<[string, FakeScript]>([
    ["is not there", { solve: whole }],
    [
      "does not fit together",
      {
        images,
        solve: () => {
          throw new ConnectError("mismatched image rootfs and manifest layers");
        },
      },
    ],
    [
      "is of another platform",
      { images: { [`${name} linux/amd64`]: '{"os":"linux","architecture":"s390x"}' }, solve: whole },
    ],
    ["is no image", { images: { [`${name} linux/amd64`]: "[]" }, solve: whole }],
  ])("that %s has none", async (_, script) => {
    expect(await found(script)).toBeUndefined();
  });
});
