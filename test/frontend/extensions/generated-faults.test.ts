import { expect, it } from "vitest";
import { explainGenerate, generatedFaults } from "../../../frontend/extensions/generated-faults.ts";
import { diagnose } from "../../../src/diagnostics/diagnose.ts";
import { formatDiagnostic } from "../../../src/diagnostics/format.ts";

const faults = (name: string, text: string) =>
  generatedFaults({ extension: "acme_curl", texts: new Map([[name, text]]) }).map(({ code }) => code);

// biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a Dockerfile
const begin = "ARG base_image\nFROM ${base_image}\n";

it.each([
  ["run.Dockerfile", "ARG base_image\nFROM \nUSER root\n", "frontend/extension-empty-from"],
  ["run.Dockerfile", "FROM a\nFROM b\n", "frontend/extension-stages"],
  ["build.Dockerfile", `${begin}FROM scratch\n`, "frontend/extension-stages"],
  ["build.Dockerfile", "FROM acme/builder\n", "frontend/extension-base"],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a Dockerfile
  ["build.Dockerfile", "FROM ${base_image}\n", "frontend/extension-base"],
  ["extend-config.toml", '[[run.args]]\nname = "build_id"\nvalue = "1"\n', "frontend/extension-argument"],
])("of a %s with %j is %s", (name, text, code) => {
  expect(faults(name, text)).toEqual([code]);
});

it.each([
  ["run.Dockerfile", "FROM acme/run\n"],
  ["run.Dockerfile", `${begin}RUN a\n`],
  ["build.Dockerfile", `${begin}RUN <<E\nFROM x\nE\n`],
  ["extend-config.toml", '[[build.args]]\nname = "mine"\nvalue = "1"\n'],
])("of a %s with %j is nothing", (name, text) => {
  expect(faults(name, text)).toEqual([]);
});

it("is told in these words", async () => {
  const files: readonly (readonly [name: string, text: string])[] = [
    ["run.Dockerfile", "ARG base_image\nFROM \nUSER root\n"],
    ["run.Dockerfile", "FROM a\nFROM b\n"],
    ["build.Dockerfile", "FROM acme/builder\n"],
    ["extend-config.toml", '[[run.args]]\nname = "build_id"\nvalue = "1"\n'],
  ];
  // What a bin/generate that wants network fails with: the detector tells nothing but this.
  const failed = { phase: "detect", exitCode: 91, platform: "linux/amd64", buildpacks: [] };
  const found = [
    ...files.flatMap((file) => generatedFaults({ extension: "acme_curl", texts: new Map([file]) })),
    diagnose("frontend/phase-failed", failed),
  ];
  const text = found
    .map((fault) => `${formatDiagnostic(fault, { color: false, texts: new Map() })}\n`)
    .join("\n");
  await expect(text).toMatchFileSnapshot("generated-faults.txt");
});

it("is not looked for where something else failed", async () => {
  const error = new Error("other");
  const withFilesOf = () => Promise.reject(new Error("not to be asked"));
  expect(await explainGenerate({ withFilesOf }, error)).toBe(error);
});
