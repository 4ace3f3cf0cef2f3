import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, it, vi } from "vitest";
import { knowsUsers } from "../../src/private/trust.ts";
import { version } from "../../src/version.ts";
import { temporaryDirectory } from "../helpers/directory.ts";

const files: Readonly<Record<string, string>> = {
  "dist/frontend.mjs": "frontend",
  "dist/export.mjs": "export",
};
vi.mock("../../src/package/embedded-files.ts", () => ({
  embeddedNames: Object.keys(files),
  embeddedFile: (name: string) => (files[name] === undefined ? undefined : Buffer.from(files[name])),
}));

// Other files may have loaded it with the real one, and are to have that again.
vi.resetModules();
const { packageDirectory, packagePath, packageText } = await import("../../src/package/package-place.ts");
afterAll(() => {
  vi.doUnmock("../../src/package/embedded-files.ts");
  vi.resetModules();
});

let cache: string;
beforeEach(() => {
  cache = temporaryDirectory();
  vi.stubEnv("XDG_CACHE_HOME", cache);
  vi.stubEnv("TMPDIR", temporaryDirectory());
});
afterEach(() => vi.unstubAllEnvs());

it("files of a single executable lie in the cache, each whole", () => {
  const path = packagePath("dist/frontend.mjs") ?? "";
  expect(path).toBe(join(cache, "cnb-dockerfile", "package", version, "dist", "frontend.mjs"));
  expect(readFileSync(path, "utf8")).toBe("frontend");
  expect(packagePath("dist/release.json")).toBeUndefined();
  expect(packageText("dist/export.mjs")).toBe("export");
  for (const spoiled of ["front", "FRONTEND", ""]) {
    writeFileSync(path, spoiled);
    expect(readFileSync(packagePath("dist/frontend.mjs") ?? "", "utf8")).toBe("frontend");
  }
  expect(readdirSync(dirname(path))).toEqual(["frontend.mjs"]);
});

it("what lies in a file's place goes, whoever put it there", () => {
  const directory = join(packageDirectory(), "dist");
  mkdirSync(directory);
  const target = join(cache, "target");
  writeFileSync(target, "mine");
  symlinkSync(target, join(directory, "frontend.mjs"));
  expect(readFileSync(packagePath("dist/frontend.mjs") ?? "", "utf8")).toBe("frontend");
  expect(readFileSync(target, "utf8")).toBe("mine");
});

it("nothing is left where a file cannot be put in its place", () => {
  const directory = join(packageDirectory(), "dist");
  mkdirSync(join(directory, "frontend.mjs", "full"), { recursive: true });
  expect(() => packagePath("dist/frontend.mjs")).toThrow();
  expect(readdirSync(directory)).toEqual(["frontend.mjs"]);
});

it.runIf(knowsUsers())("another place is taken where another user could change it", () => {
  const shared = join(cache, "cnb-dockerfile");
  mkdirSync(shared);
  chmodSync(shared, 0o777);
  const path = packagePath("dist/frontend.mjs") ?? "";
  expect(path.startsWith(shared)).toBe(false);
  expect(readFileSync(path, "utf8")).toBe("frontend");
});
