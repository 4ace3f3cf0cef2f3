import type { Dockerfile } from "../dockerfile.ts";
import { readDockerfile } from "./read-dockerfile.ts";

/**
 * Reads a file that may be a Dockerfile, by its name and its text. Undefined: it is none. TOML has no instruction (`from = 1`
 * is a key), and every Dockerfile has FROM or ARG.
 */
export function readIfDockerfile(name: string, text: string): Dockerfile | undefined {
  if (name.endsWith(".toml")) return undefined;
  const dockerfile = readDockerfile(text);
  const words = [
    ...dockerfile.stages.map(({ base }) => base),
    ...dockerfile.arguments.map(({ name: argument }) => argument),
  ];
  return words.some((word) => word !== "" && !word.startsWith("=")) ? dockerfile : undefined;
}
