import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cachedFile } from "./cached-file.ts";
import { execaOnMachine } from "./machine.ts";
import { installPackages } from "./packages.ts";

/** A library's jar in the shared cache; Maven itself fetches it. In: `group:artifact:version`. */
export function mavenJar(coordinates: string): Promise<string> {
  const [, artifact = "", version = ""] = coordinates.split(":");
  const file = `${artifact}-${version}.jar`;
  return cachedFile(`maven/${file}`, `jar ${coordinates}`, async (output) => {
    const workshop = await mkdtemp(join(tmpdir(), "cnb-lab-maven-"));
    try {
      const words = [`-Dartifact=${coordinates}`, `-DoutputDirectory=${workshop}`];
      await maven(["dependency:copy", "-Dmdep.useBaseVersion=true", ...words], workshop);
      await rename(join(workshop, file), output).catch(() =>
        execaOnMachine("cp", [join(workshop, file), output]),
      );
    } finally {
      await rm(workshop, { recursive: true, force: true });
    }
  });
}

/** Runs Maven as the machine has it set up. Throws with its messages when it fails. */
export async function maven(words: readonly string[], cwd: string): Promise<void> {
  await installPackages(["maven", "openjdk-17-jdk-headless"]);
  await execaOnMachine("mvn", ["--batch-mode", "--quiet", ...words], { cwd, all: true });
}
