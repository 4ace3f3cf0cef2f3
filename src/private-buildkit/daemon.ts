import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, ftruncateSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { daemonScriptVariable } from "../options/process-variables.ts";
import { openPrivateFile } from "../private/private-file.ts";

/** Exit code of `script` where /proc shows other processes than those of the new namespace. */
export const foreignProc = 90;

/** Carries the script: in no file, where it could be changed; as an argument, rootlesskit would put it into its messages. */
const scriptVariable = daemonScriptVariable;

/**
 * What runs as the first process of the daemon's namespaces: starts the daemon, and ends it when our pipe closes, which
 * it does however we end. Where no line came before, we were killed; our client may live on and build, and BuildKit
 * would wait for it. With a process namespace of its own, the kernel then ends whatever is left in it, and with
 * the mount namespace go the mounts. Without one, BuildKit's runc cannot end a step (it says "taking a long time to exit
 * after kill"), and BuildKit waits for it: so the steps are ended here.
 * $1: `sandbox`: there is a process namespace; `shared`: there is none, and what is left has to be looked for; it is
 * known by its user namespace. $2: where runc keeps notes that nobody needs afterwards; empty: it is led elsewhere.
 */
const script = `unset ${scriptVariable}
exec 3<&0 </dev/null
kind=$1 notes=$2
shift 2
if [ "$kind" = sandbox ]; then
  read -r pid _ </proc/self/stat
  [ "$pid" = $$ ] || exit ${foreignProc}
fi
[ -z "$notes" ] || { mkdir -p "$notes" && mount -t tmpfs tmpfs "$notes"; }
"$@" 3<&- &
daemon=$!
end_others() {
  [ "$kind" = shared ] || return 0
  read -r own _ </proc/self/stat
  for process in /proc/[0-9]*; do
    id=\${process#/proc/}
    case " $$ $PPID $own $1 " in *" $id "*) continue ;; esac
    [ ! "$process/ns/user" -ef /proc/self/ns/user ] || kill -KILL "$id"
  done
}
{
  if read -r _ <&3; then seconds=9; else seconds=0; fi
  kill -TERM $daemon
  sleep 1
  end_others $daemon
  sleep $seconds
  kill -KILL $daemon
} 9<&- &
wait $daemon
status=$?
end_others ""
exit $status
`;

export interface DaemonCommand {
  /** What makes the namespaces; runs the words behind it in them. */
  readonly namespaces: readonly string[];
  readonly processes: "sandbox" | "shared";
  readonly runcNotes?: string;
  /** The daemon with its arguments. */
  readonly words: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Takes all its output; begins anew. */
  readonly logFile: string;
  /** Kept open by the daemon and everything below it, but no build step. */
  readonly lockFd: number;
  /** Where it answers. */
  readonly socket: string;
  readonly signal?: AbortSignal;
}

/** A daemon that answers. */
export interface Daemon {
  /** Resolves when it and everything that it started are gone. */
  readonly stop: () => Promise<void>;
}

type Start =
  | { readonly kind: "ready"; readonly daemon: Daemon }
  /** It ended, or never answered; its output tells why. */
  | { readonly kind: "failed"; readonly exitCode: number | undefined };

/** Longest time from the start to the first answer. */
const startMs = 60_000;
/** The script gives the daemon ten seconds. */
const stopMs = 15_000;

/** Starts a daemon and waits for it to answer. Throws the signal's reason when it comes; nothing runs then. */
export async function startDaemon(command: DaemonCommand): Promise<Start> {
  const { namespaces, processes, runcNotes = "", words, env, socket, signal } = command;
  signal?.throwIfAborted();
  const log = openPrivateFile(command.logFile);
  ftruncateSync(log);
  const start = ["sh", "-c", `eval "$${scriptVariable}"`, "sh", processes, runcNotes, ...words];
  const [program = "", ...rest] = [...namespaces, ...start];
  // 9, because rootlesskit puts pipes of its own in the place of 3 and 4.
  const unused = Array.from({ length: 6 }, () => "ignore" as const);
  const child = spawn(program, rest, {
    stdio: ["pipe", log, log, ...unused, command.lockFd],
    env: { ...env, [scriptVariable]: script },
    // Ctrl-C reaches the whole foreground group, and the daemon is to end after its client.
    detached: true,
  });
  closeSync(log);
  const ended = new Promise<number | undefined>((resolve) => {
    child.once("error", () => resolve(undefined));
    child.once("exit", (exitCode) => resolve(exitCode ?? undefined));
  });
  const waiting = new AbortController();
  const limits = [waiting.signal, AbortSignal.timeout(startMs), ...(signal === undefined ? [] : [signal])];
  const first = await Promise.race([
    answers(socket, AbortSignal.any(limits)),
    ended.then((exitCode) => ({ exitCode })),
  ]);
  waiting.abort();
  if (first === true) return { kind: "ready", daemon: { stop: () => stop(child, ended) } };
  await stop(child, ended);
  signal?.throwIfAborted();
  return { kind: "failed", exitCode: first === false ? undefined : first.exitCode };
}

async function stop(child: ChildProcess, ended: Promise<number | undefined>): Promise<void> {
  // It may have ended, and closed its side of the pipe.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end("stop\n");
  const timer = setTimeout(() => child.kill("SIGKILL"), stopMs);
  await ended;
  clearTimeout(timer);
}

/** Out: true when something serves HTTP/2 at the socket; false when the signal came first. */
async function answers(socket: string, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    if (await isServed(socket, signal)) return true;
    await pause(5);
  }
  return false;
}

/**
 * BuildKit listens before it is ready to serve, and takes connections in then. So it counts when its first frame comes,
 * for which we wait on the one connection.
 */
function isServed(socket: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const session = connectHttp2("http://buildkitd", { createConnection: () => connect(socket) });
    const settle = (isThere: boolean) => {
      signal.removeEventListener("abort", giveUp);
      session.destroy();
      resolve(isThere);
    };
    const giveUp = () => settle(false);
    signal.addEventListener("abort", giveUp);
    session.once("remoteSettings", () => settle(true));
    session.on("error", giveUp);
    session.once("close", giveUp);
  });
}
