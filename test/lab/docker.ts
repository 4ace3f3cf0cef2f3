import { mkdirSync, rmSync } from "node:fs";
import { endDaemon, findDaemon } from "./daemon.ts";
import { answersPing, dockerHost, loopbackOnly, startDockerd } from "./dockerd.ts";
import { withLock } from "./lock.ts";
import { inState } from "./paths.ts";
import type { Programs } from "./programs.ts";

const lock = inState("docker.lock");

/** pack leaves files of inline buildpacks behind. */
const temporaryFiles = inState("work/pack");

/** A running docker daemon of this checkout's lab. */
export class Docker {
  /** For `pack` and other clients. With the key, pack finds the caches of earlier runs again. */
  readonly environment = {
    DOCKER_HOST: dockerHost,
    PACK_VOLUME_KEY: "lab",
    TMPDIR: temporaryFiles,
    ...loopbackOnly,
  } as const;
  readonly #isOurs: boolean;

  private constructor(isOurs: boolean) {
    this.#isOurs = isOurs;
  }

  /** Uses the one that runs, or starts one. Throws when it does not start. */
  static join(programs: Programs): Promise<Docker> {
    return withLock(lock, "starts or ends this checkout's docker daemon", async () => {
      if (findDaemon("dockerd") !== undefined && (await answersPing())) return new Docker(false);
      await end();
      mkdirSync(temporaryFiles, { recursive: true });
      await startDockerd(programs);
      return new Docker(true);
    });
  }

  /** Ends it if it was started here. */
  async close(): Promise<void> {
    if (this.#isOurs) await withLock(lock, "starts or ends this checkout's docker daemon", end);
  }
}

async function end(): Promise<void> {
  await endDaemon("dockerd");
  await endDaemon("containerd");
  rmSync(temporaryFiles, { recursive: true, force: true });
}
