import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { configOf, frontendBuild, predictedDigests, writeDescriptor } from "../frontend-steps.ts";

let lab: Lab;
let work: string;

beforeAll(async () => {
  lab = await startLab();
  work = mkdtempSync(join(tmpdir(), "changed-layers-"));
});
afterAll(async () => {
  rmSync(work, { recursive: true, force: true });
  await lab.close();
});

/** In: what a buildpack does, as lines of shell; `version` is a file of the app. */
const group = (script: string, types = "cache = true\nbuild = true\n") => `
[[io.buildpacks.group]]
id = "lab/procfile"

[[io.buildpacks.group]]
id = "example/layers"
[io.buildpacks.group.script]
api = "0.10"
inline = '''
set -eu
layer="$CNB_LAYERS_DIR/layer"
mkdir -p "$layer"
${script}
printf '[types]\\nlaunch = true\\n${types.replaceAll("\n", "\\n")}' > "$layer.toml"
'''
`;

it.each<[string, string, (app: string, build: number) => void]>([
  [
    "a cached layer whose files have several names, which come back as files of their own",
    group('[ -e "$layer/one" ] || { echo text > "$layer/one"; ln "$layer/one" "$layer/two"; }'),
    () => undefined,
  ],
  [
    "links with several names",
    group(
      'rm -rf "$layer"; mkdir "$layer"; ln -s one "$layer/link"; ln "$layer/link" "$layer/same"',
      "build = true\n",
    ),
    () => undefined,
  ],
  [
    "files with several names in one build, and copies of them in the next",
    group(
      'rm -rf "$layer"; mkdir "$layer"; echo text > "$layer/one"; if [ -e linked ]; then ln "$layer/one" "$layer/two"; else cp "$layer/one" "$layer/two"; fi',
      "build = true\n",
    ),
    (app, build) => {
      rmSync(join(app, "linked"), { force: true });
      if (build === 0) writeFileSync(join(app, "linked"), "");
    },
  ],
  [
    "a large app, whose names sort otherwise with and without the directories above",
    group("true"),
    (app) => {
      mkdirSync(join(app, "a"), { recursive: true });
      for (const path of ["a/x", "a.txt", "a-b", "large"]) writeFileSync(join(app, path), path);
      truncateSync(join(app, "large"), 33 << 20);
    },
  ],
])("the label is true in each of three builds: %s", async (title, text, change) => {
  const app = mkdtempSync(join(work, "app-"));
  writeFileSync(join(app, "Procfile"), "web: cat line\n");
  writeDescriptor(lab, app, `com.example.changed-layers-${title.length}-${Date.now()}`, text);
  const name = `${lab.registry}/e2e/changed-layers:1`;
  for (const build of [0, 1, 2]) {
    change(app, build);
    writeFileSync(join(app, "line"), String(Math.random()));
    await frontendBuild(lab, { context: app, platforms: ["linux/amd64"], name });
    const config = await configOf(lab, name, "linux/amd64");
    const predicted = predictedDigests(config);
    expect(predicted.length).toBeGreaterThan(4);
    expect([build, config.rootfs.diff_ids.slice(-predicted.length)]).toEqual([build, predicted]);
  }
});
