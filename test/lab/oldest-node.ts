import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { arch, platform } from "node:process";
import { cachedFile } from "./cached-file.ts";
import { execaOnMachine } from "./machine.ts";
import { npmPackage } from "./npm-package.ts";

/** The oldest Node.js of `engines` in package.json that the npm registry has for every machine: 22.13.0 is not there for arm64. */
export const oldestNodeVersion = "22.13.1";

/** Path of that Node.js. Its npm package is no dependency of ours, as the one that runs the tasks has a program of that name, too. */
export function makeOldestNode(): Promise<string> {
  const name = `node-${platform}-${arch}`;
  return cachedFile(
    `oldest-node/${name}-${oldestNodeVersion}`,
    `Node.js ${oldestNodeVersion}`,
    async (path) => {
      const archive = await npmPackage(name, oldestNodeVersion);
      const workshop = await mkdtemp(join(tmpdir(), "cnb-lab-node-"));
      try {
        await execaOnMachine("tar", ["-xzf", archive, "-C", workshop, "package/bin/node"]);
        await execaOnMachine("cp", [join(workshop, "package/bin/node"), `${path}.copy`]);
        await rename(`${path}.copy`, path);
      } finally {
        await rm(workshop, { recursive: true, force: true });
      }
    },
  );
}
