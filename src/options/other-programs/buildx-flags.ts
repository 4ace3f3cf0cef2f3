import type { AnsweredFlag } from "./answered-flag.ts";

/** Limits are the engine's; a flag of docker's classic builder for one does nothing with buildx either. */
const limits = "Limit the steps in BuildKit's configuration, or use `--cgroup-parent` or `--ulimit`.";
const answered = (flags: string, insteadOfBuild: string): AnsweredFlag => ({ flags, insteadOfBuild });

/**
 * Flags of `docker buildx build` that `build` does not have, and what to do in their place. Those that are not in the list
 * exist under the same name; a test holds both against buildx's own help. Source: buildx, `commands/build.go`.
 */
export const answeredBuildxFlags: readonly AnsweredFlag[] = [
  answered(
    "--call <method>",
    "Run `cnb-dockerfile check` to find errors or `cnb-dockerfile plan` to show what a build would do. To build with the frontend, use `docker buildx build --call METHOD …`.",
  ),
  answered("--check", "Run `cnb-dockerfile check` with the same flags."),
  answered("--debug", "Use `--progress plain` to see the output of each step."),
  answered("--policy <spec>", "Remove it, or use `docker buildx build …`: only buildx checks policies."),
  answered("--resource <spec>", limits),
  answered("--print <method>", "Run `cnb-dockerfile plan` to show what a build would do."),
  answered("--squash", "Remove it: BuildKit does not squash images."),
  answered("--isolation <kind>", "Remove it: it applies only to Windows containers."),
  answered("--security-opt <option>", "Use `--allow security.insecure` if a Dockerfile needs it."),
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
