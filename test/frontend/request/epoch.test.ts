import { describe, expect, it } from "vitest";
import { readEpoch } from "../../../frontend/request/epoch.ts";
import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import { codesOf } from "../../helpers/errors.ts";

function read(values: Readonly<Record<string, string>>) {
  const warnings: Diagnostic[] = [];
  const seconds = readEpoch({ values }, (warning) => warnings.push(warning));
  return { seconds, codes: warnings.map(({ code }) => code) };
}
const epoch = (text: string) => ({ "build-arg:SOURCE_DATE_EPOCH": text });

describe("SOURCE_DATE_EPOCH", () => {
  it.each([
    ["315532801", 315_532_801],
    ["1700000000", 1_700_000_000],
    ["", undefined],
  ])("%j is the time %j", (text, seconds) => {
    expect(read(epoch(text))).toEqual({ seconds, codes: [] });
  });

  it.each(["0", "315532800"])("%s is taken, with a warning of what it does not go with", (text) => {
    expect(read(epoch(text))).toEqual({ seconds: Number(text), codes: ["frontend/early-epoch"] });
  });

  it("of `build`, which sees by itself what the exporter is told, needs no warning", () => {
    for (const name of ["CNB_DOCKERFILE_SOURCE", "CNB_DOCKERFILE_SOURCE_PLACE"]) {
      expect(read({ ...epoch("0"), [`build-arg:${name}`]: "x" })).toEqual({ seconds: 0, codes: [] });
    }
  });

  it.each(["-1", "1.5", "0x10", "yesterday", "123456789012"])("%s is refused", (text) => {
    expect(codesOf(() => read(epoch(text)))).toEqual(["frontend/bad-epoch"]);
  });
});
