import { formatPlatform } from "../../image/platform.ts";
import type { BuildRequest } from "../build-request.ts";
import type { EngineCommand } from "../engine-command.ts";
import { formatOutput } from "../outputs/build-output.ts";
import { buildxEnvironment } from "./buildx-environment.ts";

/** How buildx is called: as a program of its own, or through the docker command. */
export type BuildxProgram = readonly ["docker-buildx"] | readonly ["docker", "buildx"];

/** The build as a command of buildx. In: the instance; absent: the one that buildx chooses itself. */
export function buildxCommand(
  program: BuildxProgram,
  instance: string | undefined,
  request: BuildRequest,
): EngineCommand {
  const { frontend, file, context, limits } = request;
  const [name, ...first] = program;
  const flag = (flagName: string, value: string | undefined) =>
    value === undefined ? [] : [`--${flagName}=${value}`];
  const flags = (flagName: string, values: readonly string[]) =>
    values.map((value) => `--${flagName}=${value}`);
  const { platforms } = request;
  return {
    program: name,
    arguments: [
      ...first,
      "build",
      ...flag("builder", instance),
      ...flag("progress", request.progress),
      `--file=${file.directory}/${file.name}`,
      ...(frontend === undefined ? [] : flag("build-arg", `BUILDKIT_SYNTAX=${frontend.reference}`)),
      ...(frontend?.layout === undefined
        ? []
        : flag(
            "build-context",
            `${frontend.reference}=oci-layout://${frontend.layout.directory}@${frontend.layout.digest}`,
          )),
      ...(platforms.length === 0 ? [] : flag("platform", platforms.map(formatPlatform).join(","))),
      ...flags("tag", request.tags),
      ...flags(
        "build-arg",
        request.buildArguments.map(({ name, value }) => `${name}=${value}`),
      ),
      ...flags("label", request.labels),
      ...flags("annotation", request.annotations),
      ...flag("target", request.target),
      ...flag("call", request.call),
      ...flags("output", request.outputs.map(formatOutput)),
      ...(request.noCache ? ["--no-cache"] : []),
      ...flags("no-cache-filter", request.noCacheFilter),
      ...(request.pull ? ["--pull"] : []),
      ...flags("secret", request.secrets),
      ...flags("ssh", request.ssh),
      ...flags("cache-from", request.cacheFrom),
      ...flags("cache-to", request.cacheTo),
      ...flags(
        "build-context",
        request.buildContexts.map(({ name, value }) => `${name}=${value}`),
      ),
      ...Object.entries(request.attestations).flatMap(([kind, value]) => flag(kind, value)),
      ...flags("add-host", limits.addHosts),
      ...flags("allow", limits.allow),
      ...flag("cgroup-parent", limits.cgroupParent),
      ...flag("network", limits.network),
      ...flag("shm-size", limits.shmSize),
      ...flags("ulimit", limits.ulimits),
      ...flag("metadata-file", request.metadataFile),
      context,
    ],
    env: buildxEnvironment,
  };
}

/** Asks for the steps of a build that has ended. In: `BUILDER/NODE/ID`, as buildx names a build in its metadata; it is asked by the id alone. */
export function buildxHistoryCommand(
  program: BuildxProgram,
  instance: string | undefined,
  reference: string,
): EngineCommand {
  const [name, ...first] = program;
  const id = reference.slice(reference.lastIndexOf("/") + 1);
  const builder = instance === undefined ? [] : [`--builder=${instance}`];
  return {
    program: name,
    arguments: [...first, "history", "logs", ...builder, "--progress=rawjson", "--", id],
    env: buildxEnvironment,
  };
}
