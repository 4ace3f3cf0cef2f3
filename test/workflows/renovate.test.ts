import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { RE2JS } from "re2js";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const rules = JSON.parse(readFileSync(join(root, "ci/renovate/default.json"), "utf8")) as {
  readonly customManagers: readonly {
    readonly managerFilePatterns: readonly string[];
    readonly matchStrings: readonly string[];
  }[];
};

/** What Renovate would look up: it matches with RE2, and reads these groups. */
function found(text: string): string[] {
  return rules.customManagers.flatMap(({ matchStrings }) =>
    matchStrings.flatMap((expression) => {
      const matcher = RE2JS.compile(expression).matcher(text);
      const images: string[] = [];
      while (matcher.find())
        images.push(
          ["depName", "currentValue", "currentDigest"].map((name) => matcher.group(name) ?? "-").join(" "),
        );
      return images;
    }),
  );
}

const digest = `sha256:${"a".repeat(64)}`;

it("finds the images of a project.toml: builder, buildpacks and helper image, with tags, ports and digests", () => {
  const text = `# syntax=ghcr.io/cnb-dockerfile/cnb-dockerfile:0.1.0
[_]
schema-version = "0.2"

[io.buildpacks]
builder = "registry.example:5000/acme/builder:24@${digest}"
  # builder = "old/builder:1"

[[io.buildpacks.group]]
uri = "docker://registry.example/acme/node:3.1"

[[io.buildpacks.group]]
uri = "buildpacks/own"

[[io.buildpacks.pre.group]]
uri = 'docker://registry.example:5000/acme/ca@${digest}'
`;
  expect(found(text)).toEqual([
    `registry.example:5000/acme/builder 24 ${digest}`,
    "registry.example/acme/node 3.1 -",
    `registry.example:5000/acme/ca - ${digest}`,
    "ghcr.io/cnb-dockerfile/cnb-dockerfile 0.1.0 -",
  ]);
});

it("finds the builder of a project.toml that has nothing else", () => {
  expect(found('[io.buildpacks]\nbuilder = "heroku/builder"\n')).toEqual(["heroku/builder - -"]);
  expect(found('[io.buildpacks]\nbuilder="heroku/builder:24"')).toEqual(["heroku/builder 24 -"]);
});

it("looks into files of that name alone", () => {
  for (const { managerFilePatterns } of rules.customManagers) {
    const patterns = managerFilePatterns.map((pattern) => RE2JS.compile(pattern.slice(1, -1)));
    const isWanted = (file: string) => patterns.some((pattern) => pattern.matcher(file).find());
    expect(
      ["project.toml", "apps/a/project.toml", "my-project.toml", "project.toml.bak"].map(isWanted),
    ).toEqual([true, true, false, false]);
  }
});

/** Source: Renovate, `lib/modules/manager/dockerfile/extract.ts`: an image, which holds no variable, and the name of its stage. */
const from =
  /^FROM(?:\s+--platform=\S+)?\s+([\w./:-]+?(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?)(?:\s+AS\s+([\w-]+))?$/;

it("has images without variables in the FROM lines of generated Dockerfiles, which Renovate finds by itself", () => {
  const files = readdirSync(join(root, "golden"), { recursive: true, encoding: "utf8" }).filter((name) =>
    /(^|\/)Dockerfile$/.test(name),
  );
  const foreign = files.flatMap((name) => {
    const lines = readFileSync(join(root, "golden", name), "utf8").split("\n");
    const stages = new Set(["scratch"]);
    return lines.flatMap((line) => {
      if (!line.startsWith("FROM ")) return [];
      const [, image, stage] = from.exec(line) ?? [];
      const isForeign = !(image !== undefined && stages.has(image)) && !line.startsWith("FROM export${");
      if (stage !== undefined) stages.add(stage);
      return isForeign ? [{ line, image }] : [];
    });
  });
  expect(foreign.length).toBeGreaterThan(200);
  expect(foreign.filter(({ image }) => image === undefined)).toEqual([]);
});
