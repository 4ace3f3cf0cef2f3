import { chmodSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { temporaryDirectory } from "../helpers/directory.ts";
import { type OpenedFiles, traceFiles, traceServed } from "../helpers/opened-files.ts";
import { projectToml, workplace } from "../helpers/program.ts";
import { standInClient } from "../helpers/stand-in-client.ts";
import { installPackages } from "../lab/packages.ts";

const checkout = join(import.meta.dirname, "..", "..");
const program = join(checkout, "dist", "main.js");
const node = realpathSync(process.execPath);

beforeAll(() => installPackages(["strace"]), 600_000);

/** Files that a machine's programs open by themselves. Each entry is a whole path or, with `/` at its end, a directory. */
const system = [
  ...["/lib/", "/lib64/", "/usr/lib/", "/usr/share/locale/", "/usr/share/zoneinfo/", "/usr/lib/locale/"],
  ...["/etc/ld.so.cache", "/etc/ld.so.preload", "/etc/localtime", "/etc/ssl/openssl.cnf"],
  // Node's own: its memory, its processors, its version of Linux, its random numbers.
  ...["/sys/fs/cgroup/", "/sys/devices/system/cpu/", "/dev/null", "/dev/urandom"],
  ...[
    "/proc/meminfo",
    "/proc/stat",
    "/proc/cpuinfo",
    "/proc/version_signature",
    "/proc/sys/vm/overcommit_memory",
  ],
  // By the start of the machine, what killed runs left is told apart.
  "/proc/sys/kernel/random/boot_id",
  // Where hosts are: resolver(5), nsswitch.conf(5), gai.conf(5).
  ...["/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf"],
];

/** What of a process's own is not what the process holds: its limits, its groups, a directory that it has opened. */
const ofProcess = /^\/proc\/(?:self|\d+)\/(?:cgroup|maps|stat|status|fd\/\d+(?:\/.*)?|task\/.*)$/;

interface Machine {
  readonly home: string;
  readonly project: string;
  /** Of the client that stands in for BuildKit's. */
  readonly client: string;
}

/** Which of the opened files are allowed, each with the reason. */
function reasonFor(path: string, { home, project, client }: Machine): string | undefined {
  const isIn = (directory: string) => path === directory || path.startsWith(`${directory}/`);
  const matches = (entry: string) => (entry.endsWith("/") ? path.startsWith(entry) : path === entry);
  if (system.some(matches) || ofProcess.test(path)) return "system";
  if (isIn(dirname(dirname(node)))) return "Node";
  if (isIn(join(checkout, "dist")) || path === join(checkout, "package.json")) return "installation";
  if (isIn(join(checkout, "node_modules"))) return "installation";
  // Node looks for a package.json above each module, to know of which kind it is; the stand-in is one too.
  const isAbove = (below: string) => join(below, "/").startsWith(join(dirname(path), "/"));
  if (basename(path) === "package.json" && (isAbove(checkout) || isAbove(client))) return "installation";
  if (isIn(project)) return "project";
  const own = [".cache/cnb-dockerfile", ".local/state/cnb-dockerfile", ".local/share/cnb-dockerfile"];
  if (own.some((name) => isIn(join(home, name)))) return "own directory";
  // Directories of ours, and the list in which those of killed runs are found.
  if (path === "/tmp" || /^\/tmp\/cnb-dockerfile-(?!test-|trace-)/.test(path)) return "own directory";
  const credentials = [".docker/config.json", ".config/containers/auth.json"];
  if (credentials.some((name) => path === join(home, name))) return "credentials";
  if (/^\/etc\/docker\/certs\.d\/[^/]+$/.test(path)) return "credentials";
  if (isIn(client)) return "stand-in";
  return undefined;
}

/** In the place of everything that has a usual name, or that project.toml names: a link to a file of the user's. */
const traps: Readonly<Record<string, string>> = {
  ".dockerignore": "../ignore",
  "Dockerfile.dockerignore": "../ignore",
  "project.toml.dockerignore": "../ignore",
  ".grype.yaml": "../.npmrc",
  ".env": "../.npmrc",
  ".npmrc": "../.npmrc",
  "package.json": "../.npmrc",
  ".git": "../other/.git",
  "acme.tgz": "../archive.tgz",
  "package.toml": "../credentials.toml",
  "own/buildpack.toml": "../../credentials.toml",
  "own/package.toml": "../../credentials.toml",
  away: "..",
  "cache/index.json": "../../.npmrc",
  "layout/index.json": "../../.npmrc",
};

const kinds: readonly (readonly [kind: string, files: Readonly<Record<string, string>>])[] = [
  ["nothing that is no link", { "project.toml": "-> ../credentials.toml", Dockerfile: "-> ../Dockerfile" }],
  ["a Dockerfile that is a link", { Dockerfile: "-> ../Dockerfile" }],
  ["a project.toml of its own", { "project.toml": projectToml }],
  [
    "a project.toml that names links",
    {
      "project.toml": `${projectToml}${["own", "./acme.tgz", "away/buildpack", "../buildpack"].map((uri) => `\n[[io.buildpacks.group]]\nuri = "${uri}"\n`).join("")}`,
    },
  ],
  ["a builder in a directory", { "project.toml": projectToml.replace("BUILDER", "oci-layout://layout") }],
  [
    "a builder in a directory of the user's",
    { "project.toml": projectToml.replace("BUILDER", "oci-layout://HOME/layout") },
  ],
  [
    "a generated Dockerfile that names files",
    {
      "project.toml": projectToml,
      Dockerfile: `# cnb-dockerfile-plan: ${JSON.stringify({
        version: "0.1.0",
        arguments: ["--descriptor=../credentials.toml"],
        cacheId: "x",
        platforms: ["linux/amd64"],
        app: { user: { uid: 1, gid: 1 }, runImage: { setsPath: false }, platformApi: "0.14" },
      })}\nFROM scratch\n`,
    },
  ],
];

const doors: readonly (readonly [door: string, words: readonly string[]])[] = [
  ["check", ["check"]],
  ["generate -o", ["generate", "-o", "away/made"]],
  ["generate", ["generate"]],
  ["generate --check", ["generate", "--check", "Dockerfile"]],
  ["plan", ["plan"]],
  ["build --dry-run", ["build", "--dry-run", "--metadata-file=metadata", "."]],
  ["build", ["build", "--artifacts=artifacts", "."]],
  ["cache import", ["cache", "import", "./cache", "."]],
  // What a flag names by a name in the project is the project's all the same.
  ["check --descriptor", ["check", "--descriptor=project.toml"]],
  ["generate --env-file", ["generate", "--env-file=.env"]],
  ["generate --volume", ["generate", "--volume=away:/platform/bindings"]],
  ["build --file", ["build", "--file=project.toml", "."]],
  ["build --file Dockerfile", ["build", "--file=Dockerfile", "."]],
  ["build --env-file", ["build", "--env-file=.env", "."]],
  ["build --scan-config", ["build", "--scan-config=.grype.yaml", "."]],
  ["build --secret", ["build", "--secret=id=TOKEN,src=.npmrc", "."]],
  ["build --build-context", ["build", "--build-context=x=oci-layout://layout", "."]],
  ["build --cache-from", ["build", "--cache-from=type=local,src=cache", "."]],
  ["build, of a linked directory", ["build", "away"]],
];

it.each(kinds)("no door opens a file of the user's for a stranger's project with %s", async (kind, files) => {
  const place = await workplace();
  const home = realpathSync(dirname(place.directory));
  const put = (path: string, text: string) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text.replaceAll("BUILDER", place.builder).replaceAll("HOME", home));
  };
  put(join(home, ".npmrc"), "//registry.example/:_authToken=made-up\n");
  put(join(home, "credentials.toml"), projectToml);
  put(join(home, "Dockerfile"), "FROM scratch\n");
  put(join(home, "ignore"), "x\n");
  put(join(home, "archive.tgz"), "x");
  put(join(home, "other", ".git", "HEAD"), "ref: refs/heads/main\n");
  put(join(home, "other", ".git", "config"), '[remote "origin"]\n\turl = https://made-up.example/x.git\n');
  for (const name of ["objects", "refs"]) mkdirSync(join(home, "other", ".git", name));
  put(join(home, "buildpack", "buildpack.toml"), 'api = "0.10"\n[buildpack]\nid = "acme/x"\nversion = "1"\n');
  for (const directory of ["layout", "project/layout", "project/cache"])
    put(join(home, directory, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  put(join(home, "layout", "index.json"), '{"manifests":[]}');
  for (const [path, target] of Object.entries(traps)) {
    mkdirSync(dirname(join(place.directory, path)), { recursive: true });
    symlinkSync(target, join(place.directory, path));
  }
  for (const [path, text] of Object.entries(files)) {
    if (text.startsWith("-> ")) symlinkSync(text.slice(3), join(place.directory, path));
    else put(join(place.directory, path), text);
  }
  const client = standInClient();
  const machine = { home, project: realpathSync(place.directory), client: dirname(client.calls) };
  const seen = new Map<string, number>();
  const runs = doors.map(([, words]) => ({
    args: [...words, ...(words[0] === "build" || words[0] === "cache" ? client.flags : [])],
    cwd: place.directory,
    env: { HOME: home, ...client.env },
  }));
  const isStarted = started.includes(kind);
  for (const [index, traced] of (await (isStarted ? traceStarted(runs) : traceServed(runs))).entries()) {
    const [door] = doors[index] ?? [];
    for (const path of traced.opened) {
      const reason = reasonFor(path, machine) ?? "NOT ALLOWED";
      seen.set(reason, (seen.get(reason) ?? 0) + 1);
    }
    expect(foreign(traced, machine), `${door}: ${traced.output}`).toEqual([]);
    expect(
      traced.started.filter((path) => path !== node && !path.startsWith(machine.client)),
      door,
    ).toEqual([]);
    // A fault of our own would open little, and prove nothing.
    expect([0, 1], traced.output).toContain(traced.exitCode);
  }
  process.stdout.write(`opened: ${Array.from(seen, ([reason, count]) => `${reason} ${count}`).join(", ")}\n`);
  // The doors did read what they may, or this test could not fail.
  if (isStarted) expect(seen.get("installation")).toBeGreaterThan(8);
  if (files["project.toml"]?.startsWith("[_]")) expect(seen.get("project")).toBeGreaterThan(0);
});

/** Every door is started for these; for the others one process goes through all doors. */
const started = ["nothing that is no link", "a project.toml of its own"];

async function traceStarted(runs: Parameters<typeof traceServed>[0]): Promise<OpenedFiles[]> {
  const results: OpenedFiles[] = [];
  for (const { args, cwd, env } of runs) {
    results.push(await traceFiles({ program: node, words: ["--", program, ...args], cwd, env }));
  }
  return results;
}

function foreign({ opened }: OpenedFiles, machine: Machine): string[] {
  return opened.filter((path) => reasonFor(path, machine) === undefined);
}

it("a file that is opened is noted, also by a child and through a link", async () => {
  const directory = realpathSync(temporaryDirectory());
  writeFileSync(join(directory, "secret"), "x");
  symlinkSync("secret", join(directory, "link"));
  writeFileSync(join(directory, "read"), "#!/bin/sh\ncat link >copy\n");
  chmodSync(join(directory, "read"), 0o755);
  const { opened, started } = await traceFiles({
    ...{ program: "/bin/sh", words: ["-c", "./read; cat missing"], cwd: directory },
    env: { PATH: process.env.PATH ?? "" },
  });
  for (const name of ["secret", "copy", "missing"]) expect(opened).toContain(join(directory, name));
  expect(started).toContain(join(directory, "read"));
  expect(readFileSync(join(directory, "copy"), "utf8")).toBe("x");
});
