import { describe, expect, it } from "vitest";
import { cacheImagePlace, requireOwnName } from "../../../src/build/caches/cache-image.ts";
import { parseOutput } from "../../../src/engines/outputs/build-output.ts";
import { faultsOf } from "../../helpers/errors.ts";

const requestOf = (value: string, tags: readonly string[] = []) => ({
  buildArguments: [{ name: "CNB_CACHE_IMAGE", value }],
  frontend: { reference: "registry.example/helper:1" },
  tags,
});

describe("the cache image that a build writes", () => {
  it("is none for a Dockerfile that is not ours, whose stages may have any name", () => {
    const { frontend: _, ...request } = requestOf("registry.example/cache");
    expect(cacheImagePlace(requestOf("registry.example/cache"))).toBeDefined();
    expect(cacheImagePlace(request)).toBeUndefined();
  });

  it.each([
    ["a tag", "shop", ["docker.io/library/shop:latest"], ""],
    ["a tag on the same host", "Registry.example/shop", ["registry.example/shop:latest"], ""],
    ["a name of --output", "shop", [], "type=image,push=true,name=shop"],
    ["one of several names", "acme/shop:1", [], 'type=registry,"name=acme/other,docker.io/acme/shop:1"'],
  ])("is not the image itself, by %s", (_, text, tags, output) => {
    const outputs = [parseOutput(output) ?? []].flat();
    const faults = faultsOf(() => requireOwnName(requestOf(text, tags), outputs));
    expect(faults.map(({ code }) => code)).toEqual(["cli/cache-image-is-tag"]);
  });

  it.each([
    ["another tag", "registry.example/shop:cache", ["registry.example/shop:latest"], ""],
    ["a tag in other letters", "registry.example/shop:A", ["registry.example/shop:a"], ""],
    ["a name in a file", "shop", [], "type=docker,dest=shop.tar,name=shop"],
  ])("may have %s", (_, text, tags, output) => {
    const outputs = [parseOutput(output) ?? []].flat();
    expect(() => requireOwnName(requestOf(text, tags), outputs)).not.toThrow();
  });
});
