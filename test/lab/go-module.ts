import { cp, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cachedFile } from "./cached-file.ts";
import { execaOnMachine } from "./machine.ts";

/** A module as its proxy has it, a directory with `VERSION.info`, `.mod` and `.zip`, in the shared cache; Go itself fetches it. In: one without dependencies. */
export function goModule(path: string, version: string): Promise<string> {
  const name = `go-modules/${path.replaceAll("/", "-")}-${version}`;
  return cachedFile(name, `Go module ${path} ${version}`, async (output) => {
    const workshop = await mkdtemp(join(tmpdir(), "cnb-lab-go-"));
    try {
      const env = { GOMODCACHE: join(workshop, "modules"), GOFLAGS: "-modcacherw" };
      await execaOnMachine("go", ["mod", "download", `${path}@${version}`], { cwd: workshop, env });
      const from = join(workshop, "modules/cache/download", path, "@v");
      await mkdir(`${output}.new`, { recursive: true });
      for (const end of ["info", "mod", "zip"]) {
        await cp(join(from, `${version}.${end}`), join(`${output}.new`, `${version}.${end}`));
      }
      await rename(`${output}.new`, output);
    } finally {
      await rm(workshop, { recursive: true, force: true });
    }
  });
}
