import { chmod, copyFile, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pid } from "node:process";
import { exists } from "./cached-file.ts";
import { go } from "./go.ts";
import { withLock } from "./lock.ts";
import { execaOnMachine } from "./machine.ts";
import { cacheDirectory } from "./paths.ts";
import { timed } from "./progress.ts";
import { recipeHash } from "./recipe.ts";
import type { DebianTool, GoTool, Tool } from "./tool-list.ts";

/** Raise when the way of building changes, so that cached programs are made anew. */
const recipeVersion = "1";

/** Where the built program is, or will be. */
export function toolPath(tool: Tool): string {
  const platform = tool.kind === "go" ? `-${tool.architecture}` : "";
  const recipe = recipeHash(recipeVersion, JSON.stringify(tool));
  return join(cacheDirectory, "tools", `${tool.name}-${tool.version}${platform}-${recipe}`);
}

/** Makes those tools that are not there yet. A killed run loses only the tool it was at. */
export async function makeTools(tools: readonly Tool[]): Promise<void> {
  if ((await missingOf(tools)).length === 0) return;
  await withLock(join(cacheDirectory, "tools.lock"), "builds the lab's tools", async () => {
    const missing = await missingOf(tools);
    for (const [index, tool] of missing.entries()) {
      await timed(`tool ${index + 1} of ${missing.length}: ${describe(tool)}`, () => make(tool));
    }
  });
}

async function missingOf(tools: readonly Tool[]): Promise<readonly Tool[]> {
  const found = await Promise.all(tools.map((tool) => exists(toolPath(tool))));
  return tools.filter((_, index) => !found[index]);
}

function describe(tool: Tool): string {
  return `${tool.name} ${tool.version}${tool.kind === "go" ? ` for ${tool.architecture}` : ""}`;
}

async function make(tool: Tool): Promise<void> {
  const target = toolPath(tool);
  await mkdir(join(cacheDirectory, "tools"), { recursive: true });
  const unfinished = `${target}.${pid}.tmp`;
  if (tool.kind === "go") await buildGo(tool, unfinished);
  else await unpackDebian(tool, unfinished);
  await chmod(unfinished, 0o755);
  await rename(unfinished, target);
}

/**
 * Builds in the module's own directory: `go install module@version` refuses modules whose go.mod replaces
 * or excludes others, as BuildKit's and buildx's do.
 */
async function buildGo(tool: GoTool, output: string): Promise<void> {
  const workshop = await mkdtemp(join(tmpdir(), "cnb-lab-go-"));
  try {
    // Outside any module, else the answer depends on where the lab was started.
    const download = await go(["mod", "download", "-json", `${tool.module}@${tool.version}`], {
      cwd: workshop,
    });
    const { Dir: directory } = JSON.parse(download) as { Dir: string };
    const linker = ["-s", "-w", ...(tool.stamp === undefined ? [] : ["-X", tool.stamp])].join(" ");
    const options = ["-mod=readonly", "-trimpath", "-buildvcs=false", `-ldflags=${linker}`];
    await go(["build", ...options, "-o", output, tool.package], {
      cwd: directory,
      env: { CGO_ENABLED: "0", GOOS: "linux", GOARCH: tool.architecture, GOFLAGS: "" },
    });
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

async function unpackDebian(tool: DebianTool, output: string): Promise<void> {
  const workshop = await mkdtemp(join(tmpdir(), "cnb-lab-deb-"));
  try {
    const download = () => execaOnMachine("apt-get", ["download", "-q", tool.package], { cwd: workshop });
    // A machine that never asked has no package lists.
    await download().catch(async () => {
      await execaOnMachine("apt-get", ["update", "-q"]);
      await download();
    });
    await execaOnMachine("sh", ["-c", "dpkg-deb --extract ./*.deb tree"], { cwd: workshop });
    await copyFile(join(workshop, "tree", tool.path), output);
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}
