import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createConnection, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { git } from "../../helpers/git.ts";
import {
  type HostileKind,
  type HostileRepository,
  hostileKinds,
  makeHostileRepository,
} from "../../helpers/hostile-repository.ts";
import { type FileServer, serveFiles } from "../../lab/file-server.ts";
import { type GitServer, serveGit } from "../../lab/git-server.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { addUser, type OrdinaryUser } from "../ordinary-user.ts";
import { copyPrograms } from "../release-archives.ts";
import { projectText } from "../steps.ts";

const platform = "--platform=linux/amd64";
let lab: Lab;
/** Readable for all, as the checkout and the lab's programs may not be. */
let place: string;
let ordinary: OrdinaryUser;
/** A way to the lab's BuildKit for those who may not open its socket. */
let bridge: Server;
let buildkit: string;
let files: FileServer;
let http: GitServer;
const hostile: Partial<Record<HostileKind, HostileRepository>> = {};

/** Who runs the program, and whose the settings are. */
interface Who {
  /** Words before a command that has him run it. */
  readonly prefix: readonly string[];
  readonly home: string;
  /** Where his instance of buildx is. */
  readonly config: string;
}
const people: Partial<Record<"root" | "an ordinary user" | "a random uid of root's group", Who>> = {};

function who(name: keyof typeof people): Who {
  const found = people[name];
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}

function repository(kind: HostileKind): HostileRepository {
  const found = hostile[kind];
  if (found === undefined) throw new Error(`there is no repository ${kind}`);
  return found;
}

beforeAll(async () => {
  lab = await startLab();
  place = mkdtempSync(join(tmpdir(), "cnb-hostile-"));
  chmodSync(place, 0o755);
  mkdirSync(join(place, "tmp"));
  chmodSync(join(place, "tmp"), 0o1777);
  await copyPrograms(lab, place);
  copyFileSync(lab.tools["docker-buildx"], join(place, "bin", "docker-buildx"));
  const dist = join(import.meta.dirname, "..", "..", "..", "dist");
  cpSync(dist, join(place, "dist"), { recursive: true, filter: (path) => path !== join(dist, "image") });
  const socket = lab.buildkitHost.replace("unix://", "");
  bridge = createServer((client) => {
    const server = createConnection(socket);
    client.pipe(server).pipe(client);
    for (const side of [client, server]) side.on("error", () => [client, server].map((one) => one.destroy()));
  });
  await new Promise<void>((resolve) => bridge.listen(0, "127.0.0.1", resolve));
  const address = bridge.address();
  buildkit = `tcp://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  ordinary = await addUser();
  people.root = await settle("root", 0, []);
  people["an ordinary user"] = await settle("user", ordinary.uid, ordinary.prefix);
  // The home is another's, as in OpenShift and in CI systems that share one.
  const random = ["setpriv", "--reuid=1234567", "--regid=0", "--clear-groups"];
  const { home } = people["an ordinary user"];
  people["a random uid of root's group"] = { ...(await settle("random", 1_234_567, random)), home };
  const app = copySampleApp("procfile");
  const project = projectText(lab, "x").replace(/^id = .*\n/m, "");
  for (const kind of hostileKinds) {
    const own = join(place, kind);
    mkdirSync(own);
    hostile[kind] = await makeHostileRepository(own, kind, {
      "project.toml": project,
      Procfile: readFileSync(join(app.directory, "Procfile"), "utf8"),
    });
    await execa("tar", ["-czf", join(place, `${kind}.tgz`), "-C", repository(kind).directory, "."]);
  }
  app.remove();
  const tree = join(place, "tree");
  cpSync(repository("committed").directory, tree, { recursive: true });
  cpSync(join(tree, "project.toml"), join(tree, "embedded", "project.toml"));
  cpSync(join(tree, "Procfile"), join(tree, "embedded", "Procfile"));
  // A fetch refuses a submodule that names a program.
  const modules = readFileSync(join(tree, ".gitmodules"), "utf8");
  writeFileSync(join(tree, ".gitmodules"), modules.replace(/^update = .*\n/m, ""));
  await git(tree, "init", "-q", "--initial-branch=main");
  await git(tree, "add", "--force", ".");
  await git(tree, "commit", "-qm", "all");
  mkdirSync(join(place, "served"));
  await git(tree, "clone", "-q", "--bare", ".", join(place, "served", "shop.git"));
  http = await serveGit(join(place, "served"));
  files = await serveFiles(place);
});
afterAll(async () => {
  await Promise.all([http?.close(), files?.close()]);
  await new Promise((resolve) => bridge.close(resolve));
  await ordinary.remove();
  rmSync(place, { recursive: true, force: true });
  await lab.close();
});

/** A home with an instance of buildx. */
async function settle(name: string, uid: number, prefix: readonly string[]): Promise<Who> {
  const home = join(place, `home-${name}`);
  mkdirSync(home);
  chownSync(home, uid, uid);
  const somebody = { prefix, home, config: home };
  const buildx = join(place, "bin", "docker-buildx");
  const [first = "", ...rest] = [...prefix, "env", ...variables(somebody), buildx];
  await execa(first, [...rest, "create", "--name=hostile", "--driver=remote", buildkit], { cwd: "/" });
  return somebody;
}

function variables({ home, config }: Who, more: Readonly<Record<string, string>> = {}): string[] {
  const values = {
    ...{ HOME: home, DOCKER_CONFIG: config, BUILDX_CONFIG: config, BUILDX_BUILDER: "hostile" },
    PATH: `${join(place, "bin")}:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    CNB_DOCKERFILE_IMAGE: inject("toolImage"),
    // Where a home is another's, what is kept between runs is there.
    TMPDIR: join(place, "tmp"),
    ...more,
  };
  return ["-i", ...Object.entries(values).map(([name, value]) => `${name}=${value}`)];
}

interface Call {
  readonly words: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** Runs our program. Out: how it ended, and every program that was started for it, by its path. */
async function watch(somebody: Who, { words, cwd, env, input }: Call) {
  const log = join(mkdtempSync(join(place, "watch-")), "log");
  const directory = join(log, "..");
  chmodSync(directory, 0o777);
  const program = [join(place, "bin", "node"), join(place, "dist", "main.js"), ...words];
  const watcher = ["strace", "-f", "-qq", "-s", "4096", "-e", "trace=execve,execveat", "-o", log];
  const [first = "", ...rest] = [
    ...somebody.prefix,
    ...watcher,
    "env",
    ...variables(somebody, env),
    ...program,
  ];
  const options = {
    cwd,
    reject: false,
    ...(input === undefined ? { stdin: "ignore" as const } : { inputFile: input }),
  };
  try {
    const { exitCode, stdout, stderr } = await execa(first, rest, options);
    return { exitCode, stdout, stderr, started: startedIn(readFileSync(log, "utf8")) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The shell that ends git where we are killed, by the beginning of its script. */
const watcher = String.raw`["sh", "-c", "read -r word || word=killed\n`;

/** The shell that limits git's memory and becomes it; what it becomes is noted by itself. */
const limiter = /\["sh", "-c", "ulimit -S -d \\"\$0\\" 2>\/dev\/null; exec \\"\$@\\"", "\d+", "git", /;

/** Paths of the programs in a log of strace's; a call that another thread interrupts stands in two lines. */
function startedIn(log: string): string[] {
  const waiting = new Map<string, string>();
  return log.split("\n").flatMap((line) => {
    const [, pid = "", rest = ""] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const found =
      /^execve(?:at)?\((?:AT_FDCWD, |\d+, )?"((?:[^"\\]|\\.)*)"/.exec(rest)?.[1] ?? waiting.get(pid);
    if (found === undefined) return [];
    const path = rest.includes(watcher) ? "watcher" : limiter.test(rest) ? "limiter" : found;
    if (rest.endsWith("<unfinished ...>")) waiting.set(pid, path);
    else waiting.delete(pid);
    return / = 0$/.test(rest) ? [path] : [];
  });
}

/** What the host may run for a build; git only where it has to fetch. */
const ours = ["env", "node", "docker-buildx", "buildctl"];
const fetching = ["git", "git-remote-http", "git-remote-https", "watcher", "limiter"];

async function expectQuiet(somebody: Who, call: Call, mayFetch = false, exitCode = 0): Promise<string> {
  const { started, ...result } = await watch(somebody, call);
  expect({ words: call.words, exitCode: result.exitCode }, result.stderr).toEqual({
    words: call.words,
    exitCode,
  });
  // These two the test itself starts.
  expect(started.map((path) => basename(path)).slice(0, 2)).toEqual(["env", "node"]);
  const allowed = mayFetch ? [...ours, ...fetching] : ours;
  expect(started.filter((path) => !allowed.includes(basename(path)))).toEqual([]);
  const hostileOnes = hostileKinds.map((kind) => join(place, kind));
  expect(started.filter((path) => hostileOnes.some((directory) => path.startsWith(directory)))).toEqual([]);
  for (const kind of hostileKinds) expect(repository(kind).markers(), kind).toEqual([]);
  return result.stdout;
}

const engines = [["--engine=buildx"], ["--engine=buildkit"]] as const;
const build = ["build", platform, "--progress=plain", "--output=type=cacheonly"];

it("the watcher sees what git starts, and the traps work", async () => {
  const { directory, markers, clear } = repository("missing");
  const log = join(place, "control");
  await execa(
    "strace",
    ["-f", "-qq", "-e", "trace=execve", "-o", log, "git", "-c", "safe.directory=*", "show", "HEAD"],
    {
      cwd: directory,
      reject: false,
    },
  );
  const started = startedIn(readFileSync(log, "utf8"));
  expect(started.filter((path) => path.startsWith(join(place, "missing")))).not.toEqual([]);
  expect(markers()).not.toEqual([]);
  clear();
});

describe.each(["root", "an ordinary user"] as const)("by %s,", (name) => {
  it("nothing of a directory is run at any door", async () => {
    const cache = [
      "cache",
      "export",
      platform,
      ...engines[0],
      "--dry-run",
      join(who(name).home, "cache"),
      ".",
    ];
    const doors = [
      ...[["check"], ["generate"], ["plan"], cache, [...build, ...engines[0], "."]],
      [...build, ...engines[1], `--buildkit-host=${buildkit}`, "."],
    ];
    for (const kind of hostileKinds) {
      const { directory } = repository(kind);
      const all = kind === "missing" ? doors : [["generate"], [...build, ...engines[0], "--dry-run", "."]];
      for (const words of all) await expectQuiet(who(name), { words, cwd: directory });
    }
  });

  it("nothing of an archive or of standard input is run", async () => {
    const cwd = who(name).home;
    const input = join(place, "missing.tgz");
    await expectQuiet(who(name), { words: [...build, ...engines[0], `${files.address}/missing.tgz`], cwd });
    await expectQuiet(who(name), { words: [...build, ...engines[0], "--keep-git-dir", "-"], cwd, input });
    const words = [...build, ...engines[1], `--buildkit-host=${buildkit}`, "-"];
    await expectQuiet(who(name), { words, cwd, input });
  });

  it("nothing of a fetched repository is run", async () => {
    const cwd = who(name).home;
    for (const rest of ["#main", "#:embedded"]) {
      const words = [...build, ...engines[0], "-g", `${http.address}/shop.git${rest}`];
      await expectQuiet(who(name), { words, cwd }, true);
    }
  });

  it("nothing of the source of a builder container is run before BuildKit is", async () => {
    const home = who(name).home;
    const empty = join(home, "programs");
    mkdirSync(empty, { recursive: true });
    for (const kind of hostileKinds) {
      const env = {
        ...{
          PLP_SOURCE_PATH: repository(kind).directory,
          PLP_BUILD_PATH: join(home, "out"),
          PLP_CACHE_PATH: join(home, "cache"),
        },
        ...{ GIT_SHA: "de".repeat(20), CNB_DOCKERFILE_PROGRAMS: empty, PATH: "/usr/bin:/bin" },
      };
      const { stderr, exitCode, started } = await watch(who(name), { words: ["container"], cwd: home, env });
      expect({ exitCode, says: /\[engines\/no-programs-there\]/.test(stderr) }, stderr).toEqual({
        exitCode: 1,
        says: true,
      });
      expect(started.filter((path) => /git|hostile|files/.test(basename(path)))).toEqual([]);
      expect(repository(kind).markers()).toEqual([]);
    }
  });
});

describe("the app of a clone has one cache,", () => {
  let clone: string;
  const remote = `https://git.example/acme/shop-${Date.now()}`;
  let expected: string | undefined;

  beforeAll(async () => {
    clone = join(place, "clone");
    mkdirSync(join(clone, "web"), { recursive: true });
    writeFileSync(join(clone, "web", "project.toml"), projectText(lab, "x").replace(/^id = .*\n/m, ""));
    await git(clone, "init", "-q");
    await git(clone, "remote", "add", "origin", remote);
    await git(clone, "add", ".");
    await git(clone, "commit", "-qm", "first");
    const { stdout } = await watch(who("root"), { words: ["generate", "web"], cwd: clone });
    // Behind what stands for an operator's scope.
    expected = /id=cnb-dockerfile\/(?:\$\{.*?\})?([\w.-]+)\//.exec(stdout)?.[1];
    await execa("cp", ["-r", clone, join(place, "plain")]);
    // The checkout is of one user, the home of another.
    await execa("chown", ["-R", "61001:61001", clone]);
  });

  it.each(["root", "an ordinary user", "a random uid of root's group"] as const)(
    "whoever builds it: %s",
    async (name) => {
      expect(expected).toContain("acme-shop");
      const generated = await watch(who(name), { words: ["generate", "web"], cwd: clone });
      expect(generated.stdout, generated.stderr).toMatch(
        new RegExp(`id=cnb-dockerfile/[^/]*\\}${expected}/`),
      );
      for (const [index, engine] of engines.entries()) {
        // Nothing is in it yet: the error names it.
        const target = join(who(name).config, `cache-${index}`);
        const words = [
          "cache",
          "export",
          ...engine,
          ...(index === 0 ? [] : [`--buildkit-host=${buildkit}`]),
          platform,
          target,
          "web",
        ];
        const { stderr, exitCode } = await watch(who(name), { words, cwd: clone });
        const says = stderr.includes("frontend/cache-empty") && stderr.includes(`${expected}`);
        expect({ exitCode, says }, stderr).toEqual({ exitCode: 1, says: true });
      }
    },
  );

  it("by plain buildx as well, which asks git", async () => {
    const words = [
      "build",
      "--file=web/project.toml",
      `--build-arg=BUILDKIT_SYNTAX=${inject("toolImage")}`,
      "--target=cache-export",
      platform,
    ];
    const cwd = join(place, "plain");
    const { stderr } = await lab.buildx([...words, "--progress=plain", "web"], { cwd, reject: false });
    expect(stderr).toContain("frontend/cache-empty");
    expect(stderr).toContain(expected);
  });
});
