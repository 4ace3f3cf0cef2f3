import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { execPath } from "node:process";
import { execa } from "execa";
import type { Lab } from "../../lab/lab.ts";
import { type Run, row } from "./row.ts";

const program = join(import.meta.dirname, "..", "..", "..", "dist", "main.js");
const platforms = "linux/amd64,linux/arm64";

/** Builds of a generated Dockerfile for two platforms. */
export async function benchBuild(lab: Lab, directory: string, toolImage: string): Promise<void> {
  const { stdout: dockerfile } = await execa(
    execPath,
    [program, "generate", "--builder", lab.images.builder, `--cache-id=bench-${Date.now()}`],
    { cwd: directory, env: { CNB_DOCKERFILE_IMAGE: toolImage }, stripFinalNewline: false },
  );
  const file = join(directory, "..", "Dockerfile");
  writeFileSync(file, dockerfile);
  const build = async (): Promise<Run> => {
    const name = `${lab.registry}/bench/node-web:1`;
    const words = [
      "build",
      `--platform=${platforms}`,
      `--file=${file}`,
      `--tag=${name}`,
      "--push",
      directory,
    ];
    const start = performance.now();
    await lab.buildx(words);
    return { wallMs: performance.now() - start };
  };
  let change = 0;
  const changed = () => {
    writeFileSync(join(directory, "changed.txt"), `${Date.now()} ${change++}`);
    return build();
  };
  await row("build of two platforms, nothing in the buildpacks' cache", 1, changed);
  await row("build of two platforms, one source file changed", 5, changed);
  await row("build of two platforms, nothing changed", 5, build);
}
