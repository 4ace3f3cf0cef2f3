import { Ajv } from "ajv";
import { expect, it } from "vitest";
import {
  type BuildResult,
  buildResultJson,
  buildResultSchema,
} from "../../../src/build/outputs/build-result.ts";
import type { Engine } from "../../../src/engines/engine.ts";
import { judge } from "../../../src/scan/judge.ts";
import { publishedSchema } from "../../helpers/published-schema.ts";

const schema = publishedSchema(buildResultSchema, {
  file: "build.schema.json",
  title: "cnb-dockerfile build --json",
  description: "What came of a build.",
});

it("the package's schema of `build --json` is that of the program", async () => {
  await expect(schema).toMatchFileSnapshot("../../../schema/build.schema.json");
});

it("what is printed fits it: an image, one with artifacts, and artifacts of an image that a gate forbids", () => {
  const validate = new Ajv({ strict: true, formats: { "date-time": true } }).compile(JSON.parse(schema));
  const verdict = judge(
    { database: { built: "2026-11-22T02:01:51Z", schemaVersion: "v6.1.4" }, findings: [], ignored: [] },
    "high",
  );
  const inspection = {
    directory: "artifacts",
    platforms: [{ platform: "linux/amd64", packages: 3, verdict }],
  };
  const digest = `sha256:${"a".repeat(64)}`;
  const tags = ["registry.example/app:1"];
  const image = {
    ...{ engine: {} as Engine, outputs: [], shownTags: tags, platformCount: 1 },
    ...{ tags, answer: { digest, imageId: digest } },
  };
  const results: Omit<BuildResult, "faults">[] = [{ image }, { image, inspection }, { inspection }, {}];
  for (const result of results) {
    expect(validate(JSON.parse(buildResultJson({ ...result, faults: [] }, [])))).toBe(true);
  }
  expect(JSON.parse(buildResultJson({ image, inspection, faults: [] }, []))).toEqual({
    ...{ schemaVersion: 1, digest, imageId: digest, tags, artifacts: inspection, diagnostics: [] },
  });
  expect(validate({ schemaVersion: 2, digest })).toBe(false);
});
