import { join } from "node:path";
import { execPath } from "node:process";
import { execa } from "execa";
import type { Lab } from "../../lab/lab.ts";
import { type Run, row } from "./row.ts";

const program = join(import.meta.dirname, "..", "..", "..", "dist", "main.js");

/** How long `generate` takes and how much memory it needs. */
export async function benchGenerate(lab: Lab, directory: string): Promise<void> {
  const pin = async (name: string) => `${name}@${(await lab.crane(["digest", name])).stdout}`;
  const pinned = ["--builder", await pin(lab.images.builder), "--run-image", await pin(lab.images.runBase)];
  await row("generate, metadata at hand (images by digest)", 20, () => generate(directory, pinned));
  await row("generate, tags asked of a registry", 20, () =>
    generate(directory, ["--builder", lab.images.builder]),
  );
  await row("generate, a builder of forty buildpacks", 20, () =>
    generate(directory, ["--builder", lab.images.builderLarge]),
  );
}

/** Runs `generate` as a process of its own, which reports its own peak memory on file descriptor 3. */
async function generate(directory: string, words: readonly string[]): Promise<Run> {
  const report =
    'import{writeSync}from"node:fs";process.on("exit",()=>writeSync(3,String(process.resourceUsage().maxRSS)))';
  const start = performance.now();
  const { stdio } = await execa(execPath, [program, "generate", ...words], {
    cwd: directory,
    env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(report)}` },
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  return { wallMs: performance.now() - start, peakMiB: Number(stdio[3]) / 1024 };
}
