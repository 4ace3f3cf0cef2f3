import type { BuildRequest } from "../../engines/build-request.ts";

/** What a build is told, by the names of its build arguments; of two with one name, the last counts. */
export function argumentValues({
  buildArguments,
}: Pick<BuildRequest, "buildArguments">): ReadonlyMap<string, string> {
  return new Map(buildArguments.map(({ name, value }) => [name, value]));
}
