import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ModuleSource } from "../index.ts";

/** Buildpacks in the project's directory. */
export function moduleDirectories(directory: string): ModuleSource {
  return {
    async local(path) {
      const place = join(directory, path);
      if (!existsSync(place)) return undefined;
      const text = (name: string) =>
        existsSync(join(place, name)) ? readFileSync(join(place, name), "utf8") : undefined;
      if (!statSync(place).isDirectory()) {
        return { form: "archive", module: { kind: "unusable", reason: "archives cannot be read yet" } };
      }
      const [buildpackToml, packageToml] = [text("buildpack.toml"), text("package.toml")];
      if (buildpackToml === undefined) {
        return { form: "directory", module: { kind: "unusable", reason: "it has no buildpack.toml" } };
      }
      const module = { kind: "buildpack" as const, buildpackToml };
      return {
        form: "directory",
        module: packageToml === undefined ? module : { ...module, packageToml },
      };
    },
    download: async () => undefined,
    lookUp: async () => undefined,
  };
}
