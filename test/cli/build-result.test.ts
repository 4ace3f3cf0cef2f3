import { Ajv } from "ajv";
import { expect, it } from "vitest";
import { buildResultJson, buildResultSchema } from "../../src/cli/build-result.ts";
import { judge } from "../../src/index.ts";
import { publishedSchema } from "../helpers/published-schema.ts";

const schema = publishedSchema(buildResultSchema, {
  file: "build.schema.json",
  title: "cnb-dockerfile build --json",
  description: "What came of a build.",
});

it("the package's schema of `build --json` is that of the program", async () => {
  await expect(schema).toMatchFileSnapshot("../../schema/build.schema.json");
});

it("what is printed fits it: an image, one with artifacts, and artifacts of an image that a gate forbids", () => {
  const validate = new Ajv({ strict: true, formats: { "date-time": true } }).compile(JSON.parse(schema));
  const verdict = judge(
    { database: { built: "2026-11-22T02:01:51Z", schemaVersion: "v6.1.4" }, findings: [], ignored: [] },
    "high",
  );
  const artifacts = {
    directory: "artifacts",
    platforms: [{ platform: "linux/amd64", packages: 3, verdict }],
  };
  const digest = `sha256:${"a".repeat(64)}`;
  const image = { digest, imageId: digest, tags: ["registry.example/app:1"] };
  for (const result of [image, { ...image, artifacts }, { artifacts }, {}]) {
    expect(validate(JSON.parse(buildResultJson(result, [])))).toBe(true);
  }
  expect(validate({ schemaVersion: 2, ...image })).toBe(false);
});
