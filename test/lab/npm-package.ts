import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cachedFile } from "./cached-file.ts";
import { execaOnMachine } from "./machine.ts";

/** An npm package's tarball in the shared cache; npm itself fetches it. */
export function npmPackage(name: string, version: string): Promise<string> {
  return cachedFile(`npm/${name}-${version}.tgz`, `npm package ${name} ${version}`, async (output) => {
    const workshop = await mkdtemp(join(tmpdir(), "cnb-lab-npm-"));
    try {
      const options = ["--json", "--ignore-scripts", "--pack-destination", workshop];
      await execaOnMachine("npm", ["pack", ...options, `${name}@${version}`], { cwd: workshop });
      await rename(join(workshop, `${name}-${version}.tgz`), output).catch(async () => {
        // The cache may lie on another file system.
        await execaOnMachine("cp", [join(workshop, `${name}-${version}.tgz`), output]);
      });
    } finally {
      await rm(workshop, { recursive: true, force: true });
    }
  });
}

/** Where this machine's npm gets packages: the builders hand it to the buildpacks. */
export async function npmRegistry(): Promise<string> {
  const { stdout } = await execaOnMachine("npm", ["config", "get", "registry"], { cwd: tmpdir() });
  return stdout.trim();
}
