import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Verdict } from "../../../src/scan/verdict.ts";
import { afterTest } from "../../helpers/after-test.ts";
import { faultsOfSarif } from "../../helpers/validate-sarif.ts";
import { faultsOfCyclonedx, faultsOfSpdx } from "../../helpers/validate-sbom.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { digestOf, ranSteps, writeDescriptor } from "../frontend-steps.ts";
import { generate } from "../steps.ts";
import { writeSbomBuildpack } from "./sbom-buildpacks.ts";
import { bash, filesBelow, npm, readText, type SupplyChain, startSupplyChain } from "./supply-chain-steps.ts";

const platforms = ["linux/amd64", "linux/arm64"];
const directories = ["linux_amd64", "linux_arm64"];
const sbomNames = ["sbom.json", "sbom.spdx.json", "sbom.cdx.json"];
const artifactNames = [
  "buildpacks",
  ...sbomNames,
  ...["verdict.json", "vuln.json", "vuln.sarif", "vuln.txt"],
].sort();
const procfile = '\n[[io.buildpacks.group]]\nid = "lab/procfile"\n';
const isVerdict = new Ajv({ strict: true, formats: { "date-time": true } }).compile(
  JSON.parse(readText(import.meta.dirname, "..", "..", "..", "schema", "verdict.schema.json")),
);

let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
let chain: SupplyChain;

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("procfile");
  // Grype reads its settings in the project; the image is the same with and without them.
  const npmPackage = `${writeSbomBuildpack(app.directory, "npm")}${procfile}`;
  writeDescriptor(lab, app.directory, "com.example.supply-chain", `exclude = [".grype.yaml"]\n${npmPackage}`);
  chain = await startSupplyChain(lab, [bash, npm]);
});
afterAll(async () => {
  app.remove();
  chain.remove();
  await lab.close();
});

/** Ways to the same image and to the same files beside it; out: words for buildx that say what is built, and by whom. */
const ways = {
  "our frontend": async () => {
    const tools = [`CNB_SYFT_IMAGE=${chain.syft}`, `CNB_GRYPE_IMAGE=${chain.grype}`];
    return ["--file=project.toml", ...tools.map((text) => `--build-arg=${text}`)];
  },
  "a generated Dockerfile": async () => {
    const tools = [`--syft-image=${chain.syft}`, `--grype-image=${chain.grype}`];
    const file = join(chain.place("dockerfile"), "Dockerfile");
    const words = [`--builder=${lab.images.builder}`, "--process-type=web", ...tools];
    writeFileSync(file, await generate(app.directory, words));
    return [`--file=${file}`];
  },
} as const;

describe.each(Object.entries(ways))("two platforms, by %s,", (way, wordsOf) => {
  const slug = way.replaceAll(" ", "-").toLowerCase();
  let what: readonly string[];
  let artifacts: string;

  /** Plain buildx. A failed build does not throw. */
  const buildx = (words: readonly string[], wanted: readonly string[] = platforms) =>
    lab.buildx(
      [
        ...["build", "--progress=plain", "--provenance=false", `--platform=${wanted.join(",")}`, ...what],
        ...[`--build-context=vulnerability-db=${chain.database}`, ...words, "."],
      ],
      { cwd: app.directory, reject: false },
    );
  const buildxOrThrow = async (...call: Parameters<typeof buildx>) => {
    const { exitCode, stderr } = await buildx(...call);
    if (exitCode !== 0) throw new Error(`the build failed:\n${stderr}`);
    return stderr;
  };
  const nameOf = (tag: string) => `${lab.registry}/e2e/supply-chain-${slug}:${tag}`;

  beforeAll(async () => {
    what = await wordsOf();
    artifacts = chain.place("artifacts");
    await buildxOrThrow(["--target=artifacts", `--output=${artifacts}`]);
  });

  it("the artifacts are a directory for each platform", () => {
    expect(readdirSync(artifacts).sort()).toEqual(directories);
    for (const directory of directories) {
      expect(readdirSync(join(artifacts, directory)).sort()).toEqual(artifactNames);
    }
  });

  it.each(directories)("of %s, a table, a report and a log name both findings", (directory) => {
    const table = readText(artifacts, directory, "vuln.txt").split("\n");
    for (const { id, package: name, severity } of [bash, npm]) {
      const row = table.find((line) => line.startsWith(`${name} `)) ?? "";
      expect(row).toContain(id);
      expect(row.toLowerCase()).toContain(severity);
    }
    const report = JSON.parse(readText(artifacts, directory, "vuln.json"));
    const ids = report.matches.map(
      ({ vulnerability }: { vulnerability: { id: string } }) => vulnerability.id,
    );
    expect(new Set(ids)).toEqual(new Set([bash.id, npm.id]));
    const sarif = readText(artifacts, directory, "vuln.sarif");
    expect(faultsOfSarif(sarif)).toBeNull();
    for (const { id } of [bash, npm]) expect(sarif).toContain(id);
  });

  it.each(directories)("of %s, a verdict says what was found, and by what", (directory) => {
    const verdict: Verdict = JSON.parse(readText(artifacts, directory, "verdict.json"));
    isVerdict(verdict);
    expect(isVerdict.errors).toBeNull();
    expect(verdict).toMatchObject({ passed: true, failing: [], ignored: 0 });
    expect(verdict.worst.map(({ id }) => id)).toEqual([npm.id, bash.id]);
    expect(verdict.worst[0]).toMatchObject({ type: "npm", fixedIn: ["99.0.0"] });
    expect(Date.now() - Date.parse(verdict.database.built)).toBeLessThan(60 * 60_000);
  });

  it.each(directories)("of %s, bills of materials are valid by the official schemas", async (directory) => {
    const [usual, spdx, cyclonedx] = sbomNames.map((name) => readText(artifacts, directory, name));
    expect(usual).toBe(spdx);
    expect(await faultsOfSpdx(JSON.parse(spdx ?? ""))).toEqual([]);
    expect(faultsOfCyclonedx(JSON.parse(cyclonedx ?? ""))).toEqual([]);
    const said = readdirSync(join(artifacts, directory, "buildpacks")).sort();
    expect(said).toEqual(["build.cdx.json", "build.spdx.json", "launch.cdx.json", "launch.spdx.json"]);
    for (const name of said) {
      const document = JSON.parse(readText(artifacts, directory, "buildpacks", name));
      const faults = name.endsWith(".spdx.json") ? await faultsOfSpdx(document) : faultsOfCyclonedx(document);
      expect(faults).toEqual([]);
    }
  });

  it("a threshold fails the build, and nothing of it reaches the registry", async () => {
    const repository = `e2e/supply-chain-refused-${slug}`;
    const before = (await lab.registryRequests(repository)).length;
    const push = [`--tag=${lab.registry}/${repository}:1`, "--push", "--build-arg=CNB_FAIL_ON=high"];
    const { exitCode, stderr } = await buildx(push);
    expect(exitCode).toBe(1);
    for (const text of [bash.id, npm.id, "fixed in 99.0.0"]) expect(stderr).toContain(text);
    const named = platforms.filter((platform) => stderr.includes(`The image for ${platform} has 2 vulner`));
    // BuildKit by itself ends the steps of the other platforms with the first that fails.
    if (way === "our frontend") expect(named).toEqual(platforms);
    else expect(named.length).toBeGreaterThan(0);
    const written = (await lab.registryRequests(repository)).slice(before);
    expect(written.filter(({ method }) => method !== "GET" && method !== "HEAD")).toEqual([]);
    const url = `http://${lab.registry}/v2`;
    expect((await fetch(`${url}/${repository}/tags/list`)).status).toBe(404);
    const { repositories } = (await (await fetch(`${url}/_catalog?n=1000`)).json()) as {
      readonly repositories: readonly string[];
    };
    expect(repositories).not.toContain(repository);
  });

  it("what an ignore file names does not count, and the image is the one without a gate", async () => {
    await buildxOrThrow([`--tag=${nameOf("plain")}`, "--push"]);
    const ignored = [bash, npm].map(({ id }) => `  - vulnerability: ${id}\n`).join("");
    const settings = join(app.directory, ".grype.yaml");
    writeFileSync(settings, `ignore:\n${ignored}`);
    await buildxOrThrow([`--tag=${nameOf("gated")}`, "--push", "--build-arg=CNB_FAIL_ON=low"]);
    for (const platform of platforms) {
      expect(await digestOf(lab, nameOf("gated"), platform)).toBe(
        await digestOf(lab, nameOf("plain"), platform),
      );
    }
    const place = chain.place("ignored");
    await buildxOrThrow(
      ["--target=scan", `--output=${place}`, "--build-arg=CNB_FAIL_ON=low"],
      ["linux/amd64"],
    );
    rmSync(settings);
    // Plain names for one platform.
    const verdict: Verdict = JSON.parse(readText(place, "verdict.json"));
    expect(verdict).toMatchObject({ passed: true, failOn: "low", ignored: 2, worst: [] });
  });
});

describe("one platform", () => {
  /** Plain buildx with our frontend. Out: its progress, in the form that is asked for. */
  const buildx = async (
    progress: "plain" | "rawjson",
    words: readonly string[],
    directory: string = app.directory,
  ) => {
    const what = [...(await ways["our frontend"]()), `--build-context=vulnerability-db=${chain.database}`];
    const platform = "--platform=linux/amd64";
    const { stderr } = await lab.buildx(
      ["build", `--progress=${progress}`, "--provenance=false", platform, ...what, ...words, "."],
      { cwd: directory },
    );
    return stderr;
  };

  it("the same image gives the same bytes when it is looked into again, with the time it was told", async () => {
    const words = ["--target=artifacts", "--build-arg=SOURCE_DATE_EPOCH=1700000000"];
    const [first, second] = [chain.place("first"), chain.place("second")];
    await buildx("plain", [...words, `--output=${first}`]);
    const again = "--no-cache-filter=sbom-files,scan-files";
    const log = await buildx("plain", [...words, again, `--output=${second}`]);
    const ran = ranSteps(log).filter((title) => /"(?:sbom|scan)",/.test(title));
    expect(ran).toHaveLength(2);
    expect(filesBelow(second)).toEqual(filesBelow(first));
    const time = "2023-11-14T22:13:20Z";
    expect(JSON.parse(readText(first, "sbom.spdx.json")).creationInfo.created).toBe(time);
    expect(JSON.parse(readText(first, "sbom.cdx.json")).metadata.timestamp).toBe(time);
  });

  it("sbom.json has the format that was asked for", async () => {
    const place = chain.place("cyclonedx");
    await buildx("plain", ["--target=sbom", "--build-arg=CNB_SBOM_FORMAT=cyclonedx", `--output=${place}`]);
    expect(readText(place, "sbom.json")).toBe(readText(place, "sbom.cdx.json"));
  });

  it("a plain build has no step of any of this; asked for, Syft takes less than 400 MB", async () => {
    // With the many files of Node.js: what Syft needs grows with them.
    const large = copySampleApp("node-web");
    afterTest(large.remove);
    writeDescriptor(lab, large.directory, "com.example.supply-chain-large");
    const plain = vertices(await buildx("rawjson", [], large.directory));
    expect(plain.length).toBeGreaterThan(20);
    expect(plain.filter(({ name }) => isInspection.test(name))).toEqual([]);

    const peak = watchMemory("syft");
    const words = [
      "--target=artifacts",
      "--no-cache-filter=sbom-files,scan-files",
      "--output=type=cacheonly",
    ];
    const asked = vertices(await buildx("rawjson", words, large.directory));
    const peakBytes = peak();
    const seconds = (stage: string) => {
      const { started, completed } =
        asked.find(({ name }) => name.includes(`${stage} `) && name.includes(" RUN ")) ?? {};
      return (Date.parse(completed ?? "") - Date.parse(started ?? "")) / 1000;
    };
    expect(asked.filter(({ name }) => isInspection.test(name)).length).toBeGreaterThan(3);
    const [sbom, scan] = [seconds("sbom-files"), seconds("scan-files")];
    console.log(`sbom ${sbom} s, scan ${scan} s, Syft ${Math.round(peakBytes / 1e6)} MB at most`);
    expect(sbom).toBeGreaterThan(0);
    expect(scan).toBeGreaterThan(0);
    expect(peakBytes).toBeGreaterThan(20e6);
    expect(peakBytes).toBeLessThan(400e6);
  });
});

/** Titles of steps that look into the image. What buildpacks say of it is another matter. */
const isInspection = /anchore|[[ ](?:rootfs|syft|grype|sbom|scan|vulnerability-db)(?:-files)? \d+\/\d+\]/;

interface Vertex {
  readonly digest: string;
  readonly name: string;
  readonly started?: string;
  readonly completed?: string;
}

/** The last that a build's raw progress says of each step. */
function vertices(progress: string): Vertex[] {
  const last = new Map<string, Vertex>();
  for (const line of progress.split("\n").filter((text) => text.startsWith("{"))) {
    const { vertexes = [] }: { readonly vertexes?: readonly Vertex[] } = JSON.parse(line);
    for (const vertex of vertexes) last.set(vertex.digest, vertex);
  }
  return [...last.values()];
}

/** Watches processes of a name on this machine. Out: ends the watch and says how much memory one had at most, in bytes. */
function watchMemory(name: string): () => number {
  let peak = 0;
  const look = () => {
    for (const pid of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
      try {
        if (readText("/proc", pid, "comm").trim() !== name) continue;
        const [, kilobytes = "0"] = /^VmHWM:\s+(\d+) kB$/m.exec(readText("/proc", pid, "status")) ?? [];
        peak = Math.max(peak, Number(kilobytes) * 1024);
      } catch {
        // It has ended meanwhile.
      }
    }
  };
  const clock = setInterval(look, 50);
  return () => {
    clearInterval(clock);
    return peak;
  };
}
