import type { GeneratedDockerfile } from "./generated-dockerfile.ts";

interface DockerfileBase {
  /** What its FROM line is to name. */
  readonly name: string;
  readonly user: string;
  readonly group: string;
}

/**
 * Build arguments of an extension's Dockerfile, by name: those of its extend-config.toml, and those that every one has. Source: CNB image
 * extension spec, "Dockerfiles".
 */
export function dockerfileArguments(
  { arguments: given }: Pick<GeneratedDockerfile, "arguments">,
  { name, user, group }: DockerfileBase,
  buildId: string,
): ReadonlyMap<string, string> {
  return new Map([
    ...given.map((argument) => [argument.name, argument.value] as const),
    ...([
      ["build_id", buildId],
      ["user_id", user],
      ["group_id", group],
      ["base_image", name],
    ] as const),
  ]);
}
