import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { describeProject, runBuildOrThrow } from "../build-steps.ts";
import { frontendBuild, writeDescriptor } from "../frontend-steps.ts";
import { readImage } from "../image-reading.ts";
import { buildOrThrow, generate } from "../steps.ts";

const platform = "linux/amd64";
const run = Date.now();
let lab: Lab;
let work: string;

beforeAll(async () => {
  lab = await startLab();
  work = mkdtempSync(join(tmpdir(), "cnb-dockerfile-workspace-modes-"));
});
afterAll(async () => {
  rmSync(work, { recursive: true, force: true });
  await lab.close();
});

/** Tells in its log which modes it finds, and gives those that are wished. */
function lines({ script = "", slices = false, own = "" }: Wish): string {
  const text = `stat -c 'found %n %a' . *; ${script}`;
  const slice = slices ? `printf '[[slices]]\\npaths = ["data"]\\n' >"$1/launch.toml"` : "";
  return `
[[io.buildpacks.group]]
id = "example/modes"
[io.buildpacks.group.script]
api = "0.10"
inline = '''
set -eu
${text}
${slice}
'''

[[io.buildpacks.group]]
id = "lab/procfile"

[io.github.cnb-dockerfile]
${own}
`;
}

interface Wish {
  /** What the buildpack does to the app's directory. */
  readonly script?: string;
  readonly slices?: boolean;
  /** Lines of our own table. */
  readonly own?: string;
}

type Door = "frontend" | "command" | "generated";
const doors: readonly Door[] = ["frontend", "command", "generated"];

/** Builds an app whose files have odd modes. Out: the modes in the image by path, and what the build said. */
async function modesOf(door: Door, title: string, wish: Wish, closed = 0o600) {
  const name = `${lab.registry}/e2e/workspace-modes:${door}-${title}-${run}`;
  const id = `com.example.workspace-modes-${door}-${title}-${run}`;
  const directory = join(work, `${door}-${title}`);
  mkdirSync(join(directory, "data"), { recursive: true });
  for (const path of ["app.txt", "closed", "data/a", "tool"]) writeFileSync(join(directory, path), "x\n");
  writeFileSync(join(directory, "Procfile"), "web: cat app.txt\n");
  for (const [path, mode] of Object.entries({ "app.txt": 0o664, closed, tool: 0o750, data: 0o777 })) {
    chmodSync(join(directory, path), mode);
  }
  const log = await build(door, { directory, id, name, text: lines(wish) });
  const { files } = await readImage(lab, name, platform);
  const modes = Object.fromEntries(
    [...files].filter(([path]) => /^\/workspace/.test(path)).map(([path, { mode }]) => [path, mode]),
  );
  const found = [...log.matchAll(/found (\S+) (\d+)/g)].map(([, path, mode]) => `${path} ${mode}`);
  return { modes, found, log };
}

interface Build {
  readonly directory: string;
  readonly id: string;
  readonly name: string;
  readonly text: string;
}

async function build(door: Door, { directory, id, name, text }: Build): Promise<string> {
  switch (door) {
    case "frontend":
      writeDescriptor(lab, directory, id, text);
      return frontendBuild(lab, { context: directory, platforms: [platform], name });
    case "command":
      describeProject(lab, directory, id, text);
      return runBuildOrThrow(lab, directory, ["--progress=plain", `--tag=${name}`, "--push"]);
    case "generated": {
      describeProject(lab, directory, id, text);
      const dockerfile = await generate(directory, [`--platform=${platform}`]);
      return buildOrThrow(lab, { directory, dockerfile, platforms: [platform], name });
    }
  }
}

describe.each(doors)("modes of the app, by the door %s:", (door) => {
  it("its directory starts as pack's and ends as a buildpack left it; its files are those of any clone", async () => {
    const { modes, found, log } = await modesOf(door, "left", { script: "chmod 2775 ." });
    expect(found).toEqual(
      expect.arrayContaining([". 777", "app.txt 644", "closed 644", "data 755", "tool 755"]),
    );
    expect(modes).toMatchObject({ "/workspace": "2775", "/workspace/data": "0755" });
    expect(log).toContain("Only the owner can read closed in the source");
  });

  it("with slices, in each of which it stands", async () => {
    const { modes } = await modesOf(door, "slices", { slices: true });
    expect(modes).toMatchObject({ "/workspace": "0777", "/workspace/data/a": "0644" });
  });

  it("the mode of its directory that a policy wants", async () => {
    const { modes, found } = await modesOf(door, "policy", { own: 'workspace-mode = "0755"' });
    expect(found).toContain(". 755");
    expect(modes).toMatchObject({ "/workspace": "0755" });
  });

  it("those of the source, also of a file that its owner cannot read", async () => {
    const { modes, found } = await modesOf(door, "kept", { own: "keep-modes = true" }, 0o000);
    expect(found).toEqual(
      expect.arrayContaining([". 777", "app.txt 664", "closed 0", "data 777", "tool 750"]),
    );
    expect(modes).toEqual({
      "/workspace": "0777",
      "/workspace/Procfile": "0644",
      "/workspace/app.txt": "0664",
      "/workspace/closed": "0000",
      "/workspace/data": "0777",
      "/workspace/data/a": "0644",
      "/workspace/project.toml": "0644",
      "/workspace/tool": "0750",
    });
  });
});
