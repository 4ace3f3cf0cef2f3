import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Overview } from "../../../src/overview/overview.ts";
import { type ExtensionImages, makeExtensionImages } from "../../lab/extension-images.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { runBuildOrThrow } from "../build-steps.ts";
import { type ImageReading, imageDifferences, readImage } from "../image-reading.ts";
import { build, cnbDockerfile, type ProgramResult } from "../steps.ts";
import { type ExtensionApp, extensionFlags, makeExtensionApp } from "./extension-app.ts";

const platforms = ["linux/amd64", "linux/arm64"];
const run = Date.now().toString(36);
let lab: Lab;
let images: ExtensionImages;
const apps: ExtensionApp[] = [];

beforeAll(async () => {
  lab = await startLab();
  images = await makeExtensionImages(lab);
});
afterAll(async () => {
  for (const app of apps) app.remove();
  await lab.close();
});

const nameOf = (what: string) => `${lab.registry}/e2e/detected-${what}:${run}`;

function newApp(): ExtensionApp {
  const app = makeExtensionApp(images.builder, `com.example.detected.${apps.length}.${run}`);
  apps.push(app);
  return app;
}

/** Runs our program on an app. In: extensions that take part. */
function program(
  app: ExtensionApp,
  words: readonly string[],
  names: readonly string[] = [],
): Promise<ProgramResult> {
  const variables = extensionFlags(names, images.otherRun);
  const all = [...words, "--progress=plain", ...(names.length === 0 ? [] : variables)];
  return cnbDockerfile(app.directory, all, lab.environment);
}

/** A file with what the extensions make, which needs no image of ours. */
async function generated(app: ExtensionApp, names: readonly string[]): Promise<string> {
  const words = ["generate", "--detected", "--self-contained", `--node-image=${lab.images.node}`];
  const { stdout, stderr, exitCode } = await program(app, words, names);
  expect(exitCode, stderr).toBe(0);
  return stdout;
}

/** All of it but times: BuildKit dates files with the clock. */
function withoutTimes(reading: ImageReading): ImageReading {
  const files = Array.from(reading.files, ([path, file]) => [path, { ...file, time: "" }] as const);
  return { config: {}, labels: {}, layers: 0, history: [], files: new Map(files) };
}

describe("`generate --detected`", () => {
  it("makes a file that BuildKit alone builds, for both platforms as our frontend builds the project", async () => {
    const app = newApp();
    const names = ["zz-first", "deletions", "static", "leaves"];
    const dockerfile = await generated(app, names);
    const built = await build(lab, {
      ...{ directory: app.directory, dockerfile, platforms },
      name: nameOf("plain"),
    });
    expect(built.exitCode, built.log).toBe(0);
    const flags = extensionFlags(names, images.otherRun);
    const words = [`--platform=${platforms.join(",")}`, `--tag=${nameOf("frontend")}`, "--push"];
    await runBuildOrThrow(lab, app.directory, [...flags, ...words]);
    const roots = ["/layers", "/workspace", "/opt/lab", "/etc"];
    for (const platform of platforms) {
      const [plain, ours] = await Promise.all(
        ["plain", "frontend"].map((name) => readImage(lab, nameOf(name), platform, roots)),
      );
      if (plain === undefined || ours === undefined) throw new Error("there is no image");
      expect(plain.files.has("/opt/lab/gone")).toBe(false);
      expect(plain.files.get("/opt/lab/raised")?.mode).toBe("4755");
      expect(imageDifferences(withoutTimes(ours), withoutTimes(plain))).toEqual([]);
      const seen = { entrypoint: "cat", args: ["/layers/lab_extended/seen/seen", "/opt/lab/Procfile"] };
      const { stdout } = await lab.execute(nameOf("plain"), platform, seen);
      expect(stdout).toContain("/etc/lab-note root:root");
      expect(stdout).not.toContain("left");
    }
  });

  it("writes a run image that an extension chose, and our frontend builds the file as the project", async () => {
    const app = newApp();
    const names = ["switch-extend", "earlier"];
    const dockerfile = await generated(app, names);
    expect(dockerfile).toMatch(/^FROM \S+\/run-other:13@sha256:\S+ AS extend-run-\d+$/m);
    const built = await build(lab, {
      ...{ directory: app.directory, dockerfile, platforms },
      name: nameOf("switched"),
    });
    expect(built.exitCode, built.log).toBe(0);
    for (const platform of platforms) {
      const seen = { entrypoint: "cat", args: ["/etc/lab-other", "/etc/lab-chosen"] };
      const { stdout } = await lab.execute(nameOf("switched"), platform, seen);
      expect(stdout).toBe("another run image\nchosen\n");
    }
    const file = join(app.directory, "..", "Dockerfile");
    writeFileSync(file, dockerfile);
    const words = ["--platform=linux/amd64", "--push"];
    await runBuildOrThrow(lab, app.directory, [`--file=${file}`, `--tag=${nameOf("of-file")}`, ...words]);
    const flags = extensionFlags(names, images.otherRun);
    await runBuildOrThrow(lab, app.directory, [...flags, `--tag=${nameOf("of-project")}`, ...words]);
    const [ofFile, ofProject] = await Promise.all(
      ["of-file", "of-project"].map((name) => readImage(lab, nameOf(name), "linux/amd64")),
    );
    if (ofFile === undefined || ofProject === undefined) throw new Error("there is no image");
    expect(imageDifferences(ofProject, ofFile)).toEqual([]);
  });

  it("refuses by name what cannot be in a file", async () => {
    const { stdout, stderr, exitCode } = await program(newApp(), ["generate", "--detected"], ["kit"]);
    expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 1 });
    expect(stderr).toContain("lab/kit uses ADD (COPY and RUN can be)");
    expect(stderr).toContain("[emit/extension-not-frozen]");
  });

  it("says what the lifecycle refuses of what an extension made", async () => {
    const words = ["generate", "--detected", "--platform=linux/amd64"];
    const { stderr, exitCode } = await program(newApp(), words, ["odd-base"]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("[frontend/phase-failed]");
    const planned = await program(newApp(), ["plan", "--detect", "--platform=linux/amd64"], ["odd-base"]);
    expect(planned.exitCode).toBe(1);
    expect(planned.stdout).toMatch(/Log on linux\/amd64\n.*Generator started.*ERROR: /s);
  });

  it("refuses what is not the same on all platforms", async () => {
    const { stderr, exitCode } = await program(newApp(), ["generate", "--detected"], ["amd64-only"]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("[emit/extensions-differ]");
  });
});

describe("a file of `generate --detected`, when the source makes an extension do something else,", () => {
  const app = { current: undefined as ExtensionApp | undefined };
  const file = () => join(app.current?.directory ?? "", "..", "Dockerfile");

  beforeAll(async () => {
    app.current = newApp();
    const { directory } = app.current;
    const files = {
      "extension.toml": 'api = "0.10"\n\n[extension]\nid = "lab/reader"\nversion = "1.0.0"\n',
      "bin/detect": "#!/usr/bin/env bash\n",
      "bin/generate": `#!/usr/bin/env bash
printf 'ARG base_image\\nFROM \${base_image}\\nUSER root\\nRUN echo %s > /etc/lab-reader\\nUSER 1001:1000\\n' "$(cat app.txt)" \\
  > "$CNB_OUTPUT_DIR/run.Dockerfile"
`,
    };
    for (const [name, text] of Object.entries(files)) {
      const path = join(directory, "reader", name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text, { mode: 0o755 });
    }
    const words = [
      "generate",
      "--detected",
      "--platform=linux/amd64",
      "--extension=./reader",
      "--self-contained",
    ];
    const { exitCode, stderr } = await program(app.current, [
      ...words,
      ...[`--node-image=${lab.images.node}`, `--output=${file()}`],
    ]);
    expect(exitCode, stderr).toBe(0);
  });

  const given = () => {
    if (app.current === undefined) throw new Error("there is no app");
    return app.current;
  };

  it("is current before", async () => {
    const { exitCode, stderr } = await program(given(), ["generate", `--check=${file()}`]);
    expect(exitCode, stderr).toBe(0);
  });

  it("builds no image that it does not describe, and is stale", async () => {
    const { directory } = given();
    writeFileSync(join(directory, "app.txt"), "other\n");
    const dockerfile = readFileSync(file(), "utf8");
    const { log, exitCode } = await build(lab, { directory, dockerfile, platforms: ["linux/amd64"] });
    expect(exitCode).not.toBe(0);
    expect(log).toContain("[export/extensions-changed]");
    const checked = await program(given(), ["generate", `--check=${file()}`]);
    expect(checked.exitCode).toBe(1);
    expect(checked.stdout).toContain("+RUN echo other > /etc/lab-reader");
    expect(checked.stderr).toContain("[cli/stale]");
  });
});

it("`plan --detect` shows the Dockerfiles that image extensions made", async () => {
  const { stdout, stderr, exitCode } = await program(
    newApp(),
    ["plan", "--detect", "--json"],
    ["kit", "zz-first"],
  );
  expect(exitCode, stderr).toBe(0);
  const { detections = [] }: Overview = JSON.parse(stdout);
  expect(detections.map(({ platform }) => platform).sort()).toEqual(platforms);
  for (const { extensions, dockerfiles } of detections) {
    expect(extensions.map(({ id }) => id).sort()).toEqual(["lab/kit", "lab/zz-first"]);
    expect(dockerfiles.map(({ id, kind }) => `${id} ${kind}`).sort()).toEqual([
      "lab/kit build",
      "lab/zz-first run",
    ]);
    expect(dockerfiles.find(({ id }) => id === "lab/kit")?.arguments).toEqual([
      { name: "kit_argument", value: "given by extend-config.toml" },
    ]);
  }
});
