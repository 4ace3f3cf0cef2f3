import { describe, expect, it } from "vitest";
import type { InlineBuildpack } from "../../src/descriptor/project-descriptor.ts";
import { envFiles, inlineBuildpackFiles } from "../../src/plan/platform/platform-files.ts";
import { faultsOf } from "../helpers/errors.ts";

const script = (parts: Partial<InlineBuildpack> = {}): InlineBuildpack => ({
  kind: "inline",
  id: "acme/script",
  version: "1.0.0",
  api: "0.10",
  shell: "/bin/bash -e",
  script: "echo hello",
  location: { file: "project.toml", keyPath: "io.buildpacks.group[0]" },
  ...parts,
});
const textOf = (path: string, parts?: Partial<InlineBuildpack>) => {
  const file = inlineBuildpackFiles([script(parts)]).find((candidate) => candidate.path.endsWith(path));
  return file?.content.format === "text" ? file.content.text : undefined;
};

describe("a build-time variable", () => {
  it("is a file of its name and exactly its value", () => {
    expect(envFiles([{ name: "A", value: "one\r\ntwo" }])).toEqual([
      { path: "/platform/env/A", mode: "0644", content: { format: "text", text: "one\r\ntwo" } },
    ]);
  });

  it("given twice is one file, with the later value", () => {
    const files = envFiles(["old", "new"].map((value) => ({ name: "A", value })));
    expect(files.map(({ content }) => content)).toEqual([{ format: "text", text: "new" }]);
  });
});

describe("an inline script", () => {
  it("is a buildpack of three files, the programs executable", () => {
    expect(inlineBuildpackFiles([script()]).map(({ path, mode }) => `${mode} ${path}`)).toEqual([
      "0644 /cnb/buildpacks/acme_script/1.0.0/buildpack.toml",
      "0755 /cnb/buildpacks/acme_script/1.0.0/bin/detect",
      "0755 /cnb/buildpacks/acme_script/1.0.0/bin/build",
    ]);
  });

  it("runs under its shell, and always takes part", () => {
    expect(textOf("bin/build")).toBe("#!/bin/bash -e\n\necho hello\n");
    expect(textOf("bin/detect")).toBe("#!/bin/bash -e\n\nexit 0\n");
  });

  it("keeps its own last newline", () => {
    expect(textOf("bin/build", { script: "echo\n\n" })).toBe("#!/bin/bash -e\n\necho\n\n");
  });

  it("fits any run image", () => {
    const [toml] = inlineBuildpackFiles([script()]);
    expect(toml?.content).toEqual({
      format: "toml",
      table: { api: "0.10", buildpack: { id: "acme/script", version: "1.0.0" }, stacks: [{ id: "*" }] },
    });
  });

  it("cannot be there twice in one version", () => {
    const twice = [
      script(),
      script({ location: { file: "project.toml", keyPath: "io.buildpacks.group[1]" } }),
    ];
    expect(faultsOf(() => inlineBuildpackFiles(twice))).toMatchObject([
      { code: "plan/inline-twice", location: { keyPath: "io.buildpacks.group[1]" } },
    ]);
    expect(inlineBuildpackFiles([script(), script({ version: "2" })])).toHaveLength(6);
  });
});
