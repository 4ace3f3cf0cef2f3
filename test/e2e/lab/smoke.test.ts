import { join } from "node:path";
import { execPath } from "node:process";
import { execa } from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

/** Runs the smoke test with builders of the lab in place of the public ones. */
async function smoke(...builders: readonly string[]) {
  const script = join(import.meta.dirname, "..", "..", "smoke.ts");
  const words = builders.map((builder) => `--builder=${builder}`);
  const { stdout, exitCode } = await execa(execPath, [script, ...words], { reject: false });
  return { stdout, exitCode };
}

it("builds and runs with a builder that can be had, and says why it skips one that cannot", async () => {
  const { stdout, exitCode } = await smoke(lab.images.builder, "127.0.0.1:1/acme/builder:1");
  expect(stdout).toMatch(/built {7}in [0-9.]+ s, by lab\/node@/);
  expect(stdout).toMatch(/answered {4}200 \{"message":"Hello from a buildpack-built image"/);
  expect(stdout).toMatch(/The request to 127\.0\.0\.1:1 for .* failed: .*\n {2}SKIPPED/);
  expect(stdout).toMatch(/\n1 PASSED, 0 FAILED, 1 SKIPPED\n?$/);
  expect(exitCode).toBe(0);
});

it("fails where an image cannot be made", async () => {
  const { stdout, exitCode } = await smoke(lab.images.builderExtensions);
  expect(stdout).toMatch(/\[plan\/extensions[^\]]*\]\n {2}FAILED/);
  expect(exitCode).toBe(1);
});
