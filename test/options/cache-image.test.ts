import { expect, it } from "vitest";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { cacheImageName, readCacheImage } from "../../src/options/values/cache-image.ts";

it("a scope has a cache image of its own, beside that of no scope", () => {
  const names = [undefined, "main", "pr-7"].map((scope) =>
    cacheImageName("registry.example/cache:v1", scope),
  );
  expect(names).toEqual([
    "registry.example/cache:v1",
    "registry.example/cache:v1-main",
    "registry.example/cache:v1-pr-7",
  ]);
  expect(cacheImageName("registry.example/cache", "main")).toBe("registry.example/cache:main");
  expect(cacheImageName("acme/cache", undefined)).toBe("docker.io/acme/cache:latest");
});

it("its tag is one that registries take, however long the scope is", () => {
  const name = cacheImageName(`registry.example/cache:${"t".repeat(100)}`, "s".repeat(64)) ?? "";
  expect(name.split(":").at(-1)).toHaveLength(128);
});

it("a long tag leaves no two scopes with the same image, nor one with that of no scope", () => {
  const text = `registry.example/cache:${"t".repeat(128)}`;
  const names = [undefined, "main", "pr-17", "pr-18"].map((scope) => cacheImageName(text, scope));
  expect(new Set(names).size).toBe(names.length);
});

it.each([
  "a".repeat(250),
  "registry.example/Cache",
  `acme/cache@sha256:${"0".repeat(64)}`,
  "docker-daemon://acme",
])("%s is none", (text) => {
  const found: Diagnostic[] = [];
  expect(readCacheImage(text, { file: "--cache-image" }, found)).toBeUndefined();
  expect(found.map(({ code }) => code)).toEqual(["plan/bad-cache-image"]);
});
