import { describe, expect, it } from "vitest";
import { bakeFile, contextPath, hclText } from "../../../src/cli/targets/bake-file.ts";
import type { ProjectTarget } from "../../../src/cli/targets/project-target.ts";

const target = (name: string, more: Partial<ProjectTarget> = {}): ProjectTarget => ({
  ...{ name, directory: `/repository/services/${name}`, file: "project.toml", platforms: [] },
  ...{ buildArguments: new Map(), secrets: [] },
  ...more,
});

describe("a bake file", () => {
  it("has a target for each app's cache image, which is built beside the app", () => {
    const text = bakeFile(
      [target("api", { cacheImage: "registry.example/cache:api-main" }), target("web")],
      "/",
    );
    expect(text).toContain('targets = ["api", "api_cache", "web"]');
    expect(text.slice(text.indexOf('target "api_cache"')).split("}")[0]).toMatchInlineSnapshot(`
      "target "api_cache" {
        inherits = ["api"]
        target = "cache-image"
        tags = ["registry.example/cache:api-main"]
        output = ["type=image,push=true,compression=zstd,oci-mediatypes=true"]
        attest = ["type=provenance,disabled=true"]
      "
    `);
  });

  it("has a target for each project, and once what they have alike", () => {
    const args = (own: Record<string, string>) =>
      new Map(Object.entries({ CNB_BUILDER: "acme/builder:24", ...own }));
    const platforms = ["linux/amd64", "linux/arm64"];
    const text = bakeFile(
      [
        target("api", {
          platforms,
          buildArguments: args({ BUILDKIT_SYNTAX: "ghcr.io/x/y:1" }),
          secrets: [{ id: "NPM_TOKEN", variable: "NPM_TOKEN" }, { id: "db.password" }],
          ssh: "default",
        }),
        target("web", { platforms, buildArguments: args({}) }),
      ],
      "/repository",
    );
    expect(text).toMatchInlineSnapshot(`
      "# Made by \`cnb-dockerfile generate\`, which replaces this file. Remove this line to have it ask for --force.
      #
      #   docker buildx bake                  builds every project
      #   docker buildx bake NAME             builds one
      #   REGISTRY=registry.example/acme/ TAG=1.2.3 docker buildx bake --push
      #
      # Paths start from the directory where you run it.

      variable "REGISTRY" {
        default = ""
      }

      variable "TAG" {
        default = "latest"
      }

      group "default" {
        targets = ["api", "web"]
      }

      target "_project" {
        platforms = ["linux/amd64", "linux/arm64"]
        args = {
          "CNB_BUILDER" = "acme/builder:24"
        }
      }

      target "api" {
        inherits = ["_project"]
        context = "./services/api"
        dockerfile = "project.toml"
        tags = ["\${REGISTRY}api:\${TAG}"]
        args = {
          "BUILDKIT_SYNTAX" = "ghcr.io/x/y:1"
        }
        secret = ["id=NPM_TOKEN,env=NPM_TOKEN", "id=db.password,src=secrets/db.password"]
        ssh = ["default"]
      }

      target "web" {
        inherits = ["_project"]
        context = "./services/web"
        dockerfile = "project.toml"
        tags = ["\${REGISTRY}web:\${TAG}"]
      }
      "
    `);
  });

  it("says no more than there is to say", () => {
    const text = bakeFile([target("api")], "/repository/services/api");
    expect(text).toContain('target "_project" {\n}\n');
    expect(text).toContain(
      'target "api" {\n  inherits = ["_project"]\n  context = "."\n  dockerfile = "project.toml"\n',
    );
  });
});

it.each([
  ["plain", '"plain"'],
  ['a "quoted" \\ word', '"a \\"quoted\\" \\\\ word"'],
  [`\${x} %{if y} $$\${z}`, `"$\${x} %%{if y} $$$\${z}"`],
  ["$ { % {", '"$ { % {"'],
  // HCL has no such escapes.
  ["\b\f\n\t\u0001", '"\\u0008\\u000c\\n\\t\\u0001"'],
  // A backslash that is followed by a letter is no escape.
  ["\\b \\\\f", '"\\\\b \\\\\\\\f"'],
  ["é 😀", '"é 😀"'],
])("the text %j stands in HCL as %s", (text, hcl) => {
  expect(hclText(text)).toBe(hcl);
});

it.each([
  ["/a", "/a", "."],
  ["/a", "/a/b/c", "./b/c"],
  ["/a/b", "/a", ".."],
  ["/a/b", "/a/c", "../c"],
  // Neither is an address.
  ["/a", "/a/github.com/x", "./github.com/x"],
  ["/a", "/a/..b", "./..b"],
])("from %s the context %s is %s", (from, directory, path) => {
  expect(contextPath(from, directory)).toBe(path);
});
