import { type Dockerfile, namedStages } from "../../src/dockerfile/dockerfile.ts";
import { imageTarget } from "../request/targets.ts";
import type { SubrequestAnswer } from "./answer.ts";
import { table } from "./table.ts";

/** The stages of a Dockerfile and what they are for. Source: BuildKit, `frontend/subrequests/targets`. */
export function listTargets(dockerfile: Dockerfile): SubrequestAnswer {
  const targets = namedStages(dockerfile).map(({ name, purpose, base }) => ({
    name,
    ...(name === imageTarget ? { default: true } : {}),
    description: purpose,
    base,
  }));
  const rows = targets.map(({ name, description }) => [
    name === imageTarget ? `${name} (default)` : name,
    description,
  ]);
  return { json: { targets, sources: [] }, text: table([["TARGET", "DESCRIPTION"], ...rows]) };
}
