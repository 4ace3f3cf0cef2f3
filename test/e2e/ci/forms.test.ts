import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv, type AnySchema } from "ajv";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { fixtures } from "../../lab/paths.ts";
import { makeWorkflowTools, type WorkflowTool, type WorkflowTools } from "../../lab/workflow-tools.ts";
import { gitlabScript, tektonScript } from "./ci-scripts.ts";

const root = join(import.meta.dirname, "../../..");
const read = (file: string) => readFileSync(join(root, file), "utf8");
const filesIn = (directory: string, wanted: RegExp) =>
  readdirSync(join(root, directory))
    .filter((name) => wanted.test(name))
    .map((name) => join(directory, name));
const workflows = filesIn(".github/workflows", /\.yml$/);
const actions = ["action.yml", "ci/github/join/action.yml"];
let tools: WorkflowTools;
let work: string;

beforeAll(async () => {
  tools = await makeWorkflowTools();
  work = mkdtempSync(join(tmpdir(), "cnb-ci-forms-"));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** Out: what the tool says, and how it ended. */
async function run({ command, env }: WorkflowTool, words: readonly string[]) {
  const [program, ...first] = command;
  const { all, exitCode } = await execa(program, [...first, ...words], {
    cwd: root,
    env,
    all: true,
    reject: false,
  });
  return { all, exitCode };
}

/** Throws with the faults that the published schema finds. */
async function expectValid(schema: string, files: readonly string[]): Promise<void> {
  const { all, exitCode } = await run(tools.checkJsonschema, [
    "--builtin-schema",
    `vendor.${schema}`,
    ...files,
  ]);
  expect({ all, exitCode }).toEqual({ all: "ok -- validation done", exitCode: 0 });
}

describe("the published schema accepts", () => {
  it("workflows", () => expectValid("github-workflows", workflows));
  it("actions", () => expectValid("github-actions", actions));
  it("dependabot.yml", () => expectValid("dependabot", [".github/dependabot.yml"]));
  it("issue forms", () =>
    expectValid("github-issue-forms", filesIn(".github/ISSUE_TEMPLATE", /^(?!config).*\.yml$/)));
  it("the issue forms' list", () =>
    expectValid("github-issue-config", [".github/ISSUE_TEMPLATE/config.yml"]));
  it("Renovate's rules", () => expectValid("renovate", ["ci/renovate/default.json"]));

  it("the GitLab component, its inputs and its job", async () => {
    const documents = parseAllDocuments(
      read("ci/gitlab/build.yml").replaceAll(/\$\[\[ inputs\.[\w-]+ \]\]/g, "value"),
    );
    expect(documents).toHaveLength(2);
    const files = documents.map((document, index) => {
      const file = join(work, `gitlab-${index}.json`);
      writeFileSync(file, JSON.stringify(document.toJS()));
      return file;
    });
    await expectValid("gitlab-ci", files);
  });

  it("the Tekton task, which has no key that Tekton does not know", () => {
    const definition = parse(readFileSync(tools.tektonTask, "utf8"));
    const { schema } = definition.spec.versions.find(({ name }: { name: string }) => name === "v1");
    const task = parse(read("ci/tekton/task.yaml"));
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(
      schema.openAPIV3Schema as AnySchema,
    );
    validate(task);
    expect(validate.errors ?? []).toEqual([]);
    expect(unknownKeys(task.spec, schema.openAPIV3Schema.properties.spec, "spec")).toEqual([]);
    // So that it can be seen to look.
    const wrong = { ...task.spec, steps: [{ ...task.spec.steps[0], imagePullPolcy: "Always" }] };
    expect(unknownKeys(wrong, schema.openAPIV3Schema.properties.spec, "spec")).toEqual([
      "spec.steps.imagePullPolcy",
    ]);
  });
});

/** The oldest release whose pods have `appArmorProfile`, and one of today. */
describe.each(["1.30", "1.36"])("Kubernetes %s", (version) => {
  const words = [`--kubernetes-version=${version}`, "--strict"];

  it.each(filesIn("ci/kubernetes", /\.yaml$/))("accepts %s, and knows each of its keys", async (file) => {
    const { all, exitCode } = await run(tools.kubernetesValidate, [...words, file]);
    expect({ all, exitCode }).toEqual({ all: expect.not.stringContaining("ERROR"), exitCode: 0 });
  });

  it("accepts no other", async () => {
    const broken = join(work, "broken.yaml");
    writeFileSync(
      broken,
      read("ci/kubernetes/buildkit.yaml").replace("podManagementPolicy:", "podManagmentPolicy:"),
    );
    const { all, exitCode } = await run(tools.kubernetesValidate, [...words, broken]);
    expect({ all, exitCode }).toEqual({ all: expect.stringContaining("podManagmentPolicy"), exitCode: 1 });
  });
});

/** Keys that a schema of Kubernetes does not name; a cluster drops them. */
function unknownKeys(value: unknown, schema: KubernetesSchema | undefined, path: string): string[] {
  if (schema === undefined) return [path];
  if (Array.isArray(value)) return value.flatMap((one) => unknownKeys(one, schema.items, path));
  if (typeof value !== "object" || value === null || schema.properties === undefined) return [];
  return Object.entries(value).flatMap(([key, one]) =>
    unknownKeys(one, schema.properties?.[key], `${path}.${key}`),
  );
}

interface KubernetesSchema {
  readonly properties?: Readonly<Record<string, KubernetesSchema>>;
  readonly items?: KubernetesSchema;
}

describe("finds nothing to mend", () => {
  it("actionlint, with shellcheck, in workflows", async () => {
    expect(await run(tools.actionlint, [])).toEqual({ all: "", exitCode: 0 });
  });

  it("zizmor, which looks for ways into workflows and actions", async () => {
    const words = ["--offline", "--pedantic", "--no-progress", "--quiet", "--format=json-v1", "."];
    const { all, exitCode } = await run(tools.zizmor, words);
    expect({ findings: JSON.parse(all), exitCode }).toEqual({ findings: [], exitCode: 0 });
  });

  it("shellcheck in our actions' scripts", async () => {
    const scripts = ["ci/github/prepare.sh", "ci/github/build.sh", "ci/github/join/join.sh"];
    expect(await run(tools.shellcheck, scripts)).toEqual({ all: "", exitCode: 0 });
  });

  it("shellcheck in the scripts of the GitLab component and the Tekton task", async () => {
    const files = Object.entries({ gitlab: gitlabScript(), tekton: tektonScript() }).map(([name, script]) => {
      const file = join(work, `${name}.sh`);
      writeFileSync(file, script);
      return file;
    });
    expect(await run(tools.shellcheck, ["--shell=sh", ...files])).toEqual({ all: "", exitCode: 0 });
  });
});

it("the tools do find what is wrong", async () => {
  const broken = join(fixtures, "workflows/broken.yml");
  for (const [tool, words, said] of [
    [tools.actionlint, [broken], "unexpected key"],
    [tools.zizmor, ["--offline", "--quiet", broken], "template-injection"],
    [tools.checkJsonschema, ["--builtin-schema", "vendor.github-workflows", broken], "shel"],
  ] as const) {
    const { all, exitCode } = await run(tool, words);
    expect(all).toContain(said);
    expect(exitCode).not.toBe(0);
  }
});
