import { Ajv } from "ajv";
import { expect, it } from "vitest";
import {
  type BuildResult,
  buildResultJson,
  buildResultSchema,
  readAnswer,
} from "../../../src/build/outputs/build-result.ts";
import { imageLayersKey } from "../../../src/contract/layer-measure.ts";
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
  const layers = { "linux/amd64": [{ title: "[linux/amd64] layer: app", sizeBytes: 1024 }] };
  const step = { id: "a", inputs: ["b"], name: "[linux/amd64 build 2/2] RUN x", ranMs: 1500 };
  const run = { steps: [{ ...step, outcome: "ran" as const }], platforms: ["linux/amd64"], noCache: [] };
  const withLayers = { ...image, answer: { ...image.answer, layers } };
  const results: Omit<BuildResult, "faults">[] = [
    ...[{ image }, { image, inspection }, { inspection }, {}],
    ...[{ image: withLayers, run }, { run }, { run: { ...run, platforms: ["linux/s390x"] } }],
  ];
  for (const result of results) {
    expect(validate(JSON.parse(buildResultJson({ ...result, faults: [] }, [])))).toBe(true);
  }
  expect(JSON.parse(buildResultJson({ image, inspection, faults: [] }, []))).toEqual({
    ...{ schemaVersion: 1, digest, imageId: digest, tags, artifacts: inspection, diagnostics: [] },
  });
  expect(JSON.parse(buildResultJson({ image: withLayers, run, faults: [] }, []))).toEqual({
    ...{ schemaVersion: 1, digest, imageId: digest, tags, diagnostics: [] },
    platforms: [
      {
        platform: "linux/amd64",
        phases: [{ name: "build", status: "ran", why: ["cache-miss"], seconds: 1.5 }],
        layers: { count: 1, reused: 1, bytes: 1024, reusedBytes: 1024 },
      },
    ],
    slowestSteps: [{ name: step.name, seconds: 1.5 }],
  });
  expect(validate({ schemaVersion: 2, digest })).toBe(false);
});

it("BuildKit's answer says which image, and which layers; what is odd of it says nothing", () => {
  const layers = { "linux/amd64": [{ title: "[linux/amd64] layer: app", sizeBytes: 1 }] };
  const answer = (told: unknown) =>
    readAnswer(JSON.stringify({ "containerimage.digest": "sha256:a", [imageLayersKey]: told }));
  const alone = { digest: "sha256:a", imageId: "sha256:a" };
  expect(answer(JSON.stringify(layers))).toEqual({ ...alone, layers });
  for (const odd of ["{", '{"linux/amd64":[{"title":1}]}', 7, layers]) expect(answer(odd)).toEqual(alone);
});
