import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ExtensionImages, makeExtensionImages } from "../../lab/extension-images.ts";
import type { Lab } from "../../lab/lab.ts";
import { fixtures } from "../../lab/paths.ts";
import { startLab } from "../../lab/start.ts";
import { runBuild, runBuildOrThrow } from "../build-steps.ts";
import { configOf, digestOf, frontendBuild } from "../frontend-steps.ts";
import { type ExtensionApp, extensionFlags, extensionVariables, makeExtensionApp } from "./extension-app.ts";
import {
  bringRunImages,
  comparedPlatform,
  comparedWithPack,
  layerHistory,
  packWords,
} from "./pack-comparison.ts";

const run = Date.now().toString(36);
let lab: Lab;
let images: ExtensionImages;
const apps: ExtensionApp[] = [];

beforeAll(async () => {
  lab = await startLab();
  images = await makeExtensionImages(lab);
  await bringRunImages(lab, images);
});
afterAll(async () => {
  for (const app of apps) app.remove();
  await lab.close();
});

const nameOf = (what: string) => `${lab.registry}/e2e/extension-flag-${what}:${run}`;

function newApp(): ExtensionApp {
  const app = makeExtensionApp(images.builder, `com.example.extension-flag.${apps.length}.${run}`);
  apps.push(app);
  return app;
}

/** An extension that says in a file of the run image that it was there, after those before it. */
function writeExtension(directory: string, id: string, targets: readonly string[] = []): void {
  const files = {
    "extension.toml": [
      `api = "0.10"\n\n[extension]\nid = "${id}"\nversion = "2.0.0"\nhomepage = "https://example.com/${id}"\n`,
      ...targets.map((arch) => `\n[[targets]]\nos = "linux"\narch = "${arch}"\n`),
    ].join(""),
    "bin/detect": "#!/usr/bin/env bash\n",
    "bin/generate": `#!/usr/bin/env bash
cat >"$CNB_OUTPUT_DIR/run.Dockerfile" <<'DOCKERFILE'
ARG base_image
FROM \${base_image}
USER root
RUN echo "${id}" >> /etc/lab-order
ARG user_id
ARG group_id
USER \${user_id}:\${group_id}
DOCKERFILE
`,
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    // pack makes programs of them whatever their modes are, and so do we.
    writeFileSync(join(directory, name), text);
  }
}

/** A project with an extension in a directory and one in a file of pack's, and a third one's image in the registry. */
async function projectWithExtensions() {
  const app = newApp();
  const { environment } = await lab.docker();
  const work = join(app.directory, "..");
  const image = nameOf("package");
  writeExtension(join(app.directory, "extensions/middle"), "lab/middle");
  writeExtension(join(work, "package"), "lab/aa-package", ["amd64", "arm64"]);
  writeExtension(join(work, "file"), "lab/zz-file");
  await lab.pack(["extension", "package", image, "--path", join(work, "package"), "--publish"], {
    env: environment,
  });
  const file = join(app.directory, "extensions/file.cnb");
  await lab.pack(["extension", "package", file, "--path", join(work, "file"), "--format", "file"], {
    env: environment,
  });
  // pack takes no `docker://` before a name with a port.
  return { app, locators: ["./extensions/middle", image, "extensions/file.cnb"] };
}

/** Ids of the extensions that made layers of an image, lowest first. */
async function extensionsOf(name: string, platform = comparedPlatform): Promise<string[]> {
  const { history } = await configOf(lab, name, platform);
  return (history ?? []).flatMap(({ created_by: by = "" }) => /extension: (\S+)/.exec(by)?.[1] ?? []);
}

describe("a directory, an image and a file that `pack extension package` made", () => {
  const given = { current: undefined as ReturnType<typeof projectWithExtensions> | undefined };
  const project = () => (given.current ??= projectWithExtensions());
  // One of the builder's own would take part, too.
  const variables = () => extensionVariables(["zz-first"], images.otherRun);
  const expected = ["lab/zz-file", "lab/aa-package", "lab/middle"];

  it("take the place of the builder's own, the last one first, as with pack", async () => {
    const { app, locators } = await project();
    const { environment } = await lab.docker();
    await lab.pack(
      [
        ...packWords(lab, nameOf("pack"), images.builder),
        ...locators.flatMap((locator) => ["--extension", locator]),
        ...variables().flatMap((variable) => ["--env", variable]),
      ],
      { cwd: app.directory, env: environment },
    );
    const words = [...variables(), `CNB_EXTENSIONS=${locators.join(",")}`];
    await frontendBuild(lab, {
      ...{ context: app.directory, platforms: [comparedPlatform], name: nameOf("ours") },
      words: ["--file=project.toml", ...words.map((word) => `--build-arg=${word}`)],
    });
    const names = { pack: nameOf("pack"), ours: nameOf("ours") };
    const { pack, ours, differences } = await comparedWithPack(lab, names);
    expect(differences).toEqual([]);
    expect(layerHistory(ours)).toEqual(layerHistory(pack));
    expect(await extensionsOf(names.ours)).toEqual(expected);
    const { stdout } = await lab.execute(names.ours, comparedPlatform, {
      entrypoint: "cat",
      args: ["/etc/lab-order"],
    });
    expect(stdout.trim().split("\n")).toEqual(expected);
  });

  it("are named to `build` as well, for two platforms, also outside of the project", async () => {
    const { app, locators } = await project();
    const [, image = "", file = ""] = locators;
    const outside = join(app.directory, "../outside/middle");
    cpSync(join(app.directory, "extensions/middle"), outside, { recursive: true });
    const flags = variables().flatMap((variable) => ["--env", variable]);
    const build = (name: string, own: readonly string[]) =>
      runBuildOrThrow(lab, app.directory, [
        ...["--tag", name, "--push", "--platform=linux/amd64,linux/arm64", ...flags],
        ...own.map((locator) => `--extension=${locator}`),
      ]);
    await build(nameOf("build"), [`${locators[0]},docker://${image}`, file]);
    await build(nameOf("outside"), ["../outside/middle", image, file]);
    const digest = await digestOf(lab, nameOf("build"), comparedPlatform);
    expect(await digestOf(lab, nameOf("outside"), comparedPlatform)).toBe(digest);
    expect(await extensionsOf(nameOf("build"), "linux/arm64")).toEqual(expected);
  });
});

it("one with the name of the builder's takes its place, also where it brings its Dockerfile along", async () => {
  const app = newApp();
  const own = join(app.directory, "own");
  cpSync(join(fixtures, "extensions/static"), own, { recursive: true });
  writeFileSync(join(own, "generate/context/note"), "another note\n");
  const flags = extensionFlags(["static"], images.otherRun);
  await runBuildOrThrow(lab, app.directory, [
    ...["--tag", nameOf("own"), "--push", "--extension=./own", ...flags],
  ]);
  const seen = await lab.execute(nameOf("own"), comparedPlatform, {
    entrypoint: "cat",
    args: ["/layers/lab_extended/seen/seen"],
  });
  expect(seen.stdout).toContain("another note");
});

it("one of the builder's is named by its ID, and the builder's others stay out", async () => {
  const app = newApp();
  const names = ["zz-first", "deletions"];
  const flags = extensionFlags(names, images.otherRun);
  await runBuildOrThrow(lab, app.directory, [
    ...["--tag", nameOf("id"), "--push", "--extension=lab/zz-first", ...flags],
  ]);
  expect(await extensionsOf(nameOf("id"))).toEqual(["lab/zz-first"]);
});

describe("is refused by the frontend:", () => {
  it.each([
    ["a buildpack", "./buildpack", "modules/not-an-extension"],
    ["a directory without extension.toml", "./empty", "modules/not-an-extension"],
    ["a name of the buildpack registry", "lab/added", "modules/extension-registry"],
    ["from=builder", "from=builder", "modules/extension-from-builder"],
    ["a buildpackage", "BUILDPACKAGE", "modules/not-an-extension"],
  ])("%s", async (_, text, code) => {
    const app = newApp();
    const toml = readFileSync(join(fixtures, "buildpacks/procfile/buildpack.toml"));
    mkdirSync(join(app.directory, "buildpack"));
    mkdirSync(join(app.directory, "empty"));
    writeFileSync(join(app.directory, "buildpack/buildpack.toml"), toml);
    writeFileSync(join(app.directory, "empty/other"), "");
    const locator = text === "BUILDPACKAGE" ? lab.images.buildpackage : text;
    const words = ["--tag", nameOf("refused"), "--build-arg", `CNB_EXTENSIONS=${locator}`];
    const { stderr, exitCode } = await runBuild(lab, app.directory, words);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`[${code}]`);
  });
});
