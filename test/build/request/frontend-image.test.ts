import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { frontendImage } from "../../../src/build/request/frontend-image.ts";

const reference = "registry.example/tool:1";
const packaged = { reference, isNamed: false };

it("is the one in the package, by its digest", () => {
  const place = mkdtempSync(join(tmpdir(), "cnb-dockerfile-package-"));
  mkdirSync(join(place, "dist", "image"), { recursive: true });
  mkdirSync(join(place, "dist", "chunks"));
  const digest = `sha256:${"a".repeat(64)}`;
  writeFileSync(join(place, "dist", "image", "index.json"), JSON.stringify({ manifests: [{ digest }] }));
  expect(frontendImage(packaged, join(place, "dist", "chunks"))).toEqual({
    reference,
    layout: { directory: join(place, "dist", "image"), digest },
  });
  rmSync(place, { recursive: true });
});

it("is the one that is named, which some registry has", () => {
  expect(frontendImage({ reference, isNamed: true }, "/")).toEqual({ reference });
});

it("is missing from a package that was not made whole", () => {
  expect(() => frontendImage(packaged, "/")).toThrow(
    expect.objectContaining({ diagnostics: [expect.objectContaining({ code: "cli/no-packaged-image" })] }),
  );
});
