import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { makeSupplyChainImages } from "../../lab/supply-chain-images.ts";
import { makeDatabase } from "../../lab/vulnerability-database.ts";
import { copySampleApp } from "../../workspace.ts";
import { describeProject, runBuild } from "../build-steps.ts";
import { digestOf } from "../frontend-steps.ts";
import { writeSbomBuildpack } from "./sbom-buildpacks.ts";

let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
/** Holds a vulnerability database alone. */
let database: string;
/** Flags by which nothing is looked for outside of the lab. */
let usual: readonly string[];

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("procfile");
  const groups = `${writeSbomBuildpack(app.directory, "npm")}\n[[io.buildpacks.group]]\nid = "lab/procfile"\n`;
  // What Grype reads in the project and what builds leave there is no part of the image, which is built once.
  const excluded = 'exclude = [".grype.yaml", "artifacts", "found"]\n';
  describeProject(lab, app.directory, "com.example.build-artifacts", `${excluded}${groups}`);
  database = mkdtempSync(join(tmpdir(), "cnb-dockerfile-database-"));
  const nowhere = { release: "", constraint: "<99.0.0", fixedIn: "99.0.0" };
  await makeDatabase(database, [
    {
      id: "CVE-2026-1001",
      severity: "high",
      ecosystem: "deb",
      package: "bash",
      release: "12",
      constraint: "",
      fixedIn: "",
    },
    { id: "GHSA-aaaa-bbbb-cccc", severity: "critical", ecosystem: "npm", package: "npm", ...nowhere },
  ]);
  const { syft, grype } = await makeSupplyChainImages(lab);
  usual = [
    ...["--progress=plain", `--syft-image=${syft}`, `--grype-image=${grype}`],
    `--vulnerability-db=${database}`,
  ];
});
afterAll(async () => {
  app.remove();
  rmSync(database, { recursive: true, force: true });
  await lab.close();
});

const build = (words: readonly string[]) => runBuild(lab, app.directory, [...usual, ...words, "."]);
const name = (tag: string) => `${lab.registry}/e2e/build-artifacts-${tag}:1`;
const names = ["buildpacks", "sbom.cdx.json", "sbom.json", "sbom.spdx.json", "verdict.json"];
const scanned = ["vuln.json", "vuln.sarif", "vuln.txt"];

describe("build --artifacts", () => {
  it("pushes the image of two platforms and leaves the files of each, with a summary", async () => {
    const platforms = ["linux/amd64", "linux/arm64"];
    const { stdout, stderr, exitCode } = await build([
      ...["--artifacts", "--json", `--platform=${platforms.join(",")}`, "-t", name("both"), "--push"],
    ]);
    expect(exitCode, stderr).toBe(0);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ digest: await digestOf(lab, name("both")), tags: [name("both")] });
    expect(result.artifacts.platforms.map(({ platform }: { platform: string }) => platform).sort()).toEqual(
      platforms,
    );
    for (const directory of ["linux_amd64", "linux_arm64"]) {
      expect(readdirSync(join(app.directory, "artifacts", directory)).sort()).toEqual([...names, ...scanned]);
    }
    expect(stderr).toMatch(/^linux\/arm64: \d+ packages, 2 vulnerabilities \(1 critical, 1 high\)$/m);
    expect(stderr).toMatch(/^ {2}critical {2}GHSA-aaaa-bbbb-cccc {2}npm \S+ +fixed in 99\.0\.0$/m);
    expect(stderr).toContain("less than a day old");
  });

  it("has plain names for one platform, in place of all that an earlier build wrote", async () => {
    const { stderr, exitCode } = await build([
      ...[
        "--artifacts=artifacts",
        "--platform=linux/amd64",
        "-t",
        name("one"),
        "--push",
        "--sbom-format=cyclonedx",
      ],
    ]);
    expect(exitCode, stderr).toBe(0);
    expect(readdirSync(join(app.directory, "artifacts")).sort()).toEqual([...names, ...scanned]);
    const sbom = JSON.parse(readFileSync(join(app.directory, "artifacts/sbom.json"), "utf8"));
    expect(sbom).toMatchObject({ bomFormat: "CycloneDX", specVersion: "1.6" });
  });

  it("leaves the files, and pushes nothing, where a finding is too severe", async () => {
    const { stdout, stderr, exitCode } = await build([
      ...[
        "--artifacts=found",
        "--fail-on=high",
        "--json",
        "--platform=linux/amd64",
        "-t",
        name("gated"),
        "--push",
      ],
    ]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("failed: high or higher");
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({
      artifacts: { platforms: [{ verdict: { passed: false, failOn: "high" } }] },
      diagnostics: [{ severity: "error", code: "scan/findings" }],
    });
    expect(result.diagnostics[0].message).toMatch(/CVE-2026-1001 \(high\) in bash/);
    expect(readdirSync(join(app.directory, "found")).sort()).toEqual([...names, ...scanned]);
    expect((await lab.crane(["ls", name("gated").replace(/:1$/, "")], { reject: false })).exitCode).not.toBe(
      0,
    );
  });

  it("passes with what the project's ignore file says", async () => {
    const ignore = ["CVE-2026-1001", "GHSA-aaaa-bbbb-cccc"].map((id) => `  - vulnerability: ${id}\n`);
    writeFileSync(join(app.directory, ".grype.yaml"), `ignore:\n${ignore.join("")}`);
    const words = [
      "--artifacts=found",
      "--fail-on=high",
      "--platform=linux/amd64",
      "-t",
      name("ignored"),
      "--push",
    ];
    const { stderr, exitCode } = await build(words);
    rmSync(join(app.directory, ".grype.yaml"));
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toMatch(/no vulnerabilities, 2 ignored, passed: none is high or higher/);
  });

  it("replaces no directory that holds something else", async () => {
    mkdirSync(join(app.directory, "mine"));
    writeFileSync(join(app.directory, "mine/notes.txt"), "");
    const { stderr, exitCode } = await build(["--artifacts=mine", "-t", name("mine")]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("[cli/artifacts-foreign]");
    expect(existsSync(join(app.directory, "mine/notes.txt"))).toBe(true);
  });

  it("is refused of a Dockerfile that is not ours", async () => {
    writeFileSync(join(app.directory, "Dockerfile.other"), "FROM scratch\n");
    const words = ["--file=Dockerfile.other", "--artifacts=none", "--progress=plain"];
    const { stderr, exitCode } = await runBuild(lab, app.directory, [...words, "."]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("[cli/artifacts-of-dockerfile]");
  });
});
