import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { digestOf } from "../frontend-steps.ts";
import { type SecondBuildkit, startSecondBuildkit } from "../second-buildkit.ts";
import { projectText } from "../steps.ts";

const platform = "linux/amd64";
let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
/** A build without cache beside these would make steps anew that it has in common with them, and those would run again. */
let own: SecondBuildkit;

beforeAll(async () => {
  lab = await startLab();
  own = await startSecondBuildkit(lab, { name: "step-warnings" });
  app = copySampleApp("procfile");
  const write = (path: string, text: string, mode = 0o644) => {
    const file = join(app.directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    chmodSync(file, mode);
  };
  write("unique.txt", `${Date.now()}`);
  // Of the source: a file that only its owner can read. Of the export: a bill of materials that is none, and a FIFO in a layer.
  write("secret.txt", "s", 0o600);
  const group = '[[io.buildpacks.group]]\nuri = "./odd"\n[[io.buildpacks.group]]\nid = "lab/procfile"\n';
  const text = projectText(lab, `e2e.step-warnings-${Date.now()}`, group);
  write("project.toml", `# syntax=${inject("toolImage")}\n${text}`);
  write(
    "odd/buildpack.toml",
    'api = "0.10"\n[buildpack]\nid = "e2e/odd"\nversion = "1"\nsbom-formats = ["application/vnd.cyclonedx+json"]\n' +
      '[[targets]]\nos = "linux"\n',
  );
  write("odd/bin/detect", "#!/bin/bash\n", 0o755);
  const build = [
    "#!/bin/bash",
    'mkdir -p "$1/layer" && mkfifo "$1/layer/pipe" && cp unique.txt "$1/layer/"',
    `printf '[types]\\nlaunch = true\\ncache = true\\n' >"$1/layer.toml"`,
    'echo "none $(cat unique.txt)" >"$1/layer.sbom.cdx.json"',
    "",
  ];
  write("odd/bin/build", build.join("\n"), 0o755);
});
afterAll(async () => {
  await own?.close();
  app?.remove();
  await lab?.close();
});

/** Builds with plain buildx. Out: the log as far as the steps go, and what buildx says of warnings after that. */
async function build(name: string) {
  const words = ["build", "--progress=plain", "--file=project.toml", `--platform=${platform}`];
  const { stderr, exitCode } = await lab.buildx([...words, `--tag=${name}`, "--push", "."], {
    ...{ cwd: app.directory, env: own.environment, reject: false },
  });
  expect(exitCode, stderr).toBe(0);
  const [steps = "", found = ""] = stderr.split(/\d+ warnings? found/);
  return { steps, found };
}

const warnings = [
  ["export/made-readable", "secret.txt"],
  ["export/left-out", "pipe"],
  ["sbom/left-out", "e2e_odd/layer/sbom.cdx.json"],
] as const;

describe("what a step has to say", () => {
  const name = () => `${lab.registry}/e2e/step-warnings:1`;
  let first: string;

  it("is in the log of the build in which it runs, and nowhere else", async () => {
    const { steps, found } = await build(name());
    for (const [code, subject] of warnings) {
      const lines = steps.split("\n").filter((line) => line.includes(`warning[${code}]`));
      expect(lines.some((line) => line.includes(subject))).toBe(true);
      expect(found).not.toContain(code);
    }
    first = await digestOf(lab, name(), platform);
  });

  it("is a warning of every build in which BuildKit answers for it, each said once", async () => {
    for (const _ of [1, 2]) {
      const { steps, found } = await build(name());
      for (const [code, subject] of warnings) {
        expect(steps).not.toContain(`warning[${code}]`);
        const lines = found.split("\n").filter((line) => line.includes(`[${code}]`));
        expect(
          lines.filter((line) => line.includes(subject)),
          `${code} in ${found}`,
        ).not.toEqual([]);
        expect(lines).toHaveLength(new Set(lines).size);
      }
    }
    expect(await digestOf(lab, name(), platform)).toBe(first);
  });
});
