import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer as createHttpServer, request } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { env, pid, stderr } from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { build } from "esbuild";
import { execa } from "execa";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeAuthority, makeCertificate } from "../../helpers/certificates.ts";
import { startProxy } from "../../helpers/proxy.ts";
import { testSeed } from "../../helpers/test-seed.ts";
import { serveFiles } from "../../lab/file-server.ts";
import type { Lab } from "../../lab/lab.ts";
import { until } from "../../lab/process.ts";
import { startLab } from "../../lab/start.ts";
import { addUser, type OrdinaryUser } from "../ordinary-user.ts";
import { bareSystem, copyPrograms, releases } from "../release-archives.ts";
import { writeFilteredBundle } from "./filtered-container.ts";

/** How many calling processes are killed, of root and of a user each. */
const kills = Number(env.CNB_DOCKERFILE_TEST_KILLS ?? 6);

let lab: Lab;
/** Readable for all, as the checkout and the lab's programs may not be. */
let place: string;
const users: OrdinaryUser[] = [];

/** Who builds: his words before a command, and where his BuildKit's data is. */
interface Builder {
  readonly title: string;
  readonly prefix: readonly string[];
  readonly state: string;
  readonly uid: number;
}
const builders: Builder[] = [];
const root = () => builderOf("root");
const user = () => builderOf("a user");

function builderOf(title: string): Builder {
  const found = builders.find((builder) => builder.title === title);
  if (found === undefined) throw new Error(`there is no ${title}`);
  return found;
}

beforeAll(async () => {
  lab = await startLab();
  place = mkdtempSync(join(tmpdir(), "cnb-daemonless-"));
  chmodSync(place, 0o755);
  await copyPrograms(lab, place);
  await build({
    entryPoints: [join(import.meta.dirname, "daemonless-driver.ts")],
    ...{ bundle: true, platform: "node", format: "esm", outfile: join(place, "driver.mjs") },
    banner: { js: 'import { createRequire as r } from "node:module"; const require = r(import.meta.url);' },
  });
  builders.push(makeBuilder("root", 0, []), await makeUser("a user", []));
  const context = join(place, "app");
  mkdirSync(context);
  writeFileSync(
    join(context, "Dockerfile"),
    `FROM ${lab.images.runBase}
USER root
ARG CONTENT
ARG SECONDS=0.3
RUN id -u && echo "$CONTENT" > /content && sleep $SECONDS
`,
  );
});
afterAll(async () => {
  for (const ordinary of users) await ordinary.remove();
  rmSync(place, { recursive: true, force: true });
  await lab.close();
});

function makeBuilder(title: string, uid: number, prefix: readonly string[]): Builder {
  const home = join(place, `home-${uid}`);
  mkdirSync(home);
  chownSync(home, uid, uid);
  return { title, uid, prefix, state: join(home, "state") };
}

/** In: further words of useradd. With them he gets subordinate ids, unless he is one of the system's. */
async function makeUser(title: string, words: readonly string[]): Promise<Builder> {
  const ordinary = await addUser(words);
  users.push(ordinary);
  return makeBuilder(title, ordinary.uid, ordinary.prefix);
}

interface Event {
  readonly event: "said" | "warning" | "ready" | "worked" | "stopped" | "fault";
  readonly ms: number;
  readonly line?: string;
  readonly code?: string;
  readonly exitCode?: number;
  readonly diagnostics?: readonly { readonly code: string; readonly message: string }[];
}

/** A process that calls us, with a client. */
interface Caller {
  readonly child: ChildProcess;
  readonly events: readonly Event[];
  /** The client's progress. */
  readonly progress: () => string;
  readonly ended: Promise<void>;
}

interface CallOptions {
  /** Words before the program. */
  readonly around?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly state?: string;
}

/** The program of a builder that calls us, with its variables. */
function commandWords(builder: Builder, words: readonly string[], options: CallOptions = {}): string[] {
  const { env: more = {}, state = builder.state } = options;
  const variables = {
    ...{ HOME: dirname(builder.state), USER: "somebody" },
    PATH: `${join(place, "bin")}:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    ...more,
  };
  return [
    ...["/usr/bin/env", "--ignore-environment"],
    ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
    ...[join(place, "bin", "node"), join(place, "driver.mjs"), state, ...words],
  ];
}

/** Starts a process group of its own. */
function call(builder: Builder, words: readonly string[], options: CallOptions = {}): Caller {
  return start([...(options.around ?? []), ...builder.prefix, ...commandWords(builder, words, options)]);
}

function start([program = "", ...rest]: readonly string[]): Caller {
  const child = spawn(program, rest, { stdio: ["ignore", "pipe", "pipe"], detached: true, cwd: place });
  const events: Event[] = [];
  let [text, progress] = ["", ""];
  child.stdout.on("data", (piece) => {
    text += piece;
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) events.push(JSON.parse(line) as Event);
  });
  child.stderr.on("data", (piece) => {
    progress += piece;
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return { child, events, progress: () => progress, ended };
}

function buildWords(content: string, ...more: readonly string[]): string[] {
  const context = join(place, "app");
  return [
    ...["build", "--progress=plain", "--frontend=dockerfile.v0", `--opt=build-arg:CONTENT=${content}`],
    ...[`--local=context=${context}`, `--local=dockerfile=${context}`, ...more],
  ];
}

/** A call that comes to its end. Throws with the progress where it does not build. */
async function finish(caller: Caller): Promise<readonly Event[]> {
  await caller.ended;
  const worked = caller.events.find(({ event }) => event === "worked");
  if (worked?.exitCode !== 0 || caller.events.at(-1)?.event !== "stopped") {
    throw new Error(`${JSON.stringify(caller.events)}\n${caller.progress()}`);
  }
  return caller.events;
}

async function faultCodes(caller: Caller): Promise<readonly string[]> {
  await caller.ended;
  return caller.events.flatMap(({ diagnostics = [] }) => diagnostics.map(({ code }) => code));
}

/** What is left of a builder's BuildKits on the machine: processes, mounts, control groups, sockets. */
function leftovers({ state, uid }: Builder): string[] {
  const id = createHash("sha256").update(state).digest("hex").slice(0, 12);
  const processes = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const line = read(`/proc/${name}/cmdline`).replaceAll("\0", " ");
      // The second is a build step.
      return line.includes(state) || line.includes('echo "$CONTENT"') ? [`process ${name}: ${line}`] : [];
    });
  const mounts = read("/proc/self/mountinfo")
    .split("\n")
    .filter((line) => line.includes(state) || line.includes(`cnb-dockerfile-${uid}-${id}`));
  const groups = ["", ...readdirSync("/sys/fs/cgroup")].flatMap((hierarchy) => {
    const directory = join("/sys/fs/cgroup", hierarchy);
    if (!existsSync(join(directory, "cgroup.procs"))) return [];
    const names = readdirSync(directory).filter((name) => name === `cnb-dockerfile-${id}`);
    return names.map((name) => `control group ${join(directory, name)}`);
  });
  const places = readdirSync(tmpdir()).filter((name) => name.startsWith(`cnb-dockerfile-${uid}-${id}`));
  return [...processes, ...mounts, ...groups, ...places.map((name) => `directory ${name}`)];
}

/** What is left and acts. */
function running(builder: Builder): string[] {
  return leftovers(builder).filter((left) => !/^(?:directory|control group) /.test(left));
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

describe.each(["root", "a user"])("for %s", (title) => {
  it("builds, and leaves nothing but its data", async () => {
    const caller = call(builderOf(title), buildWords("first"));
    await finish(caller);
    // Root of the build's own user namespace.
    expect(caller.progress()).toMatch(/^#\d+ [\d.]+ 0$/m);
    expect(leftovers(builderOf(title))).toEqual([]);
  });

  it("finds in the next build what the last one has made", async () => {
    const caller = call(builderOf(title), buildWords("first"));
    const events = await finish(caller);
    expect(caller.progress()).toMatch(/^#\d+ CACHED$/m);
    expect(events.map(({ event }) => event)).toEqual(["ready", "worked", "stopped"]);
  });

  it("keeps build steps from the machine's loopback where there is pasta, and says so where there is none", async () => {
    const builder = builderOf(title);
    const server = createHttpServer((_, response) => void response.end("reached")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const context = join(place, "network");
    mkdirSync(context, { recursive: true });
    writeFileSync(
      join(context, "Dockerfile"),
      `FROM ${lab.images.runBase}
RUN ["bash", "-c", "n=0; while read -r line; do [[ $line != *:* ]] || n=$((n + 1)); done </proc/net/dev; echo interfaces $n; (exec 3<>/dev/tcp/127.0.0.1/${port}) && echo reached || echo cut off"]
`,
    );
    const words = ["build", "--progress=plain", "--frontend=dockerfile.v0", `--local=context=${context}`];
    const seen: { events: string[]; step: string[] }[] = [];
    const bin = join(place, "pasta-bin");
    mkdirSync(bin, { recursive: true });
    copyFileSync(lab.tools.pasta, join(bin, "pasta"));
    chmodSync(join(bin, "pasta"), 0o755);
    const path = `${join(place, "bin")}:${await bareSystem(place)}`;
    // Systems of today let anyone open it; others, as some images of virtual machines, root alone.
    const device = join(place, "tun");
    if (!existsSync(device)) await execa("mknod", ["--mode=666", device, "c", "10", "200"]);
    const around = [
      "unshare",
      "--mount",
      "sh",
      "-c",
      `mount --bind ${device} /dev/net/tun && exec "$@"`,
      "sh",
    ];
    try {
      for (const PATH of [path, `${bin}:${path}`]) {
        const state = `${builder.state}-network-${seen.length}`;
        const caller = call(builder, [...words, `--local=dockerfile=${context}`], {
          state,
          around,
          env: { PATH },
        });
        const events = await finish(caller);
        seen.push({
          events: events.flatMap(({ event, code, line }) =>
            event === "warning" ? [`${code}: ${line}`] : [],
          ),
          step: caller.progress().match(/reached$|cut off$|interfaces \d+/gm) ?? [],
        });
      }
    } finally {
      server.close();
    }
    expect(seen[0]).toMatchObject({
      events: [expect.stringMatching(/^engines\/steps-on-host-network: .*pasta is not installed/)],
      step: expect.arrayContaining(["reached"]),
    });
    expect(seen[1]).toEqual({ events: [], step: ["interfaces 2", "cut off"] });
    expect(leftovers({ ...builder, state: `${builder.state}-network-1` })).toEqual([]);
  });

  it("takes no data of another user's, follows no link of his and runs no script of his", async () => {
    const builder = builderOf(title);
    const other = title === "root" ? user().uid : 4_242;
    const shared = join(place, `shared-${builder.uid}`);
    const [state, victim, marker] = ["state", "victim", "marker"].map((name) => join(shared, name));
    if (state === undefined || victim === undefined || marker === undefined) throw new Error("no paths");
    mkdirSync(state, { recursive: true });
    writeFileSync(victim, "precious");
    chownSync(victim, builder.uid, builder.uid);
    writeFileSync(join(state, "daemon.sh"), `: > ${marker}\n`);
    symlinkSync(victim, join(state, "lock"));
    for (const path of [state, join(state, "daemon.sh")]) chownSync(path, other, other);
    chmodSync(state, 0o777);
    chmodSync(shared, 0o1777);
    const events = await finish(call(builder, buildWords("first"), { state }));
    expect(events).toContainEqual(expect.objectContaining({ event: "warning", code: "private/replaced" }));
    expect(readdirSync(state).sort()).toEqual(["daemon.sh", "lock"]);
    expect([read(victim), existsSync(marker)]).toEqual(["precious", false]);
    const [own = ""] = readdirSync(shared).filter((name) => name.startsWith("state.private-"));
    // No script lies anywhere, and what does lie there is ours alone.
    const files = readdirSync(join(shared, own))
      .filter((name) => name !== "network")
      .sort();
    expect(files).toEqual(["buildkitd.log", "buildkitd.toml", "certificates", "data", "lock"]);
    for (const path of [own, ...files.map((name) => join(own, name))]) {
      const stats = lstatSync(join(shared, path));
      expect([path, stats.uid, stats.mode & 0o022]).toEqual([path, builder.uid, 0]);
    }
  });

  it("takes at most a second more than a client of a BuildKit that runs, program's start and all", async () => {
    const times: { plain: number; own: number }[] = [];
    await lab.buildctl(buildWords("first"));
    for (let round = 0; round < 5; round++) {
      const begin = performance.now();
      await lab.buildctl(buildWords("first"));
      const middle = performance.now();
      await finish(call(builderOf(title), buildWords("first")));
      times.push({ plain: middle - begin, own: performance.now() - middle });
    }
    // The best of each: what else the machine does is not ours.
    const plain = Math.round(Math.min(...times.map((time) => time.plain)));
    const own = Math.round(Math.min(...times.map((time) => time.own)));
    stderr.write(`unchanged build for ${title}: ${own} ms, by plain buildctl ${plain} ms\n`);
    expect(own - plain).toBeLessThan(1_000);
  });

  it("lets one build at a time use the data, and says who is waited for", async () => {
    const first = call(builderOf(title), buildWords(`long ${Date.now()}`, "--opt=build-arg:SECONDS=3"));
    await until(() => first.events.some(({ event }) => event === "ready"), 30_000);
    const second = call(builderOf(title), buildWords("first"));
    await finish(second);
    await finish(first);
    expect(second.events[0]).toMatchObject({
      event: "said",
      line: expect.stringMatching(/^Waiting for the build with process ID \d+, which uses the same BuildKit/),
    });
    expect(leftovers(builderOf(title))).toEqual([]);
  });

  it("is gone after Ctrl-C, which a terminal sends to the whole group", async () => {
    const caller = call(builderOf(title), buildWords(`interrupted ${Date.now()}`));
    await until(() => /^#\d+ .*RUN id/m.test(caller.progress()), 30_000);
    signalGroup(caller, "SIGINT");
    await caller.ended;
    expect(caller.events.at(-1)).toMatchObject({
      event: "fault",
      diagnostics: [{ message: "Error: interrupted" }],
    });
    expect(leftovers(builderOf(title))).toEqual([]);
    await finish(call(builderOf(title), buildWords("first")));
  });

  it("is out of the way after its caller is killed or interrupted at any moment", async () => {
    const builder = builderOf(title);
    const seed = testSeed(`${kills} kills for ${title}`);
    const begin = performance.now();
    await finish(call(builder, buildWords(`timed ${seed}`)));
    const longestMs = Math.round(performance.now() - begin);
    const ends = fc.record({
      signal: fc.constantFrom("SIGKILL", "SIGKILL", "SIGINT"),
      afterMs: fc.noBias(fc.integer({ min: 0, max: longestMs })),
      isFollowed: fc.boolean(),
    });
    const waits = [0];
    for (const [index, end] of fc.sample(ends, { seed, numRuns: kills }).entries()) {
      const caller = call(builder, buildWords(`ended ${seed} ${index}`));
      await pause(end.afterMs);
      if (end.signal === "SIGINT") signalGroup(caller, "SIGINT");
      else killDrivers(builder);
      await caller.ended;
      // The program may not have come so far as to clear up what one before has left.
      if (end.signal === "SIGINT") expect(running(builder)).toEqual([]);
      // The next one comes while the last one is still on its way down, or meets another that is killed.
      if (!end.isFollowed) continue;
      const next = await finish(call(builder, buildWords(`after ${seed} ${index}`)));
      waits.push(next.find(({ event }) => event === "ready")?.ms ?? 0);
    }
    const longestWait = Math.max(...waits);
    stderr.write(
      `ended for ${title} within ${longestMs} ms; the next was ready in ${longestWait} ms at most\n`,
    );
    await finish(call(builder, buildWords("first")));
    expect(leftovers(builder)).toEqual([]);
    expect(longestWait).toBeLessThan(6_000);
  });
});

/** As a terminal does it. Nothing where all have ended. */
function signalGroup({ child }: Caller, name: NodeJS.Signals): void {
  try {
    process.kill(-(child.pid ?? 0), name);
  } catch {}
}

/** SIGKILL to the processes that call us, and to nothing else of theirs. */
function killDrivers({ state }: Builder): void {
  for (const name of readdirSync("/proc").filter((one) => /^\d+$/.test(one))) {
    const words = read(`/proc/${name}/cmdline`).split("\0");
    if (words[0] === join(place, "bin", "node") && words[2] === state) process.kill(Number(name), "SIGKILL");
  }
}

describe("its programs", () => {
  it("are fetched, checked and kept, for a user who has none of them", async () => {
    const list = await releases(place);
    const server = await serveFiles(list.directory);
    const cache = mkdtempSync(join(dirname(user().state), "cache-"));
    chownSync(cache, user().uid, user().uid);
    try {
      const file = join(list.directory, "programs.json");
      writeFileSync(file, JSON.stringify(list.listFor(server.address)));
      const settings = {
        ...{ CNB_DOCKERFILE_PROGRAM_LIST: file, XDG_CACHE_HOME: cache },
        PATH: await bareSystem(place),
      };
      const first = await finish(call(user(), buildWords("first"), { env: settings }));
      expect(server.requests).toEqual(["/buildkit.tar.gz", "/rootlesskit.tar.gz"]);
      expect(first[0]?.line).toMatch(
        /^Downloading buildkit 0\.33\.1 \(\d+ MB\) from 127\.0\.0\.1:\d+; it is kept for later builds$/,
      );
      await finish(call(user(), buildWords("first"), { env: settings }));
      expect(server.requests).toHaveLength(2);
    } finally {
      await server.close();
    }
  });

  it("cannot be kept on a full disk, which is said, and nothing is left there", async () => {
    const list = await releases(place);
    const disk = join(place, "disk");
    mkdirSync(disk, { recursive: true });
    await execa("mount", ["-t", "tmpfs", "-o", "size=10m", "tmpfs", disk]);
    const server = await serveFiles(list.directory);
    try {
      const file = join(list.directory, "programs.json");
      writeFileSync(file, JSON.stringify(list.listFor(server.address)));
      const settings = {
        ...{ CNB_DOCKERFILE_PROGRAM_LIST: file, XDG_CACHE_HOME: disk },
        PATH: await bareSystem(place),
      };
      const caller = call(root(), buildWords("first"), { env: settings });
      expect(await faultCodes(caller)).toEqual(["engines/no-room"]);
      expect(JSON.stringify(caller.events)).toContain("no space left on device");
      expect(readdirSync(disk, { recursive: true })).toEqual(["cnb-dockerfile", "cnb-dockerfile/programs"]);
    } finally {
      await server.close();
      await execa("umount", [disk]);
    }
  });
});

describe("registries", () => {
  /** The app, but from an image of this name; it is new each time. */
  function wordsFrom(image: string): string[] {
    const context = join(place, "from");
    mkdirSync(context, { recursive: true });
    writeFileSync(join(context, "Dockerfile"), `FROM ${image}\nRUN echo ${Date.now()}\n`);
    return [
      ...["build", "--progress=plain", "--frontend=dockerfile.v0", "--no-cache"],
      ...[`--local=context=${context}`, `--local=dockerfile=${context}`],
    ];
  }

  it("are asked through their mirrors", async () => {
    const settings = {
      DRIVER_REGISTRIES: JSON.stringify({ mirrors: [["docker.io", lab.registry]], insecure: [] }),
    };
    const name = lab.images.runBase.slice(lab.registry.length + 1);
    await finish(call(user(), wordsFrom(name), { env: settings }));
  });

  it("whose CA was given are trusted, behind a proxy too, and others are not", async () => {
    const authority = makeAuthority();
    const { cert, key } = makeCertificate({ names: "DNS:registry.example", ca: authority });
    // TLS in front of the lab's registry.
    const [hostname, port] = lab.registry.split(":");
    const front = createServer({ cert, key }, ({ method, url, headers }, response) => {
      const onward = request({ hostname, port, method, path: url, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      onward.end();
    });
    await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
    try {
      const proxy = await startProxy(`127.0.0.1:${(front.address() as AddressInfo).port}`);
      const name = lab.images.runBase.replace(lab.registry, "registry.example");
      const attempt = (ca: string | undefined) => {
        const registries = { mirrors: [], insecure: [], ...(ca === undefined ? {} : { ca }) };
        const settings = { DRIVER_REGISTRIES: JSON.stringify(registries), HTTPS_PROXY: proxy.url };
        return call(user(), wordsFrom(name), { env: settings });
      };
      const distrusting = attempt(undefined);
      await expect(finish(distrusting)).rejects.toThrow("certificate signed by unknown authority");
      await finish(attempt(authority.cert));
      expect(proxy.asked[0]?.line).toBe("CONNECT registry.example:443");
    } finally {
      front.closeAllConnections();
      await new Promise((resolve) => front.close(resolve));
    }
  });
});

describe("where the machine does not let it run", () => {
  it("a user without newuidmap is told what to install", async () => {
    const caller = call(user(), [], { env: { PATH: join(place, "bin") } });
    expect(await faultCodes(caller)).toEqual(["engines/no-uidmap"]);
  });

  it("a user without subordinate ids is told how to get some", async () => {
    const other = await makeUser("a user without ids", ["--system"]);
    expect(await faultCodes(call(other, []))).toEqual(["engines/no-sub-ids", "engines/no-sub-ids"]);
  });

  it("a user to whom setuid is of no use is told so", async () => {
    const around = ["setpriv", "--no-new-privs"];
    expect(await faultCodes(call(user(), [], { around }))).toEqual(["engines/no-new-privileges"]);
  });

  it("a user in a container, where newuidmap by setuid has not rights enough, is told how to give it some", async () => {
    const around = ["setpriv", "--bounding-set=-sys_admin"];
    expect(await faultCodes(call(user(), [], { around }))).toEqual(["engines/uidmap-denied"]);
  });

  it("a user in a container builds where newuidmap has its rights by itself", async () => {
    const bin = join(place, "capable");
    mkdirSync(bin);
    for (const [name, capability] of Object.entries({ newuidmap: "cap_setuid", newgidmap: "cap_setgid" })) {
      copyFileSync((await execa("which", [name])).stdout, join(bin, name));
      chmodSync(join(bin, name), 0o755);
      await execa("setcap", [`${capability}+ep`, join(bin, name)]);
    }
    const settings = { PATH: `${bin}:${join(place, "bin")}:/usr/bin:/bin` };
    const around = ["setpriv", "--bounding-set=-sys_admin"];
    await finish(call(user(), buildWords(`contained ${Date.now()}`), { around, env: settings }));
  });

  it("root without CAP_SYS_ADMIN, as in a plain container, is told so", async () => {
    const around = ["setpriv", "--bounding-set=-sys_admin"];
    expect((await faultCodes(call(root(), [], { around })))[0]).toBe("engines/namespaces-denied");
  });

  it("a machine that allows no user namespaces is recognised by its setting", async () => {
    // The setting is of a user namespace: in one of our own it is ours to change.
    const script = 'echo 0 > /proc/sys/user/max_user_namespaces; exec setpriv --bounding-set=-sys_admin "$@"';
    const around = ["unshare", "--user", "--map-root-user", "sh", "-c", script, "sh"];
    expect(await faultCodes(call(root(), [], { around }))).toContain("engines/no-user-namespaces");
  });

  it("a user in a container that hides parts of /proc builds all the same, and a kill leaves nothing", async () => {
    // The kernel then lets nobody mount another /proc, which would show what is hidden.
    const around = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs tmpfs /proc/fs; exec "$@"', "sh"];
    await finish(call(user(), buildWords(`hidden ${Date.now()}`), { around }));
    expect(readFileSync(join(user().state, "buildkitd.toml"), "utf8")).toContain("noProcessSandbox = true");
    expect(leftovers(user())).toEqual([]);
    const killed = call(user(), buildWords(`killed ${Date.now()}`, "--opt=build-arg:SECONDS=60"), { around });
    await until(() => /^#\d+ [\d.]+ 0$/m.test(killed.progress()), 30_000);
    killDrivers(user());
    await killed.ended;
    await until(() => running(user()).length === 0, 5_000);
    expect(running(user())).toEqual([]);
    await finish(call(user(), buildWords("first"), { around }));
    expect(leftovers(user())).toEqual([]);
  });

  it.each([
    ["a user", "engines/filtered"],
    ["root", "engines/namespaces-denied"],
  ])("%s in a container that filters system calls is told so", async (title, code) => {
    const builder = builderOf(title);
    const state = join(dirname(builder.state), "filtered");
    const bundle = await writeFilteredBundle(place, builder.uid, commandWords(builder, [], { state }));
    const id = `cnb-daemonless-${pid}-${builder.uid}`;
    const runc = ["runc", "--root", join(place, "runc")];
    const caller = start([...runc, "run", "--bundle", bundle, id]);
    expect((await faultCodes(caller))[0]).toBe(code);
  });

  it("a state directory that cannot be made is named", async () => {
    const file = join(place, "file");
    writeFileSync(file, "");
    expect(await faultCodes(call(root(), [], { state: join(file, "state") }))).toEqual([
      "engines/state-unusable",
    ]);
  });

  it("a temporary directory that cannot be written is named", async () => {
    const state = mkdtempSync("/var/tmp/cnb-daemonless-");
    const script = 'mount --bind /tmp /tmp && mount -o remount,bind,ro /tmp && exec "$@"';
    const around = ["unshare", "--mount", "sh", "-c", script, "sh"];
    try {
      const caller = call(root(), [], { state, around });
      expect(await faultCodes(caller)).toEqual(["engines/no-place-for-sockets"]);
      expect(JSON.stringify(caller.events)).toContain("cannot be created in /tmp: read-only file system");
    } finally {
      rmSync(state, { recursive: true, force: true });
    }
  });

  it("what BuildKit says when it does not start is shown", async () => {
    const state = join(dirname(root().state), "damaged");
    mkdirSync(state);
    writeFileSync(join(state, "data"), "no directory");
    const caller = call(root(), [], { state });
    expect(await faultCodes(caller)).toEqual(["engines/buildkit-failed"]);
    expect(JSON.stringify(caller.events)).toContain("not a directory");
  });
});
