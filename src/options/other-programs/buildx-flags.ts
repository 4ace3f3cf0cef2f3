import type { AnsweredFlag } from "./answered-flag.ts";

/** Limits are the engine's; a flag of docker's classic builder for one does nothing with buildx either. */
const limits = "BuildKit's own configuration limits steps; `--cgroup-parent` and `--ulimit` are here.";
const answered = (flags: string, insteadOfBuild: string): AnsweredFlag => ({ flags, insteadOfBuild });

/**
 * Flags of `docker buildx build` that `build` does not have, and what to do in their place. Those that are not in the list
 * exist under the same name; a test holds both against buildx's own help. Source: buildx, `commands/build.go`.
 */
export const answeredBuildxFlags: readonly AnsweredFlag[] = [
  answered(
    "--call <method>",
    "Run `cnb-dockerfile check` for what is wrong and `cnb-dockerfile plan` for what would be built; for a frontend build write `docker buildx build --call METHOD …`.",
  ),
  answered("--check", "Run `cnb-dockerfile check` with the same flags."),
  answered("--debug", "Write `--progress plain` to see what each step prints."),
  answered("--policy <spec>", "Leave it out: policies are checked by buildx. Write `docker buildx build …`."),
  answered("--resource <spec>", limits),
  answered("--print <method>", "Run `cnb-dockerfile plan` for what would be built."),
  answered("--squash", "Leave it out: BuildKit squashes no images, and buildpacks share their layers."),
  answered("--isolation <kind>", "Leave it out: it is for Windows containers."),
  answered("--security-opt <option>", "Write `--allow security.insecure` where a Dockerfile asks for that."),
  answered("--memory <bytes>", limits),
  answered("--memory-swap <bytes>", limits),
  answered("--cpu-period <number>", limits),
  answered("--cpu-quota <number>", limits),
  answered("--cpu-shares <number>", limits),
  answered("--cpuset-cpus <list>", limits),
  answered("--cpuset-mems <list>", limits),
];

/** Flags that docker still takes for scripts of old times, and does nothing with. */
export const forgottenFlags: readonly string[] = ["--compress", "--force-rm", "--rm"];
