import { expect, it } from "vitest";
import { replacedImage } from "../../../frontend/image/replaced-image.ts";
import type { LifecyclePlan, OfferedLayer, PreviousPlan } from "../../../src/plan/lifecycle-plan.ts";
import { compileCase, goldenDirectory } from "../../helpers/cases.ts";

const image = `registry.example/acme/shop:1@sha256:${"e".repeat(64)}`;

/** A plan upon an image that offers this on both platforms. */
async function planUpon(buildpack: Omit<PreviousPlan["buildpacks"][number], "id">): Promise<LifecyclePlan> {
  const { result } = await compileCase(`${goldenDirectory}/minimal`);
  if (result === undefined) throw new Error("golden/minimal is refused");
  const previous = { buildpacks: [{ id: "acme/node", ...buildpack }], hasSbom: false };
  const platforms = result.plan.platforms.map((platform) => ({ ...platform, previous }));
  return { ...result.plan, platforms, previousImage: image };
}

const layer = (also?: OfferedLayer["also"]): OfferedLayer => ({
  name: "modules",
  ...(also === undefined ? {} : { also }),
});

it("offers layers that are not in the cache, and stores", async () => {
  const layers = replacedImage(await planUpon({ layers: [layer(), layer("cache")] }), []);
  expect([...(layers?.offering.values() ?? [])]).toEqual([{ hasLayers: true }, { hasLayers: true }]);
  const stores = replacedImage(await planUpon({ layers: [], store: { a: "b" } }), []);
  expect([...(stores?.offering.values() ?? [])]).toEqual([{ hasLayers: false }, { hasLayers: false }]);
});

it("is not looked into for cached layers alone, which come back from the cache", async () => {
  expect(replacedImage(await planUpon({ layers: [layer("cache")] }), [])).toBeUndefined();
});
