import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { parse } from "yaml";
import { version } from "../../../src/version.ts";
import { faultsOfCyclonedx } from "../../helpers/validate-sbom.ts";
import type { Lab } from "../../lab/lab.ts";
import { execaOnMachine } from "../../lab/machine.ts";
import { makeRootlessImage } from "../../lab/rootless-image.ts";
import { startLab } from "../../lab/start.ts";
import { makeSupplyChainImages } from "../../lab/supply-chain-images.ts";
import { archivedImages } from "../build-steps.ts";
import { digestOf } from "../frontend-steps.ts";
import { standIns } from "./stand-ins.ts";

const root = join(import.meta.dirname, "../../..");
const minutes = 60_000;
let lab: Lab;
/** A copy of the checkout: a release makes its dist/ anew, which other tests are using. */
let copy: string;
let output: string;
let said: string;

const read = (name: string) => readFileSync(join(output, name), "utf8");
const readJson = (name: string) => JSON.parse(read(name));
/** It fetches Node.js for other systems, with the machine's settings of npm. */
const release = (...words: string[]) =>
  execaOnMachine(execPath, ["release/release.ts", ...words], {
    cwd: copy,
    env: lab.environment,
    reject: false,
  });

beforeAll(async () => {
  lab = await startLab();
  copy = join(mkdtempSync(join(tmpdir(), "cnb-release-")), "checkout");
  mkdirSync(copy);
  const { stdout } = await execa("git", ["-c", "safe.directory=*", "ls-files"], { cwd: root });
  await execa(
    "cp",
    ["--parents", "-t", copy, ...stdout.split("\n").filter((name) => existsSync(join(root, name)))],
    {
      cwd: root,
    },
  );
  const bundles = readdirSync(join(root, "dist")).filter(
    (name) => !/^(?:image|executables|release)/.test(name),
  );
  mkdirSync(join(copy, "dist"));
  await execa("cp", [
    "-a",
    "-t",
    join(copy, "dist"),
    ...[...bundles, "image.Dockerfile"].map((name) => join(root, "dist", name)),
  ]);
  await execa("ln", ["-s", join(root, "node_modules"), join(copy, "node_modules")]);
  output = join(copy, "dist/release");
  const { syft } = await makeSupplyChainImages(lab);
  // The stand-ins for BuildKit's and Syft's images are for amd64 alone.
  const substitutes = ["--platform=linux/amd64", "--compression=quick", `--node-image=${lab.images.node}`];
  const images = [`--buildkit-image=${await makeRootlessImage(lab)}`, `--syft-image=${syft}`];
  const summary = join(copy, "..", "summary.md");
  const result = await release("--dry-run", ...substitutes, ...images, `--summary=${summary}`);
  if (result.exitCode !== 0)
    throw new Error(`the dry run ended with ${result.exitCode}:\n${result.stdout}\n${result.stderr}`);
  said = result.stdout;
  process.stdout.write(`${readFileSync(summary, "utf8")}\n`);
}, 20 * minutes);
afterAll(async () => {
  rmSync(join(copy, ".."), { recursive: true, force: true });
  await lab.close();
});

describe("a dry run of the release", () => {
  it("makes every artifact, lists it with its size, and publishes nothing", () => {
    const names = readdirSync(output).sort();
    expect(names).toEqual(
      [
        ...["checksums.txt", "images.json", "notes.md"],
        ...[`cnb-dockerfile-${version}.tgz`, `cnb-dockerfile-image-${version}.tgz`],
        ...["cnb-dockerfile-linux-amd64", "cnb-dockerfile-linux-arm64", "cnb-dockerfile-windows-amd64.exe"],
        ...["helper", "builder", "scanner"].map((name) => `${name}-image-${version}.oci.tar`),
        ...["package", "executables", "helper-image", "builder-image", "scanner-image"].map(
          (name) => `sbom-${name}.cdx.json`,
        ),
      ].sort(),
    );
    const listed = names.filter((name) => name !== "notes.md" && name !== "checksums.txt");
    for (const name of listed)
      expect(said).toMatch(new RegExp(`^\\| ${name} +\\| +[\\d.]+ [kM]B \\| [0-9a-f]{12}`, "m"));
    expect(said).toContain("nothing was published");
  });

  it("names each image by the digest that its archive holds, the helper image for both platforms", async () => {
    const images = readJson("images.json");
    for (const name of ["helper", "builder", "scanner"]) {
      const { stdout } = await execa("tar", ["-xOf", join(output, images[name].archive), "index.json"]);
      expect(JSON.parse(stdout).manifests.map(({ digest }: { digest: string }) => digest)).toEqual([
        images[name].digest,
      ]);
      expect(images[name].reference).toBe(`${images[name].repository}:${version}`);
    }
    const { digests } = await archivedImages(join(output, images.helper.archive));
    expect(Object.keys(digests).sort()).toEqual(["linux/amd64", "linux/arm64"]);
    // As `npm run image -- --push` pushes it: docs/guides/verify.md promises the same digest.
    expect(await digestOf(lab, inject("toolImage"))).toBe(images.helper.digest);
  });

  it("packs the command with the helper image's digest and without images and executables", async () => {
    const file = join(output, `cnb-dockerfile-${version}.tgz`);
    const { stdout } = await execa("tar", ["-tzf", file]);
    const names = stdout.split("\n");
    expect(names).toContain("package/dist/main.js");
    expect(names.filter((name) => /dist\/(?:image\/|image-|executables|release\/)/.test(name))).toEqual([]);
    expect(statSync(file).size).toBeLessThan(5_000_000);
    const released = await execa("tar", ["-xzOf", file, "package/dist/release.json"]);
    const { digest } = readJson("images.json").helper;
    expect(JSON.parse(released.stdout)).toEqual({
      image: `ghcr.io/cnb-dockerfile/cnb-dockerfile:${version}`,
      digest,
    });
    // In a checkout it would stand for an image that no registry has.
    expect(existsSync(join(copy, "dist/release.json"))).toBe(false);
  });

  it("packs the companion package with the same helper image", async () => {
    const file = join(output, `cnb-dockerfile-image-${version}.tgz`);
    const { stdout } = await execa("tar", ["-xzOf", file, "package/image/index.json"]);
    expect(JSON.parse(stdout).manifests[0].digest).toBe(readJson("images.json").helper.digest);
    const { stdout: names } = await execa("tar", ["-tzf", file]);
    expect(names).toContain("package/LICENSE");
  });

  it("says in each bill of materials what is beside our package, and has no fault by the schema", () => {
    const beside = (name: string) => {
      const bill = readJson(`sbom-${name}.cdx.json`);
      expect(faultsOfCyclonedx(bill)).toEqual([]);
      return bill.components
        .filter(({ type }: { type: string }) => type === "application")
        .map(({ purl }: { purl: string }) => purl);
    };
    expect(beside("package")).toEqual([]);
    expect(beside("executables")).toEqual([`pkg:generic/node@${process.version.slice(1)}`]);
    expect(beside("helper-image")).toEqual([expect.stringMatching(/^pkg:generic\/node@\d+\.\d+\.\d+$/)]);
    expect(beside("builder-image")[1]).toMatch(/^pkg:golang\/github\.com\/moby\/buildkit@v\d+\.\d+\.\d+$/);
    expect(beside("scanner-image")[1]).toMatch(/^pkg:golang\/github\.com\/anchore\/syft@v\d+\.\d+\.\d+$/);
  });

  it("refuses a tag that is not the version's, before it builds anything", async () => {
    const { exitCode, stderr } = await release("--tag=v9.9.9");
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^error: the tag is v9\.9\.9; package\.json has /);
    expect((await release()).exitCode).toBe(2);
  });
});

describe("the release workflow's steps, with stand-ins for npm, cosign and gh", () => {
  it("publish what was made: the images first, then packages, and a GitHub release", async () => {
    const { jobs } = parse(readFileSync(join(root, ".github/workflows/release.yml"), "utf8"));
    const steps: { readonly name: string; readonly run?: string; readonly id?: string }[] =
      jobs.publish.steps;
    const place = join(copy, "..", "publish");
    mkdirSync(place);
    const calls = join(place, "calls");
    const { directory, add } = standIns(join(place, "bin"));
    // A package that is there is not published again.
    add(
      "npm",
      `echo "npm $*" >> ${calls}\n[ "$1" != view ] || case $2 in cnb-dockerfile-image@*) echo ${version} ;; *) exit 1 ;; esac`,
    );
    add("cosign", `echo "cosign $*" >> ${calls}\n[ "$1" != sign-blob ] || echo {} > "$4"`);
    add("gh", `echo "gh $*" >> ${calls}`);
    mkdirSync(join(place, ".config/containers"), { recursive: true });
    writeFileSync(
      join(place, ".config/containers/registries.conf"),
      `[[registry]]\nlocation = "${lab.registry}"\ninsecure = true\n`,
    );
    const registry = `${lab.registry}/e2e/ci-release`;
    await execa("cp", ["-a", output, join(place, "release")]);
    const list = join(place, "release/images.json");
    writeFileSync(list, readFileSync(list, "utf8").replaceAll("ghcr.io/cnb-dockerfile", registry));
    const sums = join(place, "release/checksums.txt");
    const { stdout: changed } = await execa("sha256sum", ["images.json"], { cwd: join(place, "release") });
    writeFileSync(sums, readFileSync(sums, "utf8").replace(/^.*images\.json$/m, changed));
    writeFileSync(join(place, "outputs"), "");
    for (const { run } of steps) {
      if (run === undefined) continue;
      await execa("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", run], {
        cwd: join(place, "release"),
        env: {
          ...lab.environment,
          PATH: `${directory}:${lab.environment.PATH}`,
          HOME: place,
          GITHUB_OUTPUT: join(place, "outputs"),
          GITHUB_REF_NAME: `v${version}`,
        },
      });
    }
    const images = readJson("images.json");
    const outputs = readFileSync(join(place, "outputs"), "utf8");
    for (const name of ["helper", "builder", "scanner"])
      expect(outputs).toContain(`${name}=${images[name].digest}\n`);
    expect(await digestOf(lab, `${registry}/cnb-dockerfile:${version}`)).toBe(images.helper.digest);
    const called = readFileSync(calls, "utf8").trimEnd().split("\n");
    expect(called).toContain(`cosign sign --yes ${registry}/cnb-dockerfile@${images.helper.digest}`);
    expect(called).toContain(
      `cosign attest --yes --type cyclonedx --predicate sbom-helper-image.cdx.json ${registry}/cnb-dockerfile@${images.helper.digest}`,
    );
    expect(called).toContain("cosign sign-blob --yes --bundle checksums.txt.sigstore.json checksums.txt");
    expect(called.filter((line) => line.startsWith("npm publish"))).toEqual([
      `npm publish --provenance --access public --tag latest ./cnb-dockerfile-${version}.tgz`,
    ]);
    expect(called.at(-1)).toMatch(
      new RegExp(`^gh release create v${version} --verify-tag --notes-file notes\\.md builder-image-`),
    );
    expect(called.at(-1)).toMatch(/ checksums\.txt checksums\.txt\.sigstore\.json$/);
    expect(called.at(-1)).not.toContain("--prerelease");
  });
});
