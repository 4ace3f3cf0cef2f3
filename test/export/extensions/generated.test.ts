import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { GeneratedDockerfile } from "../../../src/contract/generated-dockerfile.ts";
import {
  formatGeneratedDockerfiles,
  parseGeneratedDockerfiles,
} from "../../../src/contract/generated-dockerfiles.ts";
import { generatedBy, refuseExtensions } from "../../../src/export/extensions/generated.ts";
import { byteStringOf } from "../../../src/layer/byte-string.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { codesOf } from "../../helpers/errors.ts";

const group = ["acme/zz", "acme/aa", "acme/static"]
  .map((id) => `[[group-extensions]]\nid = "${id}"\nversion = "1.0.0"\n`)
  .join("");
const usual = {
  "layers/group.toml": `[[group]]\nid = "acme/node"\nversion = "3"\n${group}`,
  "layers/analyzed.toml": '[run-image]\nimage = "acme/run"\nextend = true\n',
  "cnb/extensions/acme_zz/1.0.0/bin/generate": "",
  "cnb/extensions/acme_aa/1.0.0/bin/generate": "",
};

/** What is read of a stage `detect` with these files. */
function generated(more: Readonly<Record<string, string | Buffer>>, isByKind = false) {
  const root = temporaryDirectory();
  for (const [path, text] of Object.entries({ ...usual, ...more })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    if (typeof text === "string" && text.startsWith("-> ")) symlinkSync(text.slice(3), join(root, path));
    else writeFileSync(join(root, path), text);
  }
  const generated = generatedBy({
    root: byteStringOf(root),
    layersDirectory: "/layers",
    extensionsDirectories: ["/cnb/replacing-extensions", "/cnb/extensions"],
    isByKind,
  });
  return parseGeneratedDockerfiles(formatGeneratedDockerfiles(generated));
}

const named = ({ id, kind, text }: GeneratedDockerfile) => `${id} ${kind} ${text}`;

it("is each extension's Dockerfiles in the order of the group, and the run image's name", () => {
  const { runImage, dockerfiles } = generated({
    "layers/generated/acme_aa/run.Dockerfile": "A",
    "layers/generated/acme_zz/build.Dockerfile": "B",
    "layers/generated/acme_zz/run.Dockerfile": "C",
    "layers/generated/acme_zz/run.Dockerfile.ignore": "D",
    "layers/generated/acme_other/run.Dockerfile": "E",
  });
  expect(runImage).toBe("acme/run");
  expect(dockerfiles.map(named)).toEqual(["acme/zz build B", "acme/zz run C", "acme/aa run A"]);
});

it("is nothing without extensions", () => {
  expect(generated({ "layers/group.toml": "" }).dockerfiles).toEqual([]);
});

it("has arguments and the context of its kind, with a digest of what is in it", () => {
  const texts = (content: string) => ({
    "layers/generated/acme_aa/build.Dockerfile": "A",
    "layers/generated/acme_aa/run.Dockerfile": "B",
    "layers/generated/acme_aa/extend-config.toml":
      '[[build.args]]\nname = "a"\nvalue = "1"\n[[run.args]]\nname = "b"\nvalue = "2"\n',
    "layers/generated/acme_aa/context/file": "shared",
    "layers/generated/acme_aa/context.run/file": content,
  });
  const read = (content: string) =>
    generated(texts(content)).dockerfiles.map(({ arguments: given, context }) => [given, context]);
  const [build, run] = read("x");
  expect(build?.[0]).toEqual([{ name: "a", value: "1" }]);
  expect(run?.[0]).toEqual([{ name: "b", value: "2" }]);
  expect([build, run].map((one) => one?.[1])).toMatchObject([
    { path: "/layers/generated/acme_aa/context" },
    { path: "/layers/generated/acme_aa/context.run" },
  ]);
  expect(read("y")[1]?.[1]).not.toEqual(run?.[1]);
});

it("of an extension without bin/generate is what it brings along", () => {
  const { dockerfiles } = generated({
    "cnb/extensions/acme_static/1.0.0/generate/build.Dockerfile": "S",
    "cnb/extensions/acme_static/1.0.0/generate/context/file": "",
    "layers/generated/acme_static/build.Dockerfile": "no",
  });
  expect(dockerfiles.map(named)).toEqual(["acme/static build S"]);
  expect(dockerfiles[0]?.context?.path).toBe("/cnb/extensions/acme_static/1.0.0/generate/context");
});

it("below Platform API 0.13 lies by kind, and has the app for a context", () => {
  const { dockerfiles } = generated(
    {
      "layers/generated/build/acme_aa/Dockerfile": "A",
      "layers/generated/build/acme_aa/context/file": "",
      "layers/generated/acme_aa/build.Dockerfile": "no",
    },
    true,
  );
  expect(dockerfiles).toEqual([{ id: "acme/aa", version: "1.0.0", kind: "build", text: "A", arguments: [] }]);
});

it("is nothing for who applies no extensions, and then all is well", () => {
  const root = temporaryDirectory();
  mkdirSync(join(root, "layers"));
  const refuse = () => refuseExtensions(byteStringOf(root), "/layers");
  writeFileSync(join(root, "layers/group.toml"), '[[group]]\nid = "acme/node"\n');
  expect(refuse()).toBeUndefined();
  writeFileSync(join(root, "layers/group.toml"), group);
  expect(codesOf(refuse)).toEqual(["export/extensions-take-part"]);
});

describe("is refused", () => {
  it("with a file of another shape", () => {
    const config = { "layers/generated/acme_aa/extend-config.toml": "build = 1\n" };
    const files = { "layers/generated/acme_aa/build.Dockerfile": "A", ...config };
    expect(codesOf(() => generated(files))).toEqual(["export/invalid-file"]);
  });

  it("with a Dockerfile that is not UTF-8", () => {
    const text = Buffer.from([0x46, 0xe9]);
    const files = { "layers/generated/acme_aa/build.Dockerfile": text };
    expect(codesOf(() => generated(files))).toEqual(["export/invalid-file"]);
  });

  it("with a link where a Dockerfile has to be", () => {
    expect(() => generated({ "layers/generated/acme_aa/build.Dockerfile": "-> /etc/passwd" })).toThrow(
      /symlink/,
    );
  });
});
