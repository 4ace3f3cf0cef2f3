import type { WrittenArgument } from "../dockerfile.ts";
import { readDockerfile } from "../read/read-dockerfile.ts";

/** What an ARG declares. In: the whole instruction. */
export function declaredArguments(text: string): readonly WrittenArgument[] {
  return readDockerfile(`FROM scratch\n${text}`).stages[0]?.arguments ?? [];
}
