import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";

const golden = join(import.meta.dirname, "..", "..", "..", "golden");
const cases = readdirSync(golden).filter((name) => existsSync(join(golden, name, "Dockerfile")));
let lab: Lab;
let directory: string;

beforeAll(async () => {
  lab = await startLab();
  directory = mkdtempSync(join(tmpdir(), "cnb-dockerfile-check-"));
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await lab.close();
});

it("has goldens to check", () => {
  expect(cases.length).toBeGreaterThanOrEqual(15);
});

/** The variables of the case's builder, which the stand-in has not. */
function variablesOf(name: string): string {
  const { hiddenVariables } = JSON.parse(readFileSync(join(golden, name, "plan.json"), "utf8"));
  return (hiddenVariables as string[]).map((variable) => `\nENV ${variable}=x`).join("");
}

it.each(cases)("BuildKit's own checks find nothing in golden/%s", async (name) => {
  const text = readFileSync(join(golden, name, "Dockerfile"), "utf8");
  // The images of the goldens exist nowhere; BuildKit wants to see the base images, so these stand for them.
  const images: Readonly<Record<string, string>> = {
    builder: lab.images.builder,
    extend: lab.images.builder,
    "extend-base": lab.images.builder,
    "extend-run": lab.images.runBase,
    "extend-run-base": lab.images.runBase,
    rootfs: lab.images.runBase,
  };
  const checked = text
    .replaceAll(/ --from=registry\.example\S+/g, ` --from=${lab.images.node}`)
    .replace(
      /^FROM (--platform=\S+ )?(\S+[./:]\S*) AS (tool|builder|extend|extend-base|extend-run|extend-run-base|extend-run-\d+|rootfs|syft|grype|(?:local-)?buildpack-\d+|extension-\d+|volume-\d+)$/gm,
      (_, platform: string | undefined, __, stage: string) =>
        `FROM ${platform ?? ""}${images[stage] ?? lab.images.node} AS ${stage}${images[stage] === lab.images.builder ? variablesOf(name) : ""}`,
    );
  const file = join(directory, `${name}.Dockerfile`);
  // A frontend of ours that the registry does not have cannot check.
  writeFileSync(file, checked.replace(/^# syntax=.*\n/, "#\n"));
  const { stdout, stderr, exitCode } = await lab.buildx(["build", "--check", `--file=${file}`, directory], {
    reject: false,
  });
  expect(`${stdout}${stderr}`).toContain("Check complete, no warnings found.");
  expect(exitCode).toBe(0);
});
