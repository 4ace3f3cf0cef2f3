import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { execa } from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";

let lab: Lab;
let work: string;
beforeAll(async () => {
  lab = await startLab();
  work = mkdtempSync(join(tmpdir(), "cnb-smoke-"));
});
afterAll(async () => {
  rmSync(work, { recursive: true, force: true });
  await lab.close();
});

/** Runs the smoke test with builders of the lab in place of the public ones. */
async function smoke(builders: readonly string[], more: readonly string[] = []) {
  const script = join(import.meta.dirname, "..", "..", "smoke.ts");
  const words = [...builders.map((builder) => `--builder=${builder}`), ...more];
  const { stdout, exitCode } = await execa(execPath, [script, ...words], { reject: false });
  return { stdout, exitCode };
}

it("builds and runs with a builder that can be had, and says why it skips one that cannot", async () => {
  const summary = join(work, "summary.md");
  const builders = [lab.images.builder, "127.0.0.1:1/acme/builder:1"];
  const { stdout, exitCode } = await smoke(builders, [`--summary=${summary}`]);
  expect(stdout).toMatch(/built {7}in [0-9.]+ s, by lab\/node@/);
  expect(stdout).toMatch(/answered {4}200 \{"message":"Hello from a buildpack-built image"/);
  expect(stdout).toMatch(/The request to 127\.0\.0\.1:1 for .* failed: .*\n {2}SKIPPED/);
  expect(stdout).toMatch(/\n1 PASSED, 0 FAILED, 1 SKIPPED\n?$/);
  expect(exitCode).toBe(0);
  const [head, , built = "", skipped = ""] = readFileSync(summary, "utf8").split("\n");
  expect(head).toBe("| builder | platform | result | details |");
  expect(built).toMatch(/^\| \S+ \| linux\/amd64 \| passed \| builder: .*<br>built: in .* \|$/);
  expect(skipped).toMatch(
    /^\| 127\.0\.0\.1:1\/acme\/builder:1 \| linux\/amd64 \| skipped \| The request .* \|$/,
  );
});

it("skips a builder that is not made for the platform", async () => {
  const { stdout, exitCode } = await smoke([lab.images.builder], ["--platform=linux/s390x"]);
  expect(stdout).toMatch(/\[plan\/platform-missing\]\n {2}SKIPPED/);
  expect(exitCode).toBe(0);
});

it("fails where an image cannot be made", async () => {
  const { stdout, exitCode } = await smoke([lab.images.runBase]);
  expect(stdout).toMatch(/\[builder\/not-a-builder\]\n {2}FAILED/);
  expect(exitCode).toBe(1);
});
