import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { beforeAll, describe, expect, it } from "vitest";
import { overviewDetection } from "../../src/overview/detection.ts";
import type { Overview } from "../../src/overview/overview.ts";
import { goldenDirectory } from "../helpers/cases.ts";
import { caseOverviews } from "../helpers/overviews.ts";
import { projectToml, workplace } from "../helpers/program.ts";

type Schema = Readonly<Record<string, unknown>>;
const file = join(import.meta.dirname, "..", "..", "schema", "plan.schema.json");
const published = JSON.parse(readFileSync(file, "utf8")) as Schema;

/** The schema with no room for a key that it does not name. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const parts = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return "properties" in schema && "type" in schema ? { ...parts, additionalProperties: false } : parts;
}

const ajv = new Ajv({ strict: true, strictTypes: false, formats: { uri: URL.canParse } });
const validate = ajv.compile(closed(published) as Schema);

function faults(value: unknown): unknown {
  return validate(value) ? [] : validate.errors;
}

let cases: ReadonlyMap<string, Overview>;
beforeAll(async () => {
  cases = await caseOverviews();
});

function caseOf(name: string): Overview {
  const overview = cases.get(name);
  if (overview === undefined) throw new Error(`golden/${name} gives no overview`);
  return overview;
}

describe("schema/plan.schema.json", () => {
  it("describes every golden case, with no key that it does not name", () => {
    expect(cases.size).toBeGreaterThan(30);
    for (const [name, overview] of cases) expect(faults(overview), name).toEqual([]);
  });

  it("describes what the program prints", async () => {
    const { run } = await workplace({ "project.toml": `${projectToml}odd = 1\n` });
    const { stdout, stderr, exitCode } = await run(["plan", "--json", "--secret=NPM_TOKEN"]);
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
    const overview = JSON.parse(stdout) as Overview;
    expect(faults(overview)).toEqual([]);
    expect(overview.diagnostics.map(({ code }) => code)).toContain("descriptor/unknown-key");
    expect(overview.platforms.every(({ builderDigest }) => builderDigest !== undefined)).toBe(true);
  });

  it("describes what detection found, with every key that it can have", () => {
    const dockerfile = { id: "e", version: "2", kind: "run" as const, text: "FROM acme/other\n" };
    const detection = {
      ...{ version: 1 as const, exitCode: 0, isCut: false },
      log: "======== Output: a@1 ========\nodd\n======== Results ========\nerr:  a@1 (7)\n",
      group: { group: [{ id: "a", version: "1" }], "group-extensions": [{ id: "e", version: "2" }] },
      generated: {
        ...{ version: 1 as const, runImage: "acme/other" },
        dockerfiles: [{ ...dockerfile, arguments: [{ name: "A", value: "b" }] }],
      },
    };
    const detections = [overviewDetection("linux/amd64", detection)];
    expect(detections[0]?.tried[0]?.[0]).toMatchObject({ exitCode: 7, said: "odd" });
    expect(faults({ ...caseOf("minimal"), detections })).toEqual([]);
  });

  it("finds a key of another kind", () => {
    expect(faults({ ...caseOf("minimal"), platformApi: 0.15 })).not.toEqual([]);
    expect(faults({ ...caseOf("minimal"), more: 1 })).not.toEqual([]);
  });
});

describe("the overview", () => {
  it("has the builder's own order where the project has none, each entry with its version", () => {
    const { platforms } = caseOf("minimal");
    expect(platforms.map(({ platform }) => platform)).toEqual(["linux/amd64", "linux/arm64"]);
    expect(platforms[0]?.order[0]).toContainEqual({ id: "acme/node", version: "3.1.0", optional: false });
    expect(platforms[0]?.order[0]).toContainEqual({ id: "acme/procfile", version: "4.2.2", optional: true });
  });

  it("has the project's order where it has one", () => {
    expect(caseOf("group-with-version").platforms[0]?.order).toHaveLength(1);
  });

  it("says which phases run, as whom, and which has network", () => {
    const told = caseOf("minimal").phases.map((phase) =>
      phase.runs ? [phase.name, phase.user.uid, phase.network] : [phase.name],
    );
    expect(told).toEqual([
      ["analyze"],
      ["detect", 1002, false],
      ["restore", 1002, false],
      ["extend"],
      ["build", 1002, true],
      ["export", 0, false],
    ]);
    expect(caseOf("minimal").network.phases).toEqual(["build"]);
  });

  it("names what has to be handed over, as `docker buildx build` takes it", () => {
    expect(caseOf("secrets").secrets[0]).toEqual({
      ...{ kind: "variable", id: "GITHUB_TOKEN", target: "/platform/env/GITHUB_TOKEN" },
      phases: ["detect", "build"],
      offer: ["--secret", "id=GITHUB_TOKEN,env=GITHUB_TOKEN"],
    });
    expect(caseOf("bindings").secrets[0]).toMatchObject({
      ...{ kind: "binding", id: "db.username", offer: ["--secret", "id=db.username,src=FILE"] },
    });
    expect(caseOf("ca-cert").secrets.map(({ kind }) => kind)).toContain("ca-certificates");
    expect(caseOf("ssh").secrets).toContainEqual({
      ...{ kind: "ssh-agent", id: "default", target: "/run/buildkit/ssh_agent.0" },
      phases: ["build"],
      offer: ["--ssh", "default"],
    });
    expect(caseOf("images-from-oci-layouts").buildContexts).not.toEqual([]);
  });

  it("has names of variables and none of their values", () => {
    const text = readFileSync(join(goldenDirectory, "env-from-flags", "options.json"), "utf8");
    const values = (JSON.parse(text) as { arguments: string[] }).arguments.flatMap(
      (word) => /=.+=(.{4,})/.exec(word)?.[1] ?? [],
    );
    expect(values.length).toBeGreaterThan(0);
    const told = JSON.stringify(caseOf("env-from-flags"));
    for (const value of values) expect(told).not.toContain(value);
    expect(caseOf("env-from-flags").variables.length).toBeGreaterThan(0);
  });

  it("leaves a download's query out, where a token can be", () => {
    const { addedBuildpacks, network } = caseOf("module-download");
    expect(addedBuildpacks[0]?.place).toBe(network.downloads[0]);
    expect(network.downloads[0]).toMatch(/^https:\/\/[^?]+$/);
  });
});
