import fc from "fast-check";
import { expect, it } from "vitest";
import { generatedMark } from "../../../src/contract/generated-mark.ts";
import { emitFiles } from "../../../src/dockerfile/write/emit.ts";
import type { LifecyclePlan } from "../../../src/plan/lifecycle-plan.ts";
import { lowerToStages } from "../../../src/stages/stages.ts";
import { hostile } from "../../helpers/hostile.ts";
import { planOf } from "../../helpers/plan.ts";
import { readByRules } from "../../helpers/read-by-rules.ts";
import { tries } from "../../helpers/starting.ts";

const keywords = (plan: LifecyclePlan) =>
  readByRules(emitFiles(lowerToStages(plan), plan).dockerfile).map(({ keyword }) => keyword);

it("a project's texts add no instruction to a Dockerfile, wherever they stand", () => {
  const parts = (text: string): Partial<LifecyclePlan> => ({
    descriptor: text,
    generator: { version: "0", recorded: [text] },
    // As a path it has none of these.
    buildContexts: [`x=oci-layout://${text.replace(/[\0\r\n]/g, "")}`],
    workspace: {
      // No program can be given a NUL.
      filter: { kind: "exclude", patterns: [text.replaceAll("\0", "")] },
      descriptorPath: text.replaceAll("\0", ""),
      // As TOML it has neither of these.
      descriptorText: `${text.replace(/[\0\r]/g, "")}\n`,
      keepGitDirectory: false,
      keepModes: false,
      runsAsOther: true,
    },
    order: [[{ id: text, version: text, optional: false }]],
    // Both in one place: the list of exact files is there whatever the text is.
    files: [
      { path: `/platform/env/${text}`, mode: "0644", content: { format: "text", text: `${text}\r` } },
      { path: "/platform/env/B", mode: "0644", content: { format: "text", text: "plain\n" } },
    ],
    platforms: planOf().platforms.map((platform) => ({
      ...platform,
      target: { ...platform.target, id: text },
    })),
  });
  const usual = keywords(planOf(parts("x")));
  fc.assert(
    fc.property(hostile, (text) => {
      expect(keywords(planOf(parts(text)))).toEqual(usual);
    }),
    { numRuns: tries(300) },
  );
});

it("begins with what the program in the build knows such files by", () => {
  const { dockerfile, dockerignore } = emitFiles(lowerToStages(planOf()), planOf());
  const withSyntax = planOf({ syntax: "acme/cnb:1" });
  for (const text of [
    dockerfile,
    dockerignore,
    emitFiles(lowerToStages(withSyntax), withSyntax).dockerfile,
  ]) {
    expect(text).toMatch(generatedMark);
  }
});

it("ends every line of both files with a newline alone", () => {
  const { dockerfile, dockerignore } = emitFiles(lowerToStages(planOf()), planOf());
  for (const text of [dockerfile, dockerignore]) {
    expect(text).not.toContain("\r");
    expect(text).toMatch(/[^\n]\n$/);
  }
});

it("gives the same bytes for the same plan", () => {
  expect(emitFiles(lowerToStages(planOf()), planOf())).toEqual(emitFiles(lowerToStages(planOf()), planOf()));
});
