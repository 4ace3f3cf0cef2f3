import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { faultsOfCyclonedx, faultsOfSpdx } from "../../helpers/validate-sbom.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { makeSupplyChainImages } from "../../lab/supply-chain-images.ts";
import { copySampleApp } from "../../workspace.ts";
import { digestOf, frontendBuild, writeDescriptor } from "../frontend-steps.ts";
import { type SbomBuildpack, writeSbomBuildpack } from "./sbom-buildpacks.ts";

const platforms = ["linux/amd64", "linux/arm64"];
const amd64 = ["linux/amd64"];
const spdxType = "https://spdx.dev/Document";
const cyclonedxType = "https://cyclonedx.org/bom";
const inToto = "application/vnd.in-toto+json";
const procfile = '\n[[io.buildpacks.group]]\nid = "lab/procfile"\n';

let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
let parent: string;

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("procfile");
  parent = mkdtempSync(join(tmpdir(), "cnb-dockerfile-attestations-"));
  const added = `\n[[io.buildpacks.group]]\nuri = "docker://${lab.images.buildpackage}"\n`;
  describeApp("attestations", ["spdx", "cyclonedx"], added);
});
afterAll(async () => {
  app.remove();
  rmSync(parent, { recursive: true, force: true });
  await lab.close();
});

/** Writes the app's descriptor, and buildpacks that leave bills of materials. */
function describeApp(id: string, buildpacks: readonly SbomBuildpack[], more = ""): void {
  const groups = buildpacks.map((name) => writeSbomBuildpack(app.directory, name));
  writeDescriptor(lab, app.directory, `com.example.${id}`, [...groups, more, procfile].join(""));
}

const nameOf = (tag: string) => `${lab.registry}/e2e/attestations:${tag}`;

/** Builds and pushes. Out: the image's name. */
async function build(
  tag: string,
  wanted: readonly string[],
  words: readonly string[] = [],
): Promise<{ readonly name: string; readonly log: string }> {
  const name = nameOf(tag);
  const log = await frontendBuild(lab, {
    ...{ context: app.directory, platforms: wanted, name },
    words: ["--file=project.toml", ...words],
  });
  return { name, log };
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly platform?: { readonly os: string; readonly architecture: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Statement {
  readonly _type: string;
  readonly predicateType: string;
  readonly subject: readonly { readonly digest: { readonly sha256: string } }[];
  readonly predicate: object;
}

const manifestOf = async (name: string) => JSON.parse((await lab.crane(["manifest", name])).stdout);
const repositoryOf = (name: string) => name.replace(/:[^:/]*$/, "");

/** Attestation manifests of an index, by the digest of the image that each is about. Throws for a second one of an image. */
async function attestationsOf(name: string): Promise<Map<string, Descriptor>> {
  const { manifests }: { manifests?: readonly Descriptor[] } = await manifestOf(name);
  const found = (manifests ?? []).filter(({ platform }) => platform?.os === "unknown");
  const byImage = new Map(
    found.map((one) => [one.annotations?.["vnd.docker.reference.digest"] ?? "", one] as const),
  );
  expect(byImage.size).toBe(found.length);
  return byImage;
}

/** In-toto statements about one platform's image, by predicate type, as anybody reads them: manifests and blobs. */
async function statementsOf(name: string, platform: string): Promise<Map<string, Statement>> {
  const digest = await digestOf(lab, name, platform);
  const manifest = (await attestationsOf(name)).get(digest);
  if (manifest === undefined) throw new Error(`${name} has no attestation for ${platform}, ${digest}`);
  const at = (one: string) => `${repositoryOf(name)}@${one}`;
  const { layers }: { layers: readonly Descriptor[] } = await manifestOf(at(manifest.digest));
  const entries = layers.map(async (layer) => {
    expect(layer.mediaType).toBe(inToto);
    const statement: Statement = JSON.parse((await lab.crane(["blob", at(layer.digest)])).stdout);
    expect(statement._type).toMatch(/^https:\/\/in-toto\.io\/Statement\/v(0\.1|1)$/);
    expect(statement.predicateType).toBe(layer.annotations?.["in-toto.io/predicate-type"]);
    const subjects = statement.subject.map((subject) => `sha256:${subject.digest.sha256}`);
    expect(new Set(subjects)).toEqual(new Set([digest]));
    return [statement.predicateType, statement] as const;
  });
  const statements = new Map(await Promise.all(entries));
  expect(statements.size).toBe(layers.length);
  return statements;
}

const predicateText = (statements: ReadonlyMap<string, Statement>, type: string) =>
  JSON.stringify(statements.get(type)?.predicate ?? "");

describe("an index of two platforms", () => {
  let name: string;

  beforeAll(async () => {
    ({ name } = await build("two", platforms));
  });

  it("has one attestation manifest for each image", async () => {
    const images = await Promise.all(platforms.map((platform) => digestOf(lab, name, platform)));
    expect(new Set((await attestationsOf(name)).keys())).toEqual(new Set(images));
    const { manifests } = await manifestOf(name);
    expect(manifests).toHaveLength(4);
  });

  it.each(platforms)(
    "of %s, valid documents speak for all buildpacks, whatever their format",
    async (platform) => {
      const statements = await statementsOf(name, platform);
      expect([...statements.keys()].sort()).toEqual([cyclonedxType, spdxType]);
      expect(await faultsOfSpdx(statements.get(spdxType)?.predicate)).toEqual([]);
      expect(faultsOfCyclonedx(statements.get(cyclonedxType)?.predicate)).toEqual([]);
      const architecture = platform.replace("linux/", "");
      for (const type of [spdxType, cyclonedxType]) {
        expect(predicateText(statements, type)).toContain(`from-spdx-${architecture}`);
        expect(predicateText(statements, type)).toContain(`from-cyclonedx-${architecture}`);
      }
    },
  );

  it("is read by buildx", async () => {
    const { stdout } = await lab.buildx(["imagetools", "inspect", name, "--format", "{{json .SBOM}}"]);
    const found: Readonly<Record<string, { readonly SPDX: unknown }>> = JSON.parse(stdout);
    expect(Object.keys(found).sort()).toEqual(platforms);
    for (const platform of platforms) {
      const text = JSON.stringify(found[platform]?.SPDX);
      expect(text).toContain(`from-cyclonedx-${platform.replace("linux/", "")}`);
    }
  });

  it.each(platforms)("of %s, pack downloads what the buildpacks left", async (platform) => {
    const one = `${repositoryOf(name)}@${await digestOf(lab, name, platform)}`;
    const said = await downloadSboms(one);
    const architecture = platform.replace("linux/", "");
    expect(said("e2e_spdx/layer/sbom.spdx.json")).toContain(`from-spdx-${architecture}`);
    expect(said("e2e_cyclonedx/layer/sbom.cdx.json")).toContain(`from-cyclonedx-${architecture}`);
  });

  it("has none where none are wanted", async () => {
    const { name: without } = await build("without", amd64, ["--build-arg=CNB_SBOM_ATTESTATIONS=false"]);
    expect((await attestationsOf(without)).size).toBe(0);
    expect(await digestOf(lab, without, "linux/amd64")).toBe(await digestOf(lab, name, "linux/amd64"));
  });

  it("has a scanner's document beside ours, where a scanner is asked for", async () => {
    const scanner = await pushScanner();
    const { name: scanned } = await build("scanned", amd64, [`--sbom=generator=${scanner}`]);
    const statements = await statementsOf(scanned, "linux/amd64");
    expect([...statements.keys()].sort()).toEqual([cyclonedxType, spdxType]);
    // The scanner saw the finished image.
    expect(predicateText(statements, spdxType)).toContain("scanned-web");
    expect(predicateText(statements, cyclonedxType)).toContain("from-spdx-amd64");
    expect(await digestOf(lab, scanned, "linux/amd64")).toBe(await digestOf(lab, name, "linux/amd64"));
  });

  it("has provenance that names the images it was made of", async () => {
    const { name: proven } = await build("proven", amd64, ["--provenance=mode=max"]);
    const statements = await statementsOf(proven, "linux/amd64");
    const provenance = [...statements.keys()].find((type) => type.startsWith("https://slsa.dev/provenance/"));
    expect([...statements.keys()].sort()).toEqual([cyclonedxType, provenance, spdxType]);
    const text = predicateText(statements, provenance ?? "");
    for (const image of [
      lab.images.builder,
      lab.images.runBase,
      lab.images.buildpackage,
      inject("toolImage"),
    ]) {
      const [, path = "", tag = ""] = /\/([^:]+):([^:]+)$/.exec(image) ?? [];
      expect(decodeURIComponent(text)).toContain(`${path}@${tag}`);
      const index = await digestOf(lab, image);
      expect(text).toContain(index.replace("sha256:", ""));
    }
    expect(await digestOf(lab, proven, "linux/amd64")).toBe(await digestOf(lab, name, "linux/amd64"));
  });
});

/** `pack sbom download`. Out: reads a file of a buildpack's launch layers. */
async function downloadSboms(image: string): Promise<(path: string) => string> {
  const directory = mkdtempSync(join(parent, "sbom-"));
  await lab.pack(["sbom", "download", "--remote", `--output-dir=${directory}`, image]);
  return (path) => readFileSync(join(directory, "layers/sbom/launch", path), "utf8");
}

/** A scanner of BuildKit's kind, which says which process types the image has. Out: its name. */
async function pushScanner(): Promise<string> {
  const context = mkdtempSync(join(parent, "scanner-"));
  const reference = `${lab.registry}/e2e/attestations-scanner:1`;
  writeFileSync(
    join(context, "scan.mjs"),
    `import { readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
const { BUILDKIT_SCAN_SOURCE: source, BUILDKIT_SCAN_DESTINATION: to } = process.env;
const name = "scanned-" + readdirSync(join(source, "cnb/process")).join("-");
const predicate = {
  spdxVersion: "SPDX-2.3", SPDXID: "SPDXRef-DOCUMENT", dataLicense: "CC0-1.0", name,
  documentNamespace: "https://example.com/scanned",
  creationInfo: { created: "1980-01-01T00:00:01Z", creators: ["Tool: e2e"] },
  packages: [{ SPDXID: "SPDXRef-Package", name, versionInfo: "1", downloadLocation: "NOASSERTION" }],
};
const statement = { _type: "https://in-toto.io/Statement/v0.1", predicateType: "${spdxType}", subject: [], predicate };
writeFileSync(join(to, basename(source) + ".spdx.json"), JSON.stringify(statement));
`,
  );
  const dockerfile = `FROM ${lab.images.node}\nCOPY scan.mjs /\nENTRYPOINT ["node", "/scan.mjs"]\n`;
  writeFileSync(join(context, "Dockerfile"), dockerfile);
  await lab.buildx([
    ...["build", "--provenance=false", "--platform=linux/amd64", `--tag=${reference}`, "--push", context],
  ]);
  return reference;
}

describe("an output that has no room for attestations is as it was", () => {
  const output = (how: string, wanted: readonly string[], words: readonly string[] = []) =>
    lab.buildx(
      [
        ...["build", "--file=project.toml", "--provenance=false", `--platform=${wanted.join(",")}`],
        ...[`--output=${how}`, ...words, "."],
      ],
      { cwd: app.directory, reject: false },
    );
  const outputOrThrow = async (...call: Parameters<typeof output>) => {
    const { exitCode, stderr } = await output(...call);
    if (exitCode !== 0) throw new Error(`the build failed:\n${stderr}`);
  };
  const readTar = async (archive: string, path: string) =>
    JSON.parse((await execa("tar", ["-xOf", archive, path])).stdout);
  /** All descriptors of an OCI archive, indexes opened. */
  const archived = async (archive: string): Promise<readonly Descriptor[]> => {
    const opened = async ({ manifests }: { manifests: readonly Descriptor[] }): Promise<Descriptor[]> => {
      const lists = manifests.map(async (one) =>
        one.mediaType.includes("index")
          ? opened(await readTar(archive, `blobs/${one.digest.replace(":", "/")}`))
          : [one],
      );
      return (await Promise.all(lists)).flat();
    };
    return opened(await readTar(archive, "index.json"));
  };
  const isAttestation = ({ platform }: Descriptor) => platform?.os === "unknown";

  it("an OCI archive of one platform, and of two", async () => {
    const [one, two] = [join(parent, "one.tar"), join(parent, "two.tar")];
    await outputOrThrow(`type=oci,dest=${one}`, amd64);
    await outputOrThrow(`type=oci,dest=${two}`, platforms);
    const digests = await Promise.all(platforms.map((platform) => digestOf(lab, nameOf("two"), platform)));
    expect((await archived(one)).map(({ digest }) => digest)).toEqual(digests.slice(0, 1));
    // An index has room.
    const entries = await archived(two);
    const images = entries.filter((entry) => !isAttestation(entry));
    expect(images.map(({ digest }) => digest)).toEqual(digests);
    expect(entries.filter(isAttestation)).toHaveLength(platforms.length);
  });

  it("a docker archive", async () => {
    const archive = join(parent, "docker.tar");
    await outputOrThrow(`type=docker,dest=${archive}`, amd64);
    const [image] = await readTar(archive, "manifest.json");
    expect(image.Layers.length).toBeGreaterThan(6);
    expect((await archived(archive)).filter(isAttestation)).toEqual([]);
  });

  it("files, in a directory and in a tar", async () => {
    const [directory, archive] = [join(parent, "files"), join(parent, "files.tar")];
    await outputOrThrow(`type=local,dest=${directory}`, amd64);
    await outputOrThrow(`type=tar,dest=${archive}`, amd64);
    expect(readdirSync(directory).filter((name) => name.endsWith(".json"))).toEqual([]);
    const names = (await execa("tar", ["-tf", archive])).stdout.split("\n");
    expect(names).toContain("workspace/Procfile");
    expect(names.filter((name) => /^[^/]*\.json$/.test(name))).toEqual([]);
  });

  it("not so an image of docker's own media types: BuildKit refuses, and the switch helps", async () => {
    const how = `type=image,name=${nameOf("docker-types")},push=true,oci-mediatypes=false`;
    const { exitCode, stderr } = await output(how, amd64);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('cannot export attestations with "oci-mediatypes=false"');
    await outputOrThrow(how, amd64, ["--build-arg=CNB_SBOM_ATTESTATIONS=false"]);
    const { mediaType } = await manifestOf(nameOf("docker-types"));
    expect(mediaType).toBe("application/vnd.docker.distribution.manifest.v2+json");
  });
});

describe("whatever buildpacks say, or not", () => {
  it("nothing at all", async () => {
    describeApp("attestations-nothing", []);
    const { name } = await build("nothing", amd64);
    const statements = await statementsOf(name, "linux/amd64");
    // The lifecycle always says what its launcher is.
    const components = [expect.objectContaining({ name: "launcher" })];
    expect(statements.get(cyclonedxType)?.predicate).toMatchObject({ components });
    expect(await faultsOfSpdx(statements.get(spdxType)?.predicate)).toEqual([]);
  });

  it("an empty file, half a file, 30 MB, hundreds of files", async () => {
    describeApp("attestations-odd", ["none", "undeclared", "empty", "invalid", "large", "many", "spdx"]);
    const { name, log } = await build("odd", amd64);
    for (const file of ["e2e_empty/layer/sbom.cdx.json", "e2e_invalid/layer/sbom.spdx.json"]) {
      // By the step, or by the frontend where BuildKit has its result from an earlier run of the tests.
      const warnings = log.split("\n").filter((line) => line.includes("[sbom/left-out]"));
      expect(warnings.join("\n")).toContain(`${file} is left out of the SBOM: `);
    }
    const statements = await statementsOf(name, "linux/amd64");
    for (const type of [spdxType, cyclonedxType]) {
      const text = predicateText(statements, type);
      expect(text).toContain("from-spdx-amd64");
      expect(text).toContain("large-first");
      expect(text).toContain("large-30");
      expect(text).toContain("many-launch-20");
      // Of layers that the image has not.
      expect(text).not.toContain("many-build-");
    }
    expect(faultsOfCyclonedx(statements.get(cyclonedxType)?.predicate)).toEqual([]);
    const { syft } = await makeSupplyChainImages(lab);
    const files = mkdtempSync(join(parent, "odd-"));
    const words = ["--file=project.toml", "--provenance=false", "--platform=linux/amd64", "--target=sbom"];
    await lab.buildx(["build", ...words, `--build-arg=CNB_SYFT_IMAGE=${syft}`, `--output=${files}`, "."], {
      cwd: app.directory,
    });
    for (const [document, some] of Object.entries({ launch: "many-launch-20", build: "many-build-300" })) {
      const text = readFileSync(join(files, "buildpacks", `${document}.cdx.json`), "utf8");
      expect(text).toContain(some);
      expect(faultsOfCyclonedx(JSON.parse(text))).toEqual([]);
    }
    const said = await downloadSboms(name);
    expect(said("e2e_empty/layer/sbom.cdx.json").trim()).toBe("");
    expect(said("e2e_invalid/layer/sbom.spdx.json")).toContain('"packages": [');
    expect(said("e2e_large/layer/sbom.cdx.json").length).toBeGreaterThan(30_000_000);
    expect(said("e2e_spdx/layer/sbom.spdx.json")).toContain("from-spdx-amd64");
    const { stdout } = await lab.execute(name, "linux/amd64", { env: { PORT: "80" } });
    expect(stdout).toContain("web on 80");
  });
});
