import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { predicateTypes } from "../../../src/sbom/statement.ts";
import { faultsOfCyclonedx, faultsOfSpdx } from "../../helpers/validate-sbom.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { pushScannerImage } from "../../own-image.ts";
import { copySampleApp } from "../../workspace.ts";
import { digestOf, frontendBuild, ranSteps, writeDescriptor } from "../frontend-steps.ts";
import { buildOrThrow, generate } from "../steps.ts";

const platform = "linux/amd64";
const indexSchema = v.object({
  manifests: v.array(
    v.object({ digest: v.string(), annotations: v.optional(v.record(v.string(), v.string()), {}) }),
  ),
});
const manifestSchema = v.object({
  layers: v.array(v.object({ digest: v.string(), annotations: v.record(v.string(), v.string()) })),
});
const statementSchema = v.object({
  _type: v.literal("https://in-toto.io/Statement/v1"),
  predicateType: v.string(),
  subject: v.array(v.object({ digest: v.object({ sha256: v.string() }) })),
  predicate: v.looseObject({
    name: v.optional(v.string()),
    packages: v.optional(v.array(v.looseObject({ name: v.string() }))),
    components: v.optional(v.array(v.looseObject({ name: v.string() }))),
  }),
});
type Statement = v.InferOutput<typeof statementSchema>;

let lab: Lab;
let scanner: string;
let app: ReturnType<typeof copySampleApp>;

beforeAll(async () => {
  lab = await startLab();
  scanner = await pushScannerImage(lab);
  app = copySampleApp("static-slices");
});
afterAll(async () => {
  app.remove();
  await lab.close();
});

const image = (tag: string) => `${lab.registry}/e2e/scanner:${tag}`;

/** Builds with our scanner. Out: the progress. */
function build(name: string, words: readonly string[], directory = app.directory): Promise<string> {
  return frontendBuild(lab, {
    ...{ context: directory, platforms: [platform], name },
    words: [`--sbom=generator=${scanner}`, ...words],
  });
}

/** A scan ran, and BuildKit did not answer with an earlier one. */
function expectScanned(log: string): void {
  expect(ranSteps(log)).toContainEqual(expect.stringContaining("generating sbom using"));
}

/** Statements that the index of an image has, in BuildKit's order. */
async function statementsOf(name: string): Promise<Statement[]> {
  const { manifests } = v.parse(indexSchema, JSON.parse((await lab.crane(["manifest", name])).stdout));
  const repository = name.replace(/:[^:/]+$/, "");
  const attestations = manifests.filter(
    ({ annotations }) => annotations["vnd.docker.reference.type"] === "attestation-manifest",
  );
  expect(attestations).toHaveLength(1);
  const found = await Promise.all(
    attestations.map(async ({ digest }) => {
      const { stdout } = await lab.crane(["manifest", `${repository}@${digest}`]);
      const { layers } = v.parse(manifestSchema, JSON.parse(stdout));
      return Promise.all(layers.map((layer) => lab.crane(["blob", `${repository}@${layer.digest}`])));
    }),
  );
  return found.flat().map(({ stdout }) => v.parse(statementSchema, JSON.parse(stdout)));
}

/** Each is right by its official validator, and about the image. */
async function expectRight(statements: readonly Statement[], name: string): Promise<void> {
  const digest = (await digestOf(lab, name, platform)).replace("sha256:", "");
  for (const { predicateType, predicate, subject } of statements) {
    expect(subject.map((one) => one.digest.sha256)).toEqual([digest]);
    if (predicateType === predicateTypes.spdx) expect(await faultsOfSpdx(predicate)).toEqual([]);
    else expect(faultsOfCyclonedx(predicate)).toEqual([]);
  }
}

const namesIn = ({ predicate }: Statement) =>
  [...(predicate.packages ?? []), ...(predicate.components ?? [])].map(({ name }) => name);

/** What `docker buildx imagetools inspect` finds: names of packages in each SPDX document. */
async function inspected(name: string): Promise<string[][]> {
  const words = ["imagetools", "inspect", "--format", "{{json .SBOM}}", name];
  const document = v.object({ packages: v.array(v.looseObject({ name: v.string() })) });
  const { SPDX: first, AdditionalSPDXs: others } = v.parse(
    v.object({ SPDX: document, AdditionalSPDXs: v.optional(v.array(document), []) }),
    JSON.parse((await lab.buildx(words)).stdout),
  );
  return [first, ...others].map(({ packages }) => packages.map((one) => one.name));
}

describe("a plain Dockerfile, scanned by our scanner,", () => {
  let directory: string;
  const name = () => image("plain");
  const dockerfile = (stages: string) => `${stages}FROM ${lab.images.runBase}
COPY node_modules /app/node_modules
`;

  beforeAll(async () => {
    directory = join(app.directory, "..", "plain");
    mkdirSync(join(directory, "node_modules/left"), { recursive: true });
    writeFileSync(
      join(directory, "node_modules/left/package.json"),
      JSON.stringify({ name: "left", version: "1.2.3", license: "MIT" }),
    );
    writeFileSync(join(directory, "Dockerfile"), dockerfile(""));
    await build(name(), [], directory);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it("gets what Syft finds in it, and nothing of buildpacks", async () => {
    const statements = await statementsOf(name());
    expect(statements.map(({ predicateType }) => predicateType)).toEqual([predicateTypes.spdx]);
    expect(statements.map(namesIn)).toEqual([expect.arrayContaining(["bash", "left"])]);
    await expectRight(statements, name());
    expect(await inspected(name())).toEqual([expect.arrayContaining(["bash", "left"])]);
  });

  it("gets the same when it is scanned again", async () => {
    const before = await statementsOf(name());
    expectScanned(await build(image("plain-again"), ["--no-cache"], directory));
    // BuildKit notes of each file which layer it is in, and a Dockerfile's layer has the time of its own build.
    const lasting = (statements: readonly Statement[]): unknown =>
      JSON.parse(
        JSON.stringify(statements.map(({ predicate }) => predicate)).replaceAll(/layerID: sha256:\w+/g, ""),
      );
    expect(lasting(await statementsOf(image("plain-again")))).toEqual(lasting(before));
  });

  it("gets those of other stages, too, whatever they are called", async () => {
    const stage = `ARG BUILDKIT_SBOM_SCAN_STAGE=true
FROM ${lab.images.runBase} AS buildpacks
ARG BUILDKIT_SBOM_SCAN_STAGE=true
COPY node_modules /other
`;
    const more = "COPY --from=buildpacks /other /copied\nCOPY sbom.cdx.json /layers/sbom/launch/acme/\n";
    writeFileSync(
      join(directory, "sbom.cdx.json"),
      JSON.stringify({
        ...{ bomFormat: "CycloneDX", specVersion: "1.6", version: 1 },
        components: [{ type: "library", name: "said", version: "1" }],
      }),
    );
    writeFileSync(join(directory, "Dockerfile.stages"), `${dockerfile(stage)}${more}`);
    await build(image("stages"), ["--file=Dockerfile.stages"], directory);
    const statements = await statementsOf(image("stages"));
    // BuildKit says nothing of the files' names, but puts the image's own first.
    expect(statements.map(({ predicate }) => predicate.name).sort()).toEqual([
      "buildpacks",
      "sbom",
      "sbom-buildpacks",
    ]);
    expect(statements[0]?.predicate.name).toBe("sbom");
    expect(statements.filter((one) => namesIn(one).includes("said"))).toHaveLength(1);
    await expectRight(statements, image("stages"));
  });
});

describe("a buildpacks project, scanned by our scanner,", () => {
  const name = () => image("project");
  const words = ["--file=project.toml"];

  beforeAll(async () => {
    const group = '\n[[io.buildpacks.group]]\nid = "lab/sboms"\n';
    writeDescriptor(lab, app.directory, "com.example.scanner", group);
    await build(name(), words);
  });

  it("gets what Syft finds in it and what its buildpacks say", async () => {
    const statements = await statementsOf(name());
    const kinds = statements.map(({ predicateType }) => predicateType);
    expect(kinds.filter((type) => type === predicateTypes.spdx)).toHaveLength(2);
    expect(kinds.filter((type) => type === predicateTypes.cyclonedx)).toHaveLength(1);
    const [first, second] = statements.filter(({ predicateType }) => predicateType === predicateTypes.spdx);
    expect(first && namesIn(first)).toContain("bash");
    expect(second && namesIn(second)).toEqual(expect.arrayContaining(["launch", "for-launch"]));
    expect(second && namesIn(second)).not.toContain("bash");
    await expectRight(statements, name());
  });

  it("has both where buildx looks for them", async () => {
    const [syft, said, ...others] = await inspected(name());
    expect(syft).toContain("bash");
    expect(said).toEqual(expect.arrayContaining(["launch", "for-launch"]));
    expect(others).toEqual([]);
  });

  it("is the same index when everything is made again", async () => {
    const before = await digestOf(lab, name());
    // Under the same name, which is in the subject of each statement.
    expectScanned(await build(name(), [...words, "--no-cache"]));
    expect(await digestOf(lab, name())).toBe(before);
  });

  it("gets both from a generated Dockerfile that BuildKit alone builds", async () => {
    const dockerfile = await generate(app.directory, []);
    const request = { directory: app.directory, dockerfile, platforms: [platform], name: image("generated") };
    await buildOrThrow(lab, { ...request, words: [`--sbom=generator=${scanner}`] });
    const statements = await statementsOf(image("generated"));
    expect(statements.map(namesIn)).toEqual([
      expect.arrayContaining(["bash"]),
      expect.arrayContaining(["launch", "for-launch"]),
    ]);
    await expectRight(statements, image("generated"));
  });
});
