import { expect, it } from "vitest";
import { readCacheImports } from "../../../frontend/request/cache-imports.ts";
import { faultsOf } from "../../helpers/errors.ts";
import { frontendOptions } from "../../helpers/frontend.ts";

const importsOf = (values: Readonly<Record<string, string>>) => readCacheImports(frontendOptions(values));

it("caches to look into are those of `cache-imports`", () => {
  const json = JSON.stringify([
    { Type: "registry", Attrs: { ref: "r.example/cache" } },
    { Type: "gha", Attrs: null },
  ]);
  expect(importsOf({ "cache-imports": json })).toEqual([
    { type: "registry", attrs: { ref: "r.example/cache" } },
    { type: "gha", attrs: {} },
  ]);
});

it("they are those of `cache-from`, which clients of long ago send", () => {
  expect(importsOf({ "cache-from": "a.example/x,b.example/y" })).toEqual([
    { type: "registry", attrs: { ref: "a.example/x" } },
    { type: "registry", attrs: { ref: "b.example/y" } },
  ]);
});

it.each(["", "null", "[]"])("there are none in %j", (json) => {
  expect(importsOf({ "cache-imports": json })).toEqual([]);
});

it.each(["registry.example/cache", '[{"Type":', "{}", '[{"Type":1}]', '["registry"]'])(
  "refuses %j unshown",
  (json) => {
    const faults = faultsOf(() => importsOf({ "cache-imports": json }));
    expect(faults).toMatchObject([
      { code: "frontend/bad-cache-imports", location: { file: "--opt cache-imports" } },
    ]);
    expect(faults[0]?.message).not.toContain(json);
  },
);
