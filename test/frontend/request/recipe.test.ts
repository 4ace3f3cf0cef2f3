import parseToml from "@iarna/toml/parse-string.js";
import { describe, expect, it } from "vitest";
import { definitionFor, file } from "../../../frontend/graph/llb.ts";
import { inspectionRecipe } from "../../../frontend/image/inspection-recipe.ts";
import { ownImageName } from "../../../frontend/request/compile-options.ts";
import { requireGatedTarget } from "../../../frontend/request/gate.ts";
import { makeRecipe } from "../../../frontend/request/recipe.ts";
import { GatewayImages } from "../../../frontend/sources/image-source.ts";
import { NamedContexts } from "../../../frontend/sources/named-contexts.ts";
import { previousContexts } from "../../../frontend/sources/previous-image.ts";
import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import { parsePlatform } from "../../../src/image/platform.ts";
import { grypeImage } from "../../../src/options/table/scan.ts";
import { faultsOf, faultsOfAsync } from "../../helpers/errors.ts";
import { operationsOf } from "../../helpers/fake-buildkit.ts";
import {
  connected,
  frontendOptions,
  usualDockerfile,
  usualImages,
  usualProject,
} from "../../helpers/frontend.ts";

interface Asked {
  readonly name?: string;
  readonly values?: Readonly<Record<string, string>>;
  readonly platform?: string;
  /** More images than those of the project. */
  readonly images?: Readonly<Record<string, string>>;
  /** What BuildKit reads as the severity of the Dockerfile's gate. */
  readonly dockerfileGate?: string;
}

/** The recipe of a file's text; undefined: there is no file. */
async function recipeOf(
  text: string | undefined,
  { name = "project.toml", values = {}, platform, images = {}, dockerfileGate = "" }: Asked = {},
) {
  const { gateway } = connected({ images: { ...usualImages(), ...images }, dockerfileGate });
  const reported: Diagnostic[] = [];
  const contexts = new NamedContexts(gateway, frontendOptions());
  const recipe = await makeRecipe({
    project: text === undefined ? {} : { file: { name, bytes: Buffer.from(text) }, descriptorPath: name },
    options: frontendOptions(values),
    platforms: [parsePlatform(platform ?? "linux/amd64") ?? { os: "linux", architecture: "amd64" }],
    images: new GatewayImages(gateway, contexts, "default"),
    contexts,
    gateway,
    own: () => file("/own", "own", "our own image"),
    buildPlatform: { os: "linux", architecture: "amd64" },
    report: (diagnostic) => reported.push(diagnostic),
  });
  return { ...recipe, reported };
}

const faultsFor = async (text: string | undefined, asked: Asked = {}) =>
  (await faultsOfAsync(recipeOf(text, asked))).faults;
const generated = { name: "Dockerfile" };

describe("a project.toml", () => {
  it("is compiled, with our own image as the tool", async () => {
    const { dockerfile, ownImage, isGenerated, app } = await recipeOf(usualProject);
    expect(dockerfile.text).toContain(`FROM --platform=$BUILDPLATFORM ${ownImageName} AS tool`);
    expect({ ownImage, isGenerated }).toEqual({ ownImage: ownImageName, isGenerated: false });
    expect(app.runImage.name).toBe("registry.example/acme/run:24");
  });

  it("may have any name and a syntax line", async () => {
    const { isGenerated } = await recipeOf(`# syntax=acme/cnb\n${usualProject}`, { name: "cnb.conf" });
    expect(isGenerated).toBe(false);
  });

  it("is not taken for a Dockerfile by a line of its text", async () => {
    const script =
      '[[io.buildpacks.pre.group]]\nid = "a/b"\n[io.buildpacks.pre.group.script]\napi = "0.10"\n';
    const text = `${usualProject}${script}inline = """\nFROM a AS b\n"""\n`;
    expect((await recipeOf(text)).isGenerated).toBe(false);
  });

  it("takes its cache's name from the git clone that the client builds", async () => {
    const values = { "vcs:source": "https://git.example/acme/shop.git", "vcs:localdir:context": "web" };
    const { dockerfile } = await recipeOf(usualProject.replace(/^id = .*$/m, ""), { values });
    expect(dockerfile.text).toMatch(/--mount=type=cache,[^ ]*id=[^,]*shop/);
  });

  describe("that has no id", () => {
    /** The whole file, so that a variable for the buildpacks would make a difference as well. */
    const dockerfileWith = async (values: Readonly<Record<string, string>>) => {
      const { dockerfile, reported } = await recipeOf(usualProject.replace(/^id = .*$/m, ""), { values });
      expect(reported).toEqual([]);
      expect(dockerfile.text).toMatch(/--mount=type=cache,[^ ]*id=[^,]*shop/);
      return dockerfile.text;
    };
    const remote = "https://git.example/acme/shop.git";
    const told = (source: string, directory?: string) => ({
      "build-arg:CNB_DOCKERFILE_SOURCE": source,
      ...(directory === undefined ? {} : { "build-arg:CNB_DOCKERFILE_SOURCE_DIRECTORY": directory }),
    });

    it.each([
      [told(remote), { "vcs:source": remote, "vcs:localdir:context": "." }],
      [told(remote), { "vcs:source": remote }],
      [told(remote, "web"), { "vcs:source": remote, "vcs:localdir:context": "web" }],
      [told("git@git.example:acme/shop", "web"), { "vcs:source": remote, "vcs:localdir:context": "web" }],
    ])(
      "takes the same cache by our command's arguments %j as by buildx's own words",
      async (ours, buildx) => {
        expect(await dockerfileWith(ours)).toBe(await dockerfileWith(buildx));
      },
    );

    it("believes the arguments before what buildx says", async () => {
      const buildx = { "vcs:source": "https://git.example/acme/shop-api.git", "vcs:localdir:context": "api" };
      expect(await dockerfileWith({ ...buildx, ...told(remote) })).toBe(await dockerfileWith(told(remote)));
      expect(await dockerfileWith({ ...buildx, ...told("") })).toBe(await dockerfileWith(buildx));
    });
  });

  describe("that chose its id itself", () => {
    const idOf = async (values: Readonly<Record<string, string>>, text = usualProject) =>
      /id=cnb-dockerfile\/[^/]*@\}(?<id>[^/]+)/.exec((await recipeOf(text, { values })).dockerfile.text)
        ?.groups?.id;
    const from = (source: string) => ({ "build-arg:CNB_DOCKERFILE_SOURCE": source });
    const at = (place: string) => ({ "build-arg:CNB_DOCKERFILE_SOURCE_PLACE": place });
    const acme = from("https://git.example/acme/shop");

    it("has a cache of its own in each repository and each place", async () => {
      const ids = await Promise.all(
        [{}, acme, from("https://git.example/mallory/shop"), at("directory:1"), at("directory:2")].map(
          (one) => idOf(one),
        ),
      );
      expect(new Set(ids).size).toBe(ids.length);
    });

    it("has the same one by plain buildx as by our command, and in every directory of the repository", async () => {
      const id = await idOf(acme);
      expect(await idOf({ "vcs:source": "git@git.example:acme/shop.git" })).toBe(id);
      expect(await idOf({ ...acme, "build-arg:CNB_DOCKERFILE_SOURCE_DIRECTORY": "web" })).toBe(id);
    });

    it("reads no remote of its clone as a place", async () => {
      expect(await idOf(from("directory:1"))).not.toBe(await idOf(at("directory:1")));
    });

    it("has one of this build alone where the client knows that nothing is known", async () => {
      const { dockerfile, reported } = await recipeOf(usualProject, { values: at("unknown") });
      expect(reported.map(({ code }) => code)).toEqual(["plan/cache-id-unplaced"]);
      expect(dockerfile.text).toMatch(/@\}app-[0-9a-f-]{36}\//);
    });

    it.each([
      ["a build-time variable", '[[io.buildpacks.build.env]]\nname = "CNB_CACHE_SCOPE"\nvalue = "main"\n'],
      ["a key of its own", '[io.buildpacks.cache]\nscope = "main"\n'],
    ])("chooses no scope by %s", async (_, text) => {
      const { dockerfile } = await recipeOf(`${usualProject}\n${text}`, { values: acme });
      expect(dockerfile.text).not.toMatch(/ARG CNB_CACHE_SCOPE=/);
      expect(await idOf(acme, `${usualProject}\n${text}`)).toBe(await idOf(acme));
    });

    it("counts alone in a scope, which is in the ids of all three stages", async () => {
      const scope = { "build-arg:CNB_CACHE_SCOPE": "pr-7:main" };
      expect(await idOf({ ...acme, ...scope })).toBe(await idOf({}));
      const { dockerfile } = await recipeOf(usualProject, { values: scope });
      expect(dockerfile.text.match(/^ARG CNB_CACHE_SCOPE="?pr-7"?$/gm)).toHaveLength(3);
    });
  });

  describe("with a previous image", () => {
    const values = { "build-arg:CNB_PREVIOUS_IMAGE": "app:latest" };
    const label = {
      buildpacks: [
        { key: "acme/go", layers: { tool: { sha: "own", launch: true } }, store: { metadata: {} } },
      ],
      sbom: { sha: "sbom" },
      runImage: {
        topLayer: `sha256:${"1".repeat(64)}`,
        reference: `registry.example/acme/run@sha256:${"2".repeat(64)}`,
      },
    };
    const config = (labels: object) =>
      JSON.stringify({
        ...{ os: "linux", architecture: "amd64", config: { Labels: labels } },
        rootfs: { diff_ids: [`sha256:${"1".repeat(64)}`, "own", "sbom"] },
      });
    const images = (labels: object) => ({ "docker.io/library/app:latest linux/amd64": config(labels) });
    const lifecycle = { "io.buildpacks.lifecycle.metadata": JSON.stringify(label) };

    it("hands over what it holds, of the image with its whole name and by digest", async () => {
      const { previous, dockerfile, reported } = await recipeOf(usualProject, {
        values,
        images: images(lifecycle),
      });
      expect(reported).toEqual([]);
      expect(previous?.reference).toBe(`docker.io/library/app:latest@sha256:${"a".repeat(64)}`);
      expect(previous?.contextFiles).toMatchObject([
        { context: "cnb-dockerfile.invalid/previous:image", platform: "linux/amd64", path: "/analyzed.toml" },
      ]);
      expect(previous?.contextFiles[0]?.text).toContain('key = "acme/go"');
      expect(dockerfile.text).toContain("FROM cnb-dockerfile.invalid/previous:image AS previous\n");
      if (previous === undefined) return;
      const { options, inputs } = previousContexts(previous, [{ os: "linux", architecture: "amd64" }]);
      expect(options).toEqual({
        "context:cnb-dockerfile.invalid/previous:image::linux/amd64": "input:previous linux/amd64",
      });
      const operations = operationsOf(inputs["previous linux/amd64"] ?? definitionFor(undefined));
      expect(operations.map(({ op }) => op.case)).toEqual(["file", "source", "file"]);
    });

    it("lists cached layers in an entry that the restorer does not read, and fetches nothing for them", async () => {
      const [cached, built, alone] = [
        { sha: "own", launch: true, cache: true },
        { sha: "own", launch: true, build: true },
        { sha: "own", launch: true },
      ];
      const listed = async (layers: object) => {
        const buildpacks = [{ key: "acme/go", layers }];
        const own = { "io.buildpacks.lifecycle.metadata": JSON.stringify({ ...label, buildpacks }) };
        const { previous } = await recipeOf(usualProject, { values, images: images(own) });
        const toml = parseToml(previous?.contextFiles[0]?.text ?? "") as {
          metadata: { buildpacks: object[] };
        };
        return { buildpacks: toml.metadata.buildpacks, hasSbom: previous?.withSbom.has("linux/amd64") };
      };
      expect(await listed({ jdk: cached })).toEqual({
        buildpacks: [
          { key: "acme/go", layers: {} },
          { key: "acme/go", layers: { jdk: { launch: true, cache: true } } },
        ],
        hasSbom: false,
      });
      expect(await listed({ jdk: cached, modules: alone, tools: built })).toEqual({
        buildpacks: [
          { key: "acme/go", layers: { modules: { launch: true }, tools: { launch: true, build: true } } },
          { key: "acme/go", layers: { jdk: { launch: true, cache: true } } },
        ],
        hasSbom: true,
      });
    });

    it.each([
      ["is not there yet", {}, "plan/no-previous-image"],
      ["was made without buildpacks", images({}), "plan/previous-image-unused"],
    ])("that %s goes on without, and says so", async (_, more, code) => {
      const { previous, dockerfile, reported } = await recipeOf(usualProject, { values, images: more });
      expect(reported.map((warning) => warning.code)).toEqual([code]);
      expect(previous).toBeUndefined();
      expect(dockerfile).toEqual((await recipeOf(usualProject)).dockerfile);
    });

    it("is refused where its label or its name is none", async () => {
      const asked = { values, images: images({ "io.buildpacks.lifecycle.metadata": "{" }) };
      expect(await faultsFor(usualProject, asked)).toMatchObject([{ code: "builder/app-label-unreadable" }]);
      const bad = { values: { "build-arg:CNB_PREVIOUS_IMAGE": "A b" } };
      expect(await faultsFor(usualProject, bad)).toMatchObject([
        { code: "plan/bad-reference", location: { file: "--build-arg CNB_PREVIOUS_IMAGE" } },
      ]);
    });
  });

  it("is needed, unless a builder is named", async () => {
    expect(await faultsFor(undefined)).toMatchObject([
      { code: "frontend/no-descriptor", message: "There is no project.toml in the source." },
    ]);
    const values = { "build-arg:CNB_BUILDER": "registry.example/acme/builder:24" };
    expect((await recipeOf(undefined, { values })).app.platformApi).toBe("0.15");
  });
});

describe("the gate", () => {
  const operator = { failOn: "high", by: "operator" };

  it.each([
    ["project.toml", usualProject],
    ["Dockerfile", usualDockerfile],
  ])("of a build argument is the operator's, for a %s", async (name, text) => {
    const asked = { name, values: { "build-arg:CNB_FAIL_ON": "High" }, dockerfileGate: "low" };
    expect((await recipeOf(text, asked)).gate).toEqual(operator);
    expect(await recipeOf(text, { ...asked, values: { "build-arg:CNB_FAIL_ON": "" } })).not.toHaveProperty(
      "gate",
    );
  });

  it("of a generated Dockerfile is the project's, as BuildKit reads it", async () => {
    const asked = { ...generated, dockerfileGate: "critical" };
    expect((await recipeOf(usualDockerfile, asked)).gate).toEqual({ failOn: "critical", by: "project" });
    expect(await recipeOf(usualDockerfile, generated)).not.toHaveProperty("gate");
  });

  it("that cannot be understood is an error that names the file", async () => {
    expect(await faultsFor(usualDockerfile, { ...generated, dockerfileGate: "hihg" })).toMatchObject([
      { code: "scan/unknown-severity", location: { file: "Dockerfile" } },
    ]);
  });

  it("is of the image: a stage that nothing scans is not built with the operator's", () => {
    const faults = faultsOf(() => requireGatedTarget({ failOn: "high", by: "operator" }, "rootfs"));
    expect(faults).toMatchObject([{ code: "frontend/gate-and-target" }]);
    for (const target of ["app", "scan", "artifacts", "sbom"]) {
      requireGatedTarget({ failOn: "high", by: "operator" }, target);
    }
    requireGatedTarget({ failOn: "high", by: "project" }, "rootfs");
  });
});

describe("what looks into the image", () => {
  /** A Dockerfile that its project has edited. */
  const edited = usualDockerfile
    .replace(/docker\.io\/anchore\/\S+/g, "registry.example/forged/tool:1")
    .replace("https://grype.anchore.io/", "https://forged.example/")
    .replace("FROM tool AS scan-files\n", "FROM tool AS scan-files\nENV FORGED=1\n");
  const inspectionOf = async (values: Readonly<Record<string, string>>, dockerfileGate = "") => {
    const recipe = await recipeOf(edited, { ...generated, values, dockerfileGate });
    return { recipe, inspection: inspectionRecipe(recipe, frontendOptions(values)) };
  };

  it.each([
    ["the operator has a gate", { "build-arg:CNB_FAIL_ON": "high" }],
    ["a scan is asked for", { target: "scan" }],
    ["artifacts are asked for", { target: "ARTIFACTS" }],
  ])("is never the project's where %s", async (_, values) => {
    const { inspection } = await inspectionOf(values);
    expect(edited).toMatch(/forged.*forged.*FORGED/s);
    expect(inspection.dockerfile.text).not.toMatch(/forged/i);
    expect(inspection.dockerfile.text).toContain(`FROM --platform=$BUILDPLATFORM ${ownImageName} AS tool`);
    expect(inspection.dockerfile.text).toContain(` ${grypeImage} AS grype\n`);
    expect(inspection).toMatchObject({ isGenerated: false, ownImage: ownImageName });
  });

  it("is the project's for a gate of the project's own", async () => {
    const { recipe, inspection } = await inspectionOf({}, "high");
    expect(inspection).toBe(recipe);
  });

  it("has the tools and the database that the operator names", async () => {
    const { inspection } = await inspectionOf({
      ...{ "build-arg:CNB_FAIL_ON": "high", "build-arg:CNB_GRYPE_IMAGE": "registry.example/grype:2" },
      "build-arg:CNB_VULNERABILITY_DB": "https://mirror.example/latest.json",
      "build-arg:CNB_VULNERABILITY_DB_MAX_AGE": "2d",
      "build-arg:CNB_SCAN_CONFIG": "security/grype.yaml",
    });
    for (const text of [
      ...[
        " registry.example/grype:2 AS grype",
        'ARG CNB_VULNERABILITY_DB="https://mirror.example/latest.json"',
      ],
      ...['ARG CNB_VULNERABILITY_DB_MAX_AGE="2d"', "security/grype.yam[l]"],
    ]) {
      expect(inspection.dockerfile.text).toContain(text);
    }
  });

  it.each<[string, Record<string, string>]>([
    ["a tool", { "build-arg:CNB_GRYPE_IMAGE": "registry.example/grype:2" }],
    ["settings", { "context:scan-config": "local:scan-config" }],
  ])("is ours, with the project's threshold, where the operator names %s for its gate", async (_, values) => {
    const { inspection } = await inspectionOf(values, "critical");
    expect(inspection).toMatchObject({ isGenerated: false, gate: { failOn: "critical", by: "project" } });
    const without = await inspectionOf(values);
    expect(without.inspection).toBe(without.recipe);
  });

  it("looks for the project's settings where the file says, and trusts the CA that it mounts", async () => {
    const text = edited
      .replace('"arguments":[', '"arguments":["--scan-config=own/grype.yaml","--sbom-format=cyclonedx"')
      .replace("RUN ", "RUN --mount=type=secret,id=ca-cert,required=true ");
    const values = { target: "artifacts" };
    const recipe = await recipeOf(text, { ...generated, values });
    const { dockerfile } = inspectionRecipe(recipe, frontendOptions(values));
    for (const line of [
      "own/grype.yam[l]",
      'ARG CNB_SBOM_FORMAT="cyclonedx"',
      "id=ca-cert",
      "--certificates=",
    ]) {
      expect(dockerfile.text).toContain(line);
    }
  });

  it("is what was compiled, for a project.toml", async () => {
    const values = { "build-arg:CNB_FAIL_ON": "high" };
    const recipe = await recipeOf(usualProject, { values });
    expect(inspectionRecipe(recipe, frontendOptions(values))).toBe(recipe);
  });
});

describe("a generated Dockerfile", () => {
  it("is taken as it is but for the syntax line, so that it does not call us again", async () => {
    const text = `# syntax=acme/cnb\n${usualDockerfile}`;
    const { dockerfile, isGenerated } = await recipeOf(text, generated);
    expect(isGenerated).toBe(true);
    expect(dockerfile.text).toBe(`#\n${usualDockerfile}`);
  });

  it.each([
    [
      "among other directives",
      "# escape=`\n#SYNTAX = acme/cnb\n# check=skip=all\n",
      "# escape=`\n# check=skip=all\n#\n",
    ],
    ["behind a byte order mark, with Windows's line ends", "\uFEFF# syntax=acme/cnb\r\n", "#\n"],
    ["below a comment, where it is none", "# about\n# syntax=acme/cnb\n", "# about\n# syntax=acme/cnb\n"],
  ])("loses a syntax line %s", async (_, before, after) => {
    const { dockerfile } = await recipeOf(`${before}${usualDockerfile}`, generated);
    expect(dockerfile.text).toBe(`${after}${usualDockerfile}`);
  });

  it("keeps what looks like a syntax line in a file that it writes", async () => {
    const text = usualDockerfile.replace("\nFROM ", "\n# syntax=acme/cnb\nFROM ");
    expect((await recipeOf(text, generated)).dockerfile.text).toBe(text);
  });

  it("has our own image under the name that it stands there by", async () => {
    const { ownImage } = await recipeOf(usualDockerfile, generated);
    expect(ownImage).toBe("ghcr.io/cnb-dockerfile/cnb-dockerfile:0.0.0");
  });

  it("that brings the export program along needs no image of ours", async () => {
    const text = usualDockerfile.replace('"arguments":[', '"arguments":["--self-contained"');
    expect(text).not.toBe(usualDockerfile);
    expect(await recipeOf(text, generated)).not.toHaveProperty("ownImage");
  });

  it("takes no options, for they stand in it", async () => {
    const values = { "build-arg:CNB_BUILDER": "x", "build-arg:NODE_ENV": "y" };
    expect(await faultsFor(usualDockerfile, { ...generated, values })).toMatchObject([
      { code: "frontend/argument-for-file", location: { file: "--build-arg CNB_BUILDER" } },
    ]);
  });

  it("is for the platforms that it was made for", async () => {
    const [fault] = await faultsFor(usualDockerfile, { ...generated, platform: "linux/s390x" });
    expect(fault).toMatchObject({
      code: "frontend/platform-not-in-file",
      hint: expect.stringContaining("--platform linux/s390x"),
    });
  });
});

it("a Dockerfile that we did not make is refused", async () => {
  expect(await faultsFor("FROM alpine\nRUN true\n", generated)).toMatchObject([{ code: "emit/no-plan" }]);
  expect(await faultsFor("ARG A=1\nFROM alpine\n", generated)).toMatchObject([{ code: "emit/no-plan" }]);
});
