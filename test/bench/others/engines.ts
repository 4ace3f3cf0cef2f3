import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { execa } from "execa";
import type { Lab } from "../../lab/lab.ts";
import { packOwnImage } from "../../own-image.ts";
import { compare } from "./pairs.ts";

const program = join(import.meta.dirname, "..", "..", "..", "dist", "main.js");

/** `build` of an unchanged app beside the command of buildctl's that it stands for, which finds a BuildKit running. */
export async function benchEngines(lab: Lab, directory: string): Promise<void> {
  await packOwnImage(lab);
  const state = mkdtempSync(join(tmpdir(), "cnb-dockerfile-bench-"));
  const archive = join(state, "app.tar");
  const own = (...words: string[]) =>
    execa(
      execPath,
      [program, "build", "--platform=linux/amd64", "-o", `type=oci,dest=${archive}`, ...words, "."],
      {
        cwd: directory,
        env: { ...lab.environment, XDG_DATA_HOME: state, CNB_DOCKERFILE_IMAGE: "" },
        stdin: "ignore",
      },
    );
  try {
    const { stdout: command } = await own("--engine=buildkit", "--dry-run");
    const plain = () => execa("sh", ["-c", command], { cwd: directory, env: lab.environment });
    for (const engine of ["buildkit", "buildx", "daemonless"]) {
      const ours = () => own(`--engine=${engine}`);
      await Promise.all([plain(), ours()]);
      const sides = [
        { title: "buildctl", run: plain },
        { title: "ours", run: ours },
      ] as const;
      await compare(`build, engine ${engine}, nothing changed`, 9, sides);
    }
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
}
