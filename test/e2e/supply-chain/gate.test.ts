import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Verdict } from "../../../src/scan/verdict.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { runBuild } from "../build-steps.ts";
import { generate, projectText } from "../steps.ts";
import { bash, readText, type SupplyChain, startSupplyChain } from "./supply-chain-steps.ts";

let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
let chain: SupplyChain;
/** What `generate` makes of the app, with nobody's gate. */
let dockerfile: string;
/** Holds files that are no part of the app. */
let outside: string;

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("procfile");
  outside = mkdtempSync(join(tmpdir(), "cnb-dockerfile-gate-"));
  // What a test puts into the project makes another gate, and not another image: nothing is built for it again.
  const excluded = 'exclude = [".grype.yaml", "Dockerfile.*"]\n';
  writeFileSync(join(app.directory, "project.toml"), projectText(lab, "com.example.gate", excluded));
  chain = await startSupplyChain(lab, [bash]);
  const tools = [`--syft-image=${chain.syft}`, `--grype-image=${chain.grype}`];
  dockerfile = await generate(app.directory, ["--platform=linux/amd64", "--process-type=web", ...tools]);
});
afterAll(async () => {
  app.remove();
  chain.remove();
  rmSync(outside, { recursive: true, force: true });
  await lab.close();
});

/** What an operator says: his tools, his database, and that nothing severe is published. */
const operators = () => [
  ...["--progress=plain", `--syft-image=${chain.syft}`, `--grype-image=${chain.grype}`],
  ...[`--vulnerability-db=${chain.database}`, "--fail-on=high"],
];
const repositoryOf = (tag: string) => `e2e/gate-${tag}`;
const nameOf = (tag: string) => `${lab.registry}/${repositoryOf(tag)}:1`;
const isPublished = async (tag: string) =>
  (await lab.crane(["manifest", nameOf(tag)], { reject: false })).exitCode === 0;
/** Every write that the registry was asked for. */
const writesTo = async (tag: string) =>
  (await lab.registryRequests(repositoryOf(tag))).filter(
    ({ method }) => method !== "GET" && method !== "HEAD",
  );

/** `build --push` of the app by an operator. */
const build = (tag: string, words: readonly string[]) =>
  runBuild(lab, app.directory, [...operators(), ...words, `--tag=${nameOf(tag)}`, "--push", "."]);

async function expectRefused(
  tag: string,
  { stderr, exitCode }: { stderr: string; exitCode: number },
  text: string,
) {
  expect(stderr).toContain(text);
  expect(exitCode).toBe(1);
  expect(await writesTo(tag)).toEqual([]);
  expect(await isPublished(tag)).toBe(false);
}

/** Replaces a stage of a Dockerfile. */
function withStage(text: string, name: string, stage: string): string {
  const pattern = new RegExp(`^FROM \\S.* AS ${name}\\n(?:(?!FROM ).*\\n)*`, "m");
  if (!pattern.test(text)) throw new Error(`there is no stage ${name}`);
  return text.replace(pattern, () => `${stage}\n`);
}

/** As a project that means harm would edit it: nothing is found, and nothing fails. */
function forged(): string {
  const verdict = {
    ...{ schemaVersion: 1, passed: true, failOn: "high", ignored: 0, worst: [], failing: [] },
    counts: { unknown: 0, negligible: 0, low: 0, medium: 0, high: 0, critical: 0 },
    database: { built: new Date().toISOString(), schemaVersion: "v6.1.4" },
  };
  const scan = [
    "FROM tool AS scan-files",
    `COPY <<"EOF" /cnb-dockerfile/scan/verdict.json`,
    JSON.stringify(verdict),
    "EOF",
  ];
  const grype = "FROM --platform=$BUILDPLATFORM docker.invalid/grype AS grype";
  const files = withStage(withStage(dockerfile, "scan-files", scan.join("\n")), "grype", grype);
  return withStage(files, "gate", "FROM export AS gate");
}

describe("a generated Dockerfile that the project has forged", () => {
  const file = "Dockerfile.forged";

  it("does not pass the operator's gate, by build", async () => {
    writeFileSync(join(app.directory, file), forged());
    await expectRefused("forged", await build("forged", [`--file=${file}`]), bash.id);
  });

  it("does not pass it by plain buildx with our frontend", async () => {
    const path = join(outside, "Dockerfile.syntax");
    writeFileSync(path, `# syntax=${inject("toolImage")}\n${forged()}`);
    const tools = [`CNB_SYFT_IMAGE=${chain.syft}`, `CNB_GRYPE_IMAGE=${chain.grype}`, "CNB_FAIL_ON=high"];
    const { stderr, exitCode } = await lab.buildx(
      [
        ...["build", "--progress=plain", "--provenance=false", `--file=${path}`, "--platform=linux/amd64"],
        ...tools.map((text) => `--build-arg=${text}`),
        ...[`--build-context=vulnerability-db=${chain.database}`, `--tag=${nameOf("syntax")}`, "--push", "."],
      ],
      { cwd: app.directory, reject: false },
    );
    await expectRefused("syntax", { stderr, exitCode: exitCode ?? -1 }, bash.id);
  });

  it("forges no artifacts either", async () => {
    writeFileSync(join(app.directory, file), forged());
    const place = join(outside, "artifacts");
    const words = operators().filter((word) => word !== "--fail-on=high");
    const { stderr, exitCode } = await runBuild(lab, app.directory, [
      ...[...words, `--file=${file}`, `--artifacts=${place}`, "-o", "type=cacheonly", "."],
    ]);
    expect(exitCode, stderr).toBe(0);
    const verdict: Verdict = JSON.parse(readText(place, "verdict.json"));
    expect(verdict.worst.map(({ id }) => id)).toEqual([bash.id]);
  });

  it("whose plan is taken out as well is not built with a gate", async () => {
    const text = forged().replace(/^# cnb-dockerfile-plan: .*\n/gm, "");
    writeFileSync(join(app.directory, file), text);
    await expectRefused("planless", await build("planless", [`--file=${file}`]), "[cli/project-flag]");
  });
});

describe("the project's own Grype configuration", () => {
  const settings = () => join(app.directory, ".grype.yaml");
  const ignoring = `ignore:\n  - vulnerability: ${bash.id}\n`;

  it("can take findings out by name, which the summary shows", async () => {
    writeFileSync(settings(), ignoring);
    const place = join(outside, "ignored");
    const { stderr, exitCode } = await build("ignored", [`--artifacts=${place}`]);
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain(`  ignored by the project's Grype configuration: ${bash.id} (high) in bash`);
    expect(stderr).toContain("scan/ignored-by-project");
    const verdict: Verdict = JSON.parse(readText(place, "verdict.json"));
    expect(verdict).toMatchObject({ settings: "project", ignored: 1, ignoredFindings: [{ id: bash.id }] });
  });

  it("are replaced by the operator's, which may lie anywhere", async () => {
    writeFileSync(settings(), ignoring);
    const own = join(outside, "nothing-ignored.yaml");
    writeFileSync(own, "");
    await expectRefused("replaced", await build("replaced", [`--scan-config=${own}`]), bash.id);
  });

  it.each([
    ["another distribution", "distro: alpine:3.10\n"],
    ["a threshold of their own", "fail-on-severity: critical\n"],
    ["a database of their own", "db:\n  cache-dir: /nowhere\n  auto-update: true\n"],
  ])("cannot hide findings by %s", async (_, text) => {
    writeFileSync(settings(), text);
    await expectRefused("hidden", await build("hidden", []), bash.id);
  });

  afterAll(() => rmSync(settings(), { force: true }));
});

describe("with a gate, a database", () => {
  it("that is too old fails the build", async () => {
    const result = await build("old", ["--vulnerability-db-max-age=1s"]);
    await expectRefused("old", result, "[scan/database-too-old]");
  });

  it("that is missing fails the build", async () => {
    const empty = join(outside, "empty");
    mkdirSync(empty);
    const words = operators().filter((word) => !word.startsWith("--vulnerability-db"));
    const result = await runBuild(lab, app.directory, [
      ...[...words, `--vulnerability-db=${empty}`, `--tag=${nameOf("missing")}`, "--push", "."],
    ]);
    await expectRefused("missing", result, "vulnerability database contains nothing");
  });
});

/** Ways to write a gate into a Dockerfile, and the severity that BuildKit reads there; empty: none. */
const forms: readonly (readonly [name: string, lines: string, value: string, words: readonly string[]])[] = [
  ["as we write it", "ARG CNB_FAIL_ON=high\n", "high", []],
  ["in small letters", "arg CNB_FAIL_ON=high\n", "high", []],
  ["before another argument", "ARG CNB_FAIL_ON=high TZ=UTC\n", "high", []],
  ["behind another argument", "ARG TZ=UTC CNB_FAIL_ON=high\n", "high", []],
  ["with an indent", " \t ARG  CNB_FAIL_ON=high \n", "high", []],
  ["in double quotes", 'ARG CNB_FAIL_ON="high"\n', "high", []],
  ["in single quotes", "ARG CNB_FAIL_ON='high'\n", "high", []],
  ["quoted in part", 'ARG CNB_FAIL_ON=hi"gh"\n', "high", []],
  ["over two lines", "ARG TZ=UTC \\\n  # a comment\n  CNB_FAIL_ON=high\n", "high", []],
  ["by an earlier argument", "ARG LEVEL=high\nARG CNB_FAIL_ON=$LEVEL\n", "high", []],
  ["by a default", `ARG CNB_FAIL_ON=\${LEVEL:-high}\n`, "high", []],
  ["by a build argument", `ARG LEVEL\nARG CNB_FAIL_ON=\${LEVEL}\n`, "high", ["--build-arg=LEVEL=high"]],
  ["by the platform", `ARG CNB_FAIL_ON=\${TARGETARCH:+high}\n`, "high", []],
  ["twice, the last one", "ARG CNB_FAIL_ON=low\nARG CNB_FAIL_ON=high\n", "high", []],
  ["with Windows's line ends", "ARG CNB_FAIL_ON=high\r\n", "high", []],
  ["in a comment", "#ARG CNB_FAIL_ON=high\nARG CNB_FAIL_ON\n", "", []],
  ["in a value", 'ARG TEXT="\\\nARG CNB_FAIL_ON=high"\nARG CNB_FAIL_ON\n', "", []],
  ["empty", 'ARG CNB_FAIL_ON=""\n', "", []],
  ["emptied by a build argument", "ARG CNB_FAIL_ON=high\n", "", ["--build-arg=CNB_FAIL_ON="]],
  ["in a stage alone", "FROM scratch AS before\nARG CNB_FAIL_ON=high\n", "", []],
  ["in a file of a stage", 'FROM scratch AS before\nCOPY <<"EOF" /a\nARG CNB_FAIL_ON=high\nEOF\n', "", []],
];

describe("a gate that stands in a Dockerfile", () => {
  const usual = "ARG CNB_FAIL_ON=\n";
  const withForm = (text: string, form: string) => {
    if (!text.includes(usual)) throw new Error("the Dockerfile has no line for a gate");
    return text.replace(usual, () => form);
  };

  it.each(forms)("%s is read as BuildKit reads it", async (_, form, value, words) => {
    const place = mkdtempSync(join(outside, "form-"));
    // BuildKit alone takes the stage that fails, or the other one.
    const stages =
      "FROM scratch AS export\nCOPY project.toml /\nFROM export AS export-scanned\nCOPY missing /\n";
    const plain = `${usual}${stages}FROM export\${CNB_FAIL_ON:+-scanned} AS gate\n`;
    writeFileSync(join(place, "plain"), withForm(plain, form));
    writeFileSync(join(place, "ours"), withForm(dockerfile, form));
    const buildx = (file: string, more: readonly string[]) => {
      const usualWords = ["build", `--file=${join(place, file)}`, "--platform=linux/amd64", ...words];
      return lab.buildx([...usualWords, ...more, "."], { cwd: app.directory, reject: false });
    };
    const syntax = `--build-arg=BUILDKIT_SYNTAX=${inject("toolImage")}`;
    const [alone, outline] = await Promise.all([
      buildx("plain", ["--output=type=cacheonly"]),
      buildx("ours", ["--call=outline,format=json", syntax]),
    ]);
    expect(alone.exitCode === 0, alone.stderr).toBe(value === "");
    const { args } = JSON.parse(outline.stdout) as {
      readonly args: readonly { readonly name: string; readonly value: string }[];
    };
    expect(args.find(({ name }) => name === "CNB_FAIL_ON")?.value).toBe(value);
  });

  it.each([
    ["behind another argument", "ARG TZ=UTC CNB_FAIL_ON=high\n", bash.id],
    ["by an earlier argument", 'arg LEVEL=high\n  arg CNB_FAIL_ON="$LEVEL"\n', bash.id],
    ["with a severity that there is not", "ARG CNB_FAIL_ON=hihg\n", "[scan/unknown-severity]"],
  ])("%s keeps the image from the registry", async (_, form, text) => {
    writeFileSync(join(app.directory, "Dockerfile.form"), withForm(dockerfile, form));
    const result = await runBuild(lab, app.directory, [
      ...["--progress=plain", `--build-context=vulnerability-db=${chain.database}`],
      ...["--file=Dockerfile.form", `--tag=${nameOf("form")}`, "--push", "."],
    ]);
    await expectRefused("form", result, text);
  });
});
