import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parse } from "yaml";

const root = join(import.meta.dirname, "../..");
/** As GitHub's files write it. */
const expression = (name: string) => ["${{", name, "}}"].join(" ");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const workflows = readdirSync(join(root, ".github/workflows")).map((name) => `.github/workflows/${name}`);

interface Workflow {
  readonly permissions: unknown;
  readonly concurrency: unknown;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly permissions: unknown;
        readonly "timeout-minutes": unknown;
        readonly strategy?: { readonly matrix: Readonly<Record<string, readonly string[]>> };
      }
    >
  >;
}

it("has every folder of test/e2e in one shard of the pull request's workflow", () => {
  const { jobs } = parse(read(".github/workflows/pull-request.yml")) as Workflow;
  const shards = jobs.e2e?.strategy?.matrix.folders ?? [];
  const folders = readdirSync(join(root, "test/e2e"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  expect(shards.flatMap((shard) => shard.split(" ")).sort()).toEqual(folders.sort());
});

it.each(workflows)("%s gives rights to jobs alone, and ends what hangs", (file) => {
  const { permissions, concurrency, jobs } = parse(read(file)) as Workflow;
  expect(permissions).toEqual({});
  expect(concurrency).toBeDefined();
  for (const [name, job] of Object.entries(jobs)) {
    expect({ name, permissions: job.permissions }).toEqual({ name, permissions: expect.any(Object) });
    expect({ name, minutes: job["timeout-minutes"] }).toEqual({ name, minutes: expect.any(Number) });
  }
});

it.each([...workflows, "action.yml", "ci/github/join/action.yml"])("%s names actions by commit", (file) => {
  const uses = [...read(file).matchAll(/uses: (\S+)(.*)/g)].map(([, action = "", comment = ""]) => ({
    action,
    comment,
  }));
  for (const { action, comment } of uses) {
    expect(action).toMatch(/^[\w-]+\/[\w./-]+@[0-9a-f]{40}$/);
    expect(comment).toMatch(/^ # v\d+\.\d+\.\d+$/);
  }
});

it("gives the action's script the job's place in its matrix, and uploads under the name that the script chose", () => {
  const { runs } = parse(read("action.yml")) as {
    readonly runs: {
      readonly steps: readonly {
        readonly id?: string;
        readonly uses?: string;
        readonly env?: Readonly<Record<string, string>>;
        readonly with?: Readonly<Record<string, string>>;
      }[];
    };
  };
  const prepare = runs.steps.find(({ id }) => id === "prepare");
  // `strategy` is one of the contexts that a composite action has: actions/runner, action_yaml.json.
  expect(prepare?.env).toMatchObject({
    JOB_INDEX: expression("strategy.job-index"),
    INPUT_ARTIFACT_NAME: expression("inputs.artifact-name"),
  });
  const upload = runs.steps.find(({ uses }) => uses?.startsWith("actions/upload-artifact@"));
  expect(upload?.with?.name).toBe(expression("steps.prepare.outputs.artifact"));
});

it("has one commit for each version of an action", () => {
  const commits = new Map<string, Set<string>>();
  for (const file of [...workflows, "action.yml", "ci/github/join/action.yml"])
    for (const [, name = "", commit = "", version = ""] of read(file).matchAll(
      /uses: (\S+)@(\S+) # (\S+)/g,
    )) {
      const key = `${name} ${version}`;
      commits.set(key, (commits.get(key) ?? new Set()).add(commit));
    }
  expect([...commits].filter(([, all]) => all.size > 1)).toEqual([]);
});

it("names the packages' repository, which npm's provenance wants", () => {
  for (const file of ["package.json", "packages/helper-image/package.json"]) {
    const { repository } = JSON.parse(read(file));
    expect(repository.url).toBe("git+https://github.com/cnb-dockerfile/cnb-dockerfile.git");
  }
});

it("offers the SchemaStore our schema of project.toml by its own address", () => {
  const entry = JSON.parse(read("ci/schemastore/catalog-entry.json"));
  const { $id, title } = JSON.parse(read("schema/project.schema.json"));
  expect(entry).toEqual({
    name: title,
    description: expect.stringMatching(/^Project descriptor/),
    fileMatch: ["project.toml"],
    url: $id,
  });
});
