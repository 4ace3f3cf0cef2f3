import { existsSync } from "node:fs";
import { join } from "node:path";
import { diagnose } from "../../diagnostics/diagnose.ts";
import type { Report } from "../../diagnostics/diagnostic.ts";
import { requireClosedFile } from "../../private/closed-file.ts";
import { homeDirectory, xdgDirectory } from "../../private/home-directory.ts";
import { NotPrivate } from "../../private/not-private.ts";
import { type CredentialFile, parseCredentials, readCredentialFile } from "./credential-file.ts";
import { askHelper } from "./credential-helper.ts";
import type { Secret } from "./secret.ts";

/** What was found for a repository, in words that a message can show. */
export interface FoundCredentials {
  /** Absent: nothing was found. */
  readonly secret?: Secret;
  /** `the credentials of FILE (KEY)`; without a secret `no credentials were found for it in FILE, FILE`. */
  readonly source: string;
  /** What logs in: `docker login ghcr.io`. */
  readonly login: string;
}

/** A place that can hold credentials. */
interface Place {
  readonly name: string;
  readonly tool: "docker" | "podman";
  /** Undefined: there is nothing, or what another user could have written. Throws CompileError where it is damaged. */
  readonly read: (report: Report) => CredentialFile | undefined;
}

/**
 * Looks for a way into a repository; the first place that has one wins, as a variable set for one run is meant more than a
 * file, and docker's file is what BuildKit will pull the same image with:
 * `DOCKER_AUTH_CONFIG`, docker's config.json (`DOCKER_CONFIG`, else `~/.docker`), then podman's: `REGISTRY_AUTH_FILE`,
 * `$XDG_RUNTIME_DIR/containers/auth.json`, `$XDG_CONFIG_HOME/containers/auth.json` (else `~/.config`).
 * In one place: the host's helper, the helper for all hosts, then entries, the longest path first.
 * A helper that fails is a warning and counts as one that has nothing: what anybody may read stays readable. So does a file
 * in its usual place that another user could change, as XDG_RUNTIME_DIR is his after su(1); one that a variable of docker's or
 * podman's names is the user's choice.
 * In: host as image names have it, `docker.io`. Throws CompileError where a file is damaged.
 */
export async function findCredentials(
  host: string,
  repository: string,
  report: Report,
): Promise<FoundCredentials> {
  const looked: Place[] = [];
  const problems: string[] = [];
  for (const place of places()) {
    const file = place.read(report);
    if (file === undefined) continue;
    looked.push(place);
    const login = loginCommand(place.tool, host);
    const helper = file.helperFor(host);
    if (helper !== undefined) {
      const answer = await askHelper(helper.name, host);
      const program = `docker-credential-${helper.name}`;
      if (answer.kind === "found") {
        const source = `the credentials that ${program} gave (${place.name}, ${helper.key})`;
        return { secret: answer.secret, source, login };
      }
      if (answer.kind === "failed") {
        const { reason } = answer;
        report(
          diagnose(
            "registry/helper-failed",
            { program, host, reason },
            { file: place.name, keyPath: helper.key },
          ),
        );
        problems.push(`${program} failed`);
      }
    }
    const entry = file.entryFor(host, repository);
    if (entry !== undefined) {
      const source = `the credentials of ${place.name} (auths, ${JSON.stringify(entry.key)})`;
      return { secret: entry.secret, source, login };
    }
  }
  const searched = looked.length === 0 ? places() : looked;
  const names = searched.map(({ name }) => name).join(", ");
  const source = `no credentials were found for it in ${names}${problems.map((text) => `; ${text}`).join("")}`;
  const tool = looked.length > 0 && looked.every((place) => place.tool === "podman") ? "podman" : "docker";
  return { source, login: loginCommand(tool, host) };
}

function loginCommand(tool: Place["tool"], host: string): string {
  return tool === "docker" && host === "docker.io" ? "docker login" : `${tool} login ${host}`;
}

/** Files that are left out, each told once. */
const told = new Set<string>();

function isClosed(path: string, report: Report): boolean {
  try {
    requireClosedFile(path);
    return true;
  } catch (error) {
    // What the system refuses is told when it is read.
    if (!(error instanceof NotPrivate)) return true;
    const { reason } = error;
    if (!told.has(path)) report(diagnose("registry/shared-credentials", { path, reason }, { file: path }));
    told.add(path);
    return false;
  }
}

function places(): Place[] {
  const { DOCKER_AUTH_CONFIG, DOCKER_CONFIG, REGISTRY_AUTH_FILE } = process.env;
  const home = homeDirectory();
  const runtime = xdgDirectory("XDG_RUNTIME_DIR");
  const named = (tool: Place["tool"], path: string): Place => ({
    name: path,
    tool,
    read: () => (existsSync(path) ? readCredentialFile(path) : undefined),
  });
  const usual = (tool: Place["tool"], path: string): Place => ({
    name: path,
    tool,
    read: (report) => (existsSync(path) && isClosed(path, report) ? readCredentialFile(path) : undefined),
  });
  return [
    ...(DOCKER_AUTH_CONFIG
      ? [
          {
            name: "DOCKER_AUTH_CONFIG",
            tool: "docker" as const,
            read: () => parseCredentials("DOCKER_AUTH_CONFIG", DOCKER_AUTH_CONFIG),
          },
        ]
      : []),
    DOCKER_CONFIG
      ? named("docker", join(DOCKER_CONFIG, "config.json"))
      : usual("docker", join(home, ".docker", "config.json")),
    ...(REGISTRY_AUTH_FILE ? [named("podman", REGISTRY_AUTH_FILE)] : []),
    ...(runtime === undefined ? [] : [usual("podman", join(runtime, "containers", "auth.json"))]),
    usual(
      "podman",
      join(xdgDirectory("XDG_CONFIG_HOME") ?? join(home, ".config"), "containers", "auth.json"),
    ),
  ];
}
