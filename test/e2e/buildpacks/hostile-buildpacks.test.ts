import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { makeLayerWriter } from "../../lab/layer-writer.ts";
import { startLab } from "../../lab/start.ts";
import { build, buildOrThrow, doors, generate, projectText } from "../steps.ts";

const platforms = ["linux/amd64"];
/** Where a buildpack's image has it. */
const home = "/cnb/buildpacks/lab_added/2.0.0";
/** Programs that belong to root, are setuid, and write files: one in the buildpack, one in the builder. */
const inBuildpack = `${home}/root-writer`;
const inBuilder = "/usr/local/bin/root-writer";

let lab: Lab;
let work: string;
let buildpackage: string;
let builder: string;

beforeAll(async () => {
  lab = await startLab();
  work = mkdtempSync(join(tmpdir(), "cnb-dockerfile-hostile-"));
  const context = directory("context", {
    "entries.json": JSON.stringify([
      {
        kind: "file",
        path: "launcher",
        mode: 0o755,
        uid: 0,
        gid: 0,
        seconds: 1,
        content: "#!/bin/sh\necho evil\n",
      },
    ]),
    build: `#!/usr/bin/env bash
set -euo pipefail
for writer in ${inBuildpack} ${inBuilder}; do
  if "$writer" make ${home}/entries.json /cnb/lifecycle; then echo "$writer: replaced"; else echo "$writer: refused"; fi
done
stat -c '%n %u:%g %a' ${inBuildpack}
mkdir -p "$CNB_LAYERS_DIR/added"
# Other content each time, or a lab that has run this test would answer from its cache, and say nothing.
{ head -c 70000000 /dev/zero; echo ${Date.now()}; } >"$CNB_LAYERS_DIR/added.sbom.cdx.json"
printf '[types]\\nlaunch = true\\n' >"$CNB_LAYERS_DIR/added.toml"
`,
    "buildpack.toml": `api = "0.10"
[buildpack]
id = "lab/added"
version = "2.0.0"
sbom-formats = ["application/vnd.cyclonedx+json"]
[[targets]]
os = "linux"
`,
  });
  cpSync(await makeLayerWriter(), join(context, "root-writer"));
  const writer = (path: string) => `COPY --chown=0:0 --chmod=4755 root-writer ${path}`;
  buildpackage = await image(context, "hostile:buildpackage", [
    `FROM ${lab.images.buildpackage}`,
    writer(inBuildpack),
    `COPY --chmod=0755 build ${home}/bin/build`,
    `COPY --chmod=0644 buildpack.toml entries.json ${home}/`,
  ]);
  builder = await image(context, "hostile:builder", [`FROM ${lab.images.builder}`, writer(inBuilder)]);
});
afterAll(async () => {
  rmSync(work, { recursive: true, force: true });
  await lab.close();
});

function directory(name: string, files: Readonly<Record<string, string>>): string {
  const path = join(work, name);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(path, file, ".."), { recursive: true });
    writeFileSync(join(path, file), text, { mode: 0o755 });
  }
  return path;
}

async function image(context: string, name: string, lines: readonly string[]): Promise<string> {
  const reference = `${lab.registry}/e2e/${name}`;
  const words = [
    "build",
    "--provenance=false",
    "--platform=linux/amd64",
    `--tag=${reference}`,
    "--push",
    "--file=-",
  ];
  await lab.buildx([...words, context], { input: lines.join("\n") });
  return reference;
}

/** Digest of the launcher in an image. */
async function launcherOf(reference: string): Promise<string> {
  const script =
    '"$1" export --platform=linux/amd64 "$2" - | tar -xPOf - --wildcards "*cnb/lifecycle/launcher" | sha256sum';
  const { stdout } = await execa("bash", [
    "-o",
    "pipefail",
    "-c",
    script,
    "bash",
    lab.tools.crane,
    reference,
  ]);
  return stdout.split(" ")[0] ?? "";
}

describe("a buildpack of a docker:// image that would become root", () => {
  it.each(Object.entries(doors))(
    "keeps its rights by %s, and the launcher is the builder's",
    async (door, words) => {
      const name = `${lab.registry}/e2e/hostile:${door.replaceAll(" ", "-").toLowerCase()}`;
      const group = `[[io.buildpacks.group]]\nuri = "docker://${buildpackage}"\n`;
      const app = directory(door, {
        "project.toml": projectText(lab, `lab.hostile-${door.length}`, group),
        Procfile: "web: true\n",
      });
      const dockerfile = await generate(app, ["--builder", builder, ...words()]);
      const log = await buildOrThrow(lab, { directory: app, dockerfile, platforms, name });
      expect(log).toContain(`${inBuildpack}: refused`);
      expect(log).toContain(`${inBuildpack} 0:0 755`);
      // A setuid program of the builder's own is still setuid, and the phase has no new privileges.
      expect(log).toContain(`${inBuilder}: refused`);
      expect(await launcherOf(name)).toBe(await launcherOf(builder));
      if (door === "our frontend") {
        expect(log).toContain("warning[sbom/left-out]: lab_added/added/sbom.cdx.json is left out");
      }
    },
  );
});

it("a buildpack whose layers lead elsewhere is named, and nothing of the builder comes into the image", async () => {
  const name = `${lab.registry}/e2e/hostile:links`;
  const app = directory("links", {
    "project.toml": projectText(lab, "lab.hostile-links", '[[io.buildpacks.group]]\nuri = "./evil"\n'),
    "evil/buildpack.toml":
      'api = "0.10"\n[buildpack]\nid = "lab/evil"\nversion = "1"\n[[targets]]\nos = "linux"\n',
    "evil/bin/detect": "#!/usr/bin/env bash\nexit 0\n",
    "evil/bin/build": '#!/usr/bin/env bash\ncd /\nrm -r "$CNB_LAYERS_DIR"\nln -s /home "$CNB_LAYERS_DIR"\n',
  });
  const { log, exitCode } = await build(lab, {
    ...{ directory: app, platforms, name },
    dockerfile: await generate(app, []),
  });
  expect(exitCode).not.toBe(0);
  expect(log).toContain("error[export/odd-entry]: /layers/lab_evil is a symbolic link");
  expect(log).toContain("Buildpack lab/evil left it.");
});
