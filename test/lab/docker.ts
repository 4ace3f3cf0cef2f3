import { mkdirSync, rmSync } from "node:fs";
import { findDaemon } from "./daemon.ts";
import { answersPing, dockerHost, endDockerd, startDockerd } from "./dockerd.ts";
import { withLock } from "./lock.ts";
import { inState } from "./paths.ts";
import type { Programs } from "./programs.ts";

const lock = inState("docker.lock");

/** pack leaves files of inline buildpacks behind. */
const temporaryFiles = inState("work/pack");

/** A running docker daemon of this checkout's lab. */
export class Docker {
  /**
   * For `pack` and other clients. With the key, pack finds the cache of an image's last build again. It hands proxies on
   * to the phases: none of this machine's.
   */
  readonly environment = {
    DOCKER_HOST: dockerHost,
    PACK_VOLUME_KEY: "lab",
    TMPDIR: temporaryFiles,
    HTTP_PROXY: "",
    HTTPS_PROXY: "",
    NO_PROXY: "",
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
      // pack's caches would pile up, and make the first build of a run a second one.
      rmSync(inState("dockerd/volumes"), { recursive: true, force: true });
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
  await endDockerd();
  rmSync(temporaryFiles, { recursive: true, force: true });
}
