import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { pid } from "node:process";
import { execa } from "execa";
import { bundleConfig, type DirectoryMount, type Security, startWords } from "./bundle.ts";
import { abandonContainer, layBundle, removeContainer, runcRoot } from "./container-files.ts";
import { imageUser } from "./image-user.ts";
import { checkoutId } from "./paths.ts";
import { until } from "./process.ts";
import { unpackedImage } from "./unpacked-image.ts";

export interface RunOptions {
  /** Over the image's own. PORT is a free loopback port unless given here. */
  readonly env?: Readonly<Record<string, string>>;
  /** Replaces the image's Cmd. */
  readonly args?: readonly string[];
  /** Replaces the image's Entrypoint and puts its Cmd away; a bare name is looked up in the image's PATH. */
  readonly entrypoint?: string;
  /** Replaces the image's User, in the same spelling. */
  readonly user?: string;
  readonly mounts?: readonly DirectoryMount[];
  /** Absent: no filter of system calls, parts of /proc hidden. */
  readonly security?: Security;
}

let serial = 0;

/** A container that was started, by runc and with the host's network. */
export class Container {
  readonly id: string;
  /** What PORT says in the container. */
  readonly port: number;
  readonly url: string;
  readonly #process: ReturnType<typeof runc>;
  #hasEnded = false;
  #output = { all: "", stdout: "", stderr: "" };

  private constructor(id: string, port: number, child: ReturnType<typeof runc>) {
    this.id = id;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.#process = child;
    void child.finally(() => {
      this.#hasEnded = true;
    });
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => {
        this.#output[name] += text;
        this.#output.all += text;
      });
    }
  }

  /** Pulls `reference` for `platform` (`linux/arm64`) and starts it as its config says. */
  static async start(
    crane: string,
    reference: string,
    platform: string,
    options: RunOptions,
  ): Promise<Container> {
    const { rootfs, runtime } = await unpackedImage(crane, reference, platform);
    const user = imageUser(rootfs, options.user ?? runtime.User ?? "");
    const port = Number(options.env?.PORT ?? (await ephemeralPort()));
    const own = Object.fromEntries((runtime.Env ?? []).map((entry) => split(entry)));
    const environment = { HOME: user.home, HOSTNAME: "lab", ...own, PORT: String(port), ...options.env };
    const words = startWords(runtime, options.entrypoint, options.args);
    const id = `cnb-lab-${checkoutId}-${pid}-${serial++}`;
    const bundle = await layBundle(id, rootfs);
    const workingDirectory = runtime.WorkingDir || "/";
    const config = {
      ...{ id, rootfs: join(bundle, "rootfs"), words, environment, workingDirectory, user },
      ...{ mounts: options.mounts ?? [], security: options.security ?? {} },
    };
    await writeFile(join(bundle, "config.json"), JSON.stringify(bundleConfig(config)));
    return new Container(id, port, runc(bundle, id));
  }

  /** Both streams so far, as they came. */
  logs(): string {
    return this.#output.all;
  }

  get stdout(): string {
    return this.#output.stdout;
  }

  get stderr(): string {
    return this.#output.stderr;
  }

  /** Waits for the end. 128 + N when signal N ended it. */
  async exitCode(): Promise<number> {
    return (await this.#process).exitCode ?? 137;
  }

  /** Asks `path` until there is an answer, for at most `limitMs`. Throws with the logs when none comes. */
  async get(path = "/", limitMs = 60_000): Promise<Response> {
    let answer: Response | undefined;
    await until(async () => {
      answer = await fetch(`${this.url}${path}`).catch(() => undefined);
      return answer !== undefined || this.#hasEnded;
    }, limitMs);
    if (answer === undefined)
      throw new Error(`no answer from ${this.url}${path}; the container said:\n${this.logs()}`);
    return answer;
  }

  /** SIGTERM, after `graceMs` SIGKILL; then its files go. Out: the exit code. */
  async stop(graceMs = 10_000): Promise<number> {
    await execa("runc", ["--root", runcRoot, "kill", this.id, "TERM"], { reject: false });
    if (!(await until(() => this.#hasEnded, graceMs)))
      await execa("runc", ["--root", runcRoot, "kill", this.id, "KILL"], { reject: false });
    const exitCode = await this.exitCode();
    await removeContainer(this.id);
    return exitCode;
  }

  /** SIGKILL without waiting, for the last moment of this process. */
  abandon(): void {
    abandonContainer(this.id);
  }
}

function runc(bundle: string, id: string) {
  return execa("runc", ["--root", runcRoot, "run", "--bundle", bundle, id], {
    stdin: "ignore",
    buffer: false,
    reject: false,
    // Ctrl-C must reach us alone: we end containers in our own order.
    detached: true,
    cleanup: false,
  });
}

function split(entry: string): readonly [string, string] {
  const equals = entry.indexOf("=");
  return [entry.slice(0, equals), entry.slice(equals + 1)];
}

function ephemeralPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
