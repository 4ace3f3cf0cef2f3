import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  answersDocker,
  callDocker,
  dataDirectory,
  dockerHost,
  endDockerd,
  type ImageStore,
  startDockerd,
} from "./dockerd.ts";
import { withLock } from "./lock.ts";
import { inState } from "./paths.ts";
import type { Programs } from "./programs.ts";
import { dockerTools } from "./tool-list.ts";
import { makeTools } from "./tools.ts";

const lock = inState("docker.lock");

/** A running docker daemon of this checkout's lab. */
export class Docker {
  readonly environment: ReturnType<typeof clientEnvironment>;
  readonly #store: ImageStore;
  readonly #isOurs: boolean;

  private constructor(store: ImageStore, isOurs: boolean) {
    this.environment = clientEnvironment(store);
    this.#store = store;
    this.#isOurs = isOurs;
  }

  /** Uses the one that runs, or starts one. Throws when it does not start. */
  static async join(programs: Programs, store: ImageStore): Promise<Docker> {
    await makeTools(dockerTools);
    return withLock(lock, "starts or ends this checkout's docker daemon", async () => {
      if (await answersDocker(store)) return new Docker(store, false);
      await end(store);
      mkdirSync(temporaryFiles(store), { recursive: true });
      // pack's caches would pile up, and make the first build of a run a second one.
      rmSync(join(dataDirectory(store), "volumes"), { recursive: true, force: true });
      await startDockerd(programs, store);
      return new Docker(store, true);
    });
  }

  /** One call of the daemon's API; a stream is sent as a tar. Out: the body of its answer. Throws with it when the call is refused. */
  call(method: "GET" | "POST" | "DELETE", path: string, body?: unknown): Promise<string> {
    return callDocker(this.#store, method, path, body);
  }

  /** Ends it if it was started here. */
  async close(): Promise<void> {
    if (!this.#isOurs) return;
    await withLock(lock, "starts or ends this checkout's docker daemon", () => end(this.#store));
  }
}

async function end(store: ImageStore): Promise<void> {
  await endDockerd(store);
  rmSync(temporaryFiles(store), { recursive: true, force: true });
}

/**
 * For `pack`, buildx and other clients. With the key, pack finds the cache of an image's last build again. It hands
 * proxies on to the phases: none of this machine's. `default` is what buildx calls the BuildKit in the daemon.
 */
function clientEnvironment(store: ImageStore) {
  return {
    DOCKER_HOST: dockerHost(store),
    BUILDX_BUILDER: "default",
    PACK_VOLUME_KEY: "lab",
    TMPDIR: temporaryFiles(store),
    HTTP_PROXY: "",
    HTTPS_PROXY: "",
    NO_PROXY: "",
  };
}

/** pack leaves files of inline buildpacks behind. */
function temporaryFiles(store: ImageStore): string {
  return inState("work", `docker-${store}`);
}
