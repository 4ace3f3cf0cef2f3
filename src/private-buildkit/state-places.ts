import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";
import { xdgDirectory } from "../private/home-directory.ts";
import { isOwn } from "../private/is-own.ts";
import { placeReason } from "../private/place-reason.ts";
import { makePrivateDirectory } from "../private/private-directory.ts";
import { safeParent } from "../private/safe-parent.ts";
import { removeControlGroups } from "./control-groups.ts";

/** Where a private BuildKit has its things. Absolute paths. */
export interface StatePlaces {
  /** BuildKit's data. */
  readonly root: string;
  readonly config: string;
  readonly logFile: string;
  readonly certificates: string;
  /** Of isolated build steps. */
  readonly network: string;
  /** In the place of /tmp, so that what a kill leaves there goes with the next start; agents' sockets are there, too. */
  readonly temporary: string;
  /** Outside of the state directory, because paths of sockets end at 107 bytes. */
  readonly runtime: string;
  readonly socket: string;
  readonly traceSocket: string;
  /** Name of the one that root's build steps run in; others cannot make any. */
  readonly controlGroup: string;
}

const maxSocketPath = 107;
/** The longest of those in the runtime directory: BuildKit's for an ssh agent, with a number of its own. */
const longestSocket = "tmp/.buildkit-ssh-sock4294967295/ssh_auth_sock";

const socketName = "buildkitd.sock";

/** Where the socket of `makePlaces` usually is: its directory is another one where another user has that name. */
export function plannedSocket(stateDirectory: string): string {
  const name = runtimeName(idOf(stateDirectory));
  const parent = runtimeParents().find((one) => isShortEnough(join(one, name))) ?? "/tmp";
  return join(parent, name, socketName);
}

function idOf(stateDirectory: string): string {
  return createHash("sha256").update(stateDirectory).digest("hex").slice(0, 12);
}

function runtimeName(id: string): string {
  return `cnb-dockerfile-${process.getuid?.()}-${id}`;
}

function runtimeParents(): string[] {
  return [xdgDirectory("XDG_RUNTIME_DIR") ?? tmpdir(), tmpdir(), "/tmp"];
}

function isShortEnough(runtime: string): boolean {
  return join(runtime, longestSocket).length <= maxSocketPath;
}

/** Clears away what a killed build has left, and makes what is needed. The lock has to be held. Throws CompileError, or Node's errors. */
export function makePlaces(stateDirectory: string): StatePlaces {
  const id = idOf(stateDirectory);
  const controlGroup = `cnb-dockerfile-${id}`;
  removeControlGroups(controlGroup);
  const certificates = join(stateDirectory, "certificates");
  discard(certificates);
  makePrivateDirectory(certificates);
  const runtime = makeRuntimeDirectory(runtimeName(id));
  const temporary = join(runtime, "tmp");
  mkdirSync(temporary);
  return {
    root: join(stateDirectory, "data"),
    config: join(stateDirectory, "buildkitd.toml"),
    logFile: join(stateDirectory, "buildkitd.log"),
    network: join(stateDirectory, "network"),
    ...{ certificates, temporary, runtime, controlGroup },
    socket: join(runtime, socketName),
    traceSocket: join(runtime, "otel.sock"),
  };
}

/** What a rootless BuildKit wrote there in the name of a subordinate user is not ours to remove; it is in nobody's way. */
function discard(directory: string): void {
  try {
    rmSync(directory, { recursive: true, force: true });
  } catch {}
}

/** Removes what is of no use after the build. */
export function clearPlaces({ runtime, controlGroup }: StatePlaces): void {
  discard(runtime);
  removeControlGroups(controlGroup);
}

/** An empty directory that only we can enter; the same for each build, so that killed ones leave at most one behind. */
function makeRuntimeDirectory(name: string): string {
  const parents = runtimeParents();
  for (const parent of parents) {
    const directory = join(parent, name);
    if (!isShortEnough(directory)) continue;
    try {
      safeParent(parent);
      // Of another user's not even that: he could put a link into what is removed.
      if (isOwn(directory, "directory")) rmSync(directory, { recursive: true, force: true });
      mkdirSync(directory, { mode: 0o700 });
      return directory;
    } catch {
      // Somebody else's, or no place for us.
    }
  }
  try {
    return mkdtempSync(join(safeParent("/tmp"), `${name}-`));
  } catch (error) {
    const reason = placeReason(error) ?? "";
    const values = { places: [...new Set(parents)].join(" or "), reason };
    throw new CompileError([diagnose("engines/no-place-for-sockets", values, { file: "XDG_RUNTIME_DIR" })], {
      cause: error,
    });
  }
}
