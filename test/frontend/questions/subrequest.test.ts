import { describe, expect, it } from "vitest";
import type { FakeScript } from "../../helpers/fake-buildkit.ts";
import { serveCall, usualDockerfile, usualImages, usualProject } from "../../helpers/frontend.ts";

/** Asks about a file; out: the answer's metadata as text. */
async function ask(
  request: string,
  text: string,
  values: Readonly<Record<string, string>> = {},
  name = "project.toml",
) {
  const files = { [name]: text };
  const script: FakeScript = { directories: { dockerfile: files, context: files }, images: usualImages() };
  const options = { filename: name, platform: "linux/amd64", requestid: request, ...values };
  const { answer } = await serveCall(options, script);
  if (answer?.result === undefined) throw new Error(answer?.error?.message ?? "no answer");
  const of = (key: string) => Buffer.from(answer.result?.metadata[key] ?? []).toString();
  return {
    json: JSON.parse(of("result.json")),
    text: of("result.txt"),
    version: of("version"),
    statusCode: of("result.statuscode"),
  };
}

it("`frontend.subrequests.describe` names every question, in the form that BuildKit gives it", async () => {
  const { json, text, version } = await ask("frontend.subrequests.describe", usualProject);
  expect(json.map(({ name }: { name: string }) => name)).toEqual([
    "frontend.outline",
    "frontend.targets",
    "frontend.lint",
    "frontend.subrequests.describe",
  ]);
  expect(Object.keys(json[0])).toEqual([
    ...["name", "version", "type", "description", "opts", "inputs", "metadata", "refs"],
  ]);
  expect(text).toMatch(/^NAME +VERSION {2}DESCRIPTION\noutline +1\.0\.0 {4}List the build arguments/);
  expect(version).toBe("1.0.0");
});

it("`frontend.targets` lists the stages, the image as the default", async () => {
  const { json, text } = await ask("frontend.targets", usualProject);
  expect(json.targets.map(({ name }: { name: string }) => name)).toContain("detect");
  expect(json.targets.filter((target: { default?: boolean }) => target.default)).toMatchObject([
    { name: "app", description: "the final image." },
  ]);
  expect(text).toMatch(/^app \(default\) +the final image\./m);
});

describe("`frontend.outline`", () => {
  it("shows our arguments with the values in use, given ones first", async () => {
    const { json, text } = await ask("frontend.outline", usualProject, {
      "build-arg:CNB_PROCESS_TYPE": "worker",
      "build-arg:NODE_ENV": "test",
    });
    const values = json.args.map(({ name, value }: { name: string; value: string }) => [name, value]);
    expect(Object.fromEntries(values)).toMatchObject({
      CNB_BUILDER: "registry.example/acme/builder:24",
      CNB_RUN_IMAGE: "registry.example/acme/run:24",
      CNB_PLATFORM_API: "0.15",
      CNB_PROCESS_TYPE: "worker",
      CNB_CACHE_ID: "",
      CNB_SECRETS: "",
      CNB_BINDINGS: "",
      CNB_EXEC_ENV: "production",
    });
    expect(text).toMatch(/^BUILD ARG +VALUE +DESCRIPTION$/m);
    expect(text).not.toContain("SECRET ");
  });

  it("shows the secrets that are wanted", async () => {
    const { json, text } = await ask("frontend.outline", usualProject, {
      "build-arg:CNB_SECRETS": "TOKEN",
      "build-arg:CNB_BINDINGS": "db=postgresql:password",
    });
    expect(json.secrets).toEqual([
      { name: "TOKEN", required: true },
      { name: "db.password", required: true },
    ]);
    expect(text).toMatch(/^SECRET +REQUIRED\nTOKEN +true\ndb\.password +true$/m);
  });

  it("of a generated Dockerfile has the gate alone, for the others stand in it", async () => {
    const gate = { "build-arg:CNB_FAIL_ON": "HIGH" };
    const { json } = await ask("frontend.outline", usualDockerfile, gate, "Dockerfile");
    expect(json).toMatchObject({ name: "app", args: [{ name: "CNB_FAIL_ON", value: "high" }], secrets: [] });
  });
});

describe("`frontend.lint`", () => {
  it("has nothing to say of a good file", async () => {
    const { json, text, statusCode } = await ask("frontend.lint", usualProject);
    expect(json).toMatchObject({ warnings: [], sources: [{ filename: "project.toml" }] });
    expect(json).not.toHaveProperty("buildError");
    expect({ text, statusCode }).toEqual({ text: "", statusCode: "0" });
  });

  it("gives each warning its rule, page and place", async () => {
    const { json, text, statusCode } = await ask("frontend.lint", `${usualProject}exlude = 1\n`);
    expect(json.warnings).toEqual([
      {
        ruleName: "descriptor/unknown-key",
        description: "A key is unknown in the descriptor's schema version",
        url: expect.stringMatching(/descriptor\.md#descriptorunknown-key$/),
        detail:
          "io.buildpacks.exlude is not a key of schema 0.2 and has no effect.\nfix: Did you mean `exclude`?",
        location: {
          sourceIndex: 0,
          ranges: [{ start: { line: 7, character: 0 }, end: { line: 7, character: 0 } }],
        },
      },
    ]);
    expect(Buffer.from(json.sources[0].data, "base64").toString()).toContain("exlude = 1");
    expect(text).toContain("7 | exlude = 1");
    expect(statusCode).toBe("1");
  });

  it("gives all that is wrong as one error, at the place of the first", async () => {
    const { json, statusCode } = await ask(
      "frontend.lint",
      "[_]\nschema-version = 3\n[io.buildpacks]\nbuilder = 3\n",
    );
    expect(json.buildError).toMatchObject({
      message: expect.stringMatching(/^error: /),
      location: { sourceIndex: 0, ranges: [{ start: { line: 2 } }] },
    });
    expect(statusCode).toBe("1");
  });

  it("tells of a target that no stage has, and of a file that is not there, without a place", async () => {
    const target = await ask("frontend.lint", usualProject, { target: "nowhere" });
    expect(target.json.buildError).toMatchObject({
      message: expect.stringContaining("[frontend/unknown-target]"),
      location: { sourceIndex: 0, ranges: [] },
    });
    const missing = await ask("frontend.lint", usualProject, { filename: "other.toml" });
    expect(missing.json.buildError.message).toContain("[frontend/no-descriptor]");
    expect(missing.json.sources).toEqual([{ filename: "", data: "", language: "TOML" }]);
  });
});
