import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { judge } from "../../src/scan/judge.ts";
import { severities, thresholds } from "../../src/scan/severity.ts";
import type { Finding } from "../../src/scan/verdict.ts";
import { renderVerdictSchema } from "../helpers/verdict-schema.ts";

const schema = renderVerdictSchema();

it("is what the file in the package says", async () => {
  await expect(schema).toMatchFileSnapshot("../../schema/verdict.schema.json");
});

describe("the published schema", () => {
  const validate = new Ajv({ strict: true, formats: { "date-time": true } }).compile(JSON.parse(schema));
  const findings = severities.map(
    (severity): Finding => ({
      id: `CVE-${severity}`,
      severity,
      package: "p",
      version: "1",
      type: "npm",
      fixedIn: [],
      dataSource: "",
    }),
  );
  const report = {
    database: { built: "2026-11-22T02:01:51Z", schemaVersion: "v6.1.4" },
    findings,
    ignored: [],
  };

  it.each([undefined, ...thresholds])("takes the verdict that fails on %s", (failOn) => {
    expect(validate(JSON.parse(JSON.stringify(judge(report, failOn))))).toBe(true);
  });

  it("takes whose settings there were, what they took out, and how old the database may be", () => {
    const verdict = judge({ ...report, ignored: findings }, "low", {
      settings: "project",
      maxAgeSeconds: 1.5,
    });
    expect(validate(JSON.parse(JSON.stringify(verdict)))).toBe(true);
  });

  it("refuses a verdict without an answer, and one with a severity that there is not", () => {
    const verdict = judge(report, "high");
    expect(validate({ ...verdict, passed: undefined })).toBe(false);
    expect(validate({ ...verdict, failOn: "unknown" })).toBe(false);
    expect(validate({ ...verdict, worst: [...findings, ...findings] })).toBe(false);
  });
});
