import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";

/** A way in, and where it was found, for messages; never shown itself. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly source: string;
}

const schema = v.object({
  auths: v.optional(v.record(v.string(), v.object({ auth: v.optional(v.string()) })), {}),
});

/** Key under which docker keeps Docker Hub's entry. */
const dockerHubKey = "https://index.docker.io/v1/";

/**
 * Looks up docker's own configuration file (`DOCKER_CONFIG`, else `~/.docker`).
 * Undefined: it has no entry for the registry, or there is no such file.
 */
export function findCredentials(registry: string): Credentials | undefined {
  const file = join(process.env.DOCKER_CONFIG || join(homedir(), ".docker"), "config.json");
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
  const config = v.safeParse(schema, value);
  if (!config.success) return undefined;
  const keys = registry === "docker.io" ? [dockerHubKey, "docker.io", "index.docker.io"] : [registry];
  for (const key of [...keys, ...keys.map((name) => `https://${name}`)]) {
    const auth = config.output.auths[key]?.auth;
    const [username, ...password] = Buffer.from(auth ?? "", "base64")
      .toString("utf8")
      .split(":");
    if (username !== undefined && username !== "") {
      return { username, password: password.join(":"), source: file };
    }
  }
  return undefined;
}
