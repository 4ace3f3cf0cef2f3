import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { digestOf, frontendBuild, writeDescriptor } from "../frontend-steps.ts";

const platforms = ["linux/amd64"];
let lab: Lab;
let app: ReturnType<typeof copySampleApp>;

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("procfile");
});
afterAll(async () => {
  app.remove();
  await lab.close();
});

/** The progress of a build that fails, and what is said at its end. */
async function failure(more: string): Promise<string> {
  writeDescriptor(lab, app.directory, "com.example.failures", more);
  const name = `${lab.registry}/e2e/failures:never`;
  const error = await frontendBuild(lab, { context: app.directory, platforms, name }).catch(
    (reason: Error) => reason,
  );
  if (!(error instanceof Error)) throw new Error("the build did not fail");
  await expect(digestOf(lab, name)).rejects.toThrow();
  return error.message;
}

const group = (id: string) => `\n[[io.buildpacks.group]]\nid = "${id}"\n`;

describe("a build that fails says why, where and what to do:", () => {
  it("no buildpack wants the app", async () => {
    const log = await failure(group("lab/fail-detect"));
    expect(log).toMatch(
      /The phase detect failed( on linux\/amd64)? with exit code 2[01]: no buildpack group passed detection/,
    );
    expect(log).toMatch(/at project\.toml:\d+:\d+: io\.buildpacks\.group\[0\]\.id/);
    expect(log).toMatch(/>>> id = "lab\/fail-detect"/);
  });

  it("a buildpack fails, by its entry", async () => {
    const log = await failure(`${group("lab/procfile")}${group("lab/fail-build")}${group("lab/odd-files")}`);
    expect(log).toMatch(
      /The phase build failed( on linux\/amd64)? with exit code 51: a buildpack failed, lab\/fail-build@\S+\./,
    );
    expect(log).toMatch(/>>> id = "lab\/fail-build"/);
  });

  it("project.toml is wrong", async () => {
    const log = await failure("builder = 1\n");
    expect(log).toContain("[descriptor/duplicate-key]");
    expect(log).toMatch(/>>> builder = 1/);
  });

  it("a secret that is declared is not handed over", async () => {
    const log = await failure(`\n[io.github.cnb-dockerfile]\nsecrets = ["TOKEN"]\n`);
    expect(log).toMatch(/secret TOKEN: not found/);
  });
});
