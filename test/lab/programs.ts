import { mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { env, pid } from "node:process";
import { buildkitHost } from "./buildkitd.ts";
import { inState } from "./paths.ts";
import { type HostToolName, hostTools } from "./tool-list.ts";
import { toolPath } from "./tools.ts";

/** Absolute path of each program under its usual name; not every one is made yet. */
export type Programs = Readonly<Record<HostToolName, string>>;

/** The buildx builder that stands for our buildkitd. */
export const buildxBuilder = "lab";

/** Gives the tools their usual names in `.lab/bin`. */
export function linkPrograms(): Programs {
  const directory = inState("bin");
  mkdirSync(directory, { recursive: true });
  const entries = hostTools.map((tool): readonly [HostToolName, string] => {
    const path = join(directory, tool.name);
    // Renamed into place, so that a program started meanwhile finds either the old or the new one.
    rmSync(`${path}.${pid}.tmp`, { force: true });
    symlinkSync(toolPath(tool), `${path}.${pid}.tmp`);
    renameSync(`${path}.${pid}.tmp`, path);
    return [tool.name, path];
  });
  return Object.fromEntries(entries) as Record<HostToolName, string>;
}

/** What a shell or a child process needs to use the lab; nothing of the user's own docker set-up is touched. */
export function labEnvironment(): Record<string, string> {
  const docker = inState("docker");
  return {
    PATH: [inState("bin"), env.PATH ?? "/usr/sbin:/usr/bin:/sbin:/bin"].join(":"),
    BUILDKIT_HOST: buildkitHost,
    DOCKER_CONFIG: docker,
    BUILDX_CONFIG: join(docker, "buildx"),
    BUILDX_BUILDER: buildxBuilder,
    PACK_HOME: inState("pack"),
  };
}
