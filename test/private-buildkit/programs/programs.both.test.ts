import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import type { RequestListener } from "node:http";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeEach, expect, it, vi } from "vitest";
import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import { type ProgramList, programList } from "../../../src/private-buildkit/programs/program-list.ts";
import {
  type BuildkitPrograms,
  findClient,
  findPrograms,
} from "../../../src/private-buildkit/programs/programs.ts";
import { defaultRegistryOptions } from "../../../src/registry/options.ts";
import { oddTar } from "../../helpers/archives.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { faultsOfAsync } from "../../helpers/errors.ts";
import { neighbour, neighbourTest } from "../../helpers/neighbour.ts";
import { itStarting } from "../../helpers/starting.ts";
import { startWebServer } from "../../helpers/web-server.ts";

const script = (text: string) => `#!/bin/sh\n${text}\n`;
const buildkitArchive = gzipSync(
  oddTar(
    { name: "bin/buildkitd", content: script("echo daemon"), mode: 0o755 },
    { name: "bin/buildctl", content: script("echo client"), mode: 0o755 },
    { name: "bin/buildkit-qemu-arm", content: "not wanted" },
    { name: "bin/buildkit-runc", content: script("echo runc"), mode: 0o755 },
  ),
);
const rootlesskitArchive = gzipSync(oddTar({ name: "rootlesskit", content: script("echo rootless") }));
const buildkitPath = "/moby/buildkit/releases/download/v9/buildkit.tar.gz";
const rootlesskitPath = "/rootlesskit.tar.gz";

let cache: string;

beforeEach(() => {
  for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"]) {
    vi.stubEnv(name, undefined);
    vi.stubEnv(name.toLowerCase(), undefined);
  }
  cache = temporaryDirectory();
  vi.stubEnv("XDG_CACHE_HOME", cache);
  vi.stubEnv("CNB_DOCKERFILE_PROGRAMS", undefined);
  vi.stubEnv("CNB_DOCKERFILE_PROGRAM_LIST", undefined);
  vi.stubEnv("CNB_DOCKERFILE_PROGRAM_MIRROR", undefined);
  vi.stubEnv("PATH", temporaryDirectory());
  return () => vi.unstubAllEnvs();
});

interface Found {
  readonly programs: BuildkitPrograms;
  readonly lines: readonly string[];
  readonly warnings: readonly Diagnostic[];
}

async function find(isRootless = false, signal?: AbortSignal): Promise<Found> {
  const lines: string[] = [];
  const warnings: Diagnostic[] = [];
  const programs = await findPrograms({
    ...{ isRootless, registries: defaultRegistryOptions },
    say: (line) => lines.push(line),
    report: (warning) => warnings.push(warning),
    ...(signal === undefined ? {} : { signal }),
  });
  return { programs, lines, warnings };
}

function listFor(address: string, buildkit = buildkitArchive): ProgramList {
  const archive = (path: string, bytes: Buffer) => {
    const one = { url: `${address}${path}`, sha256: createHash("sha256").update(bytes).digest("hex") };
    return { amd64: one, arm64: one };
  };
  const members = {
    buildkitd: "bin/buildkitd",
    buildctl: "bin/buildctl",
    "buildkit-runc": "bin/buildkit-runc",
  };
  return {
    releases: [
      { name: "buildkit", version: "9", members, archives: archive(buildkitPath, buildkit) },
      {
        ...{ name: "rootlesskit", version: "9", members: { rootlesskit: "rootlesskit" } },
        archives: archive(rootlesskitPath, rootlesskitArchive),
      },
    ],
  };
}

/** Has the program read this list. */
function useList(list: unknown): void {
  const file = join(temporaryDirectory(), "programs.json");
  writeFileSync(file, typeof list === "string" ? list : JSON.stringify(list));
  vi.stubEnv("CNB_DOCKERFILE_PROGRAM_LIST", file);
}

/** A server of the archives. Out: its address, and what it was asked for. */
async function serve(buildkit = buildkitArchive): Promise<{ address: string; asked: string[] }> {
  const asked: string[] = [];
  const address = await startWebServer((request, response) => {
    asked.push(request.url ?? "");
    response.end(request.url === rootlesskitPath ? rootlesskitArchive : buildkit);
  });
  return { address, asked };
}

/** What is left below the cache, at any depth. */
function left(): string[] {
  return readdirSync(cache, { recursive: true, encoding: "utf8" }).filter((path) =>
    statSync(join(cache, path)).isFile(),
  );
}

/** The one fault that fetching from this server ends in; checks that it leaves nothing. */
async function fault(
  listener: RequestListener,
): Promise<readonly [boolean, string | undefined, string | undefined]> {
  const address = await startWebServer(listener);
  useList(listFor(address));
  const { temporary, faults } = await faultsOfAsync(find());
  expect(faults).toHaveLength(1);
  expect(readdirSync(join(cache, "cnb-dockerfile", "programs"))).toEqual([]);
  return [temporary, faults[0]?.code, faults[0]?.message.replace(address + buildkitPath, "URL")];
}

function install(directory: string, name: string, text: string): string {
  const file = join(directory, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, script(text));
  chmodSync(file, 0o755);
  return file;
}

it("fetches each archive once, and keeps the programs", async () => {
  const { address, asked } = await serve();
  useList(listFor(address));
  const first = await find(true);
  expect(asked).toEqual([buildkitPath, rootlesskitPath]);
  const { host } = new URL(address);
  expect(first.lines).toEqual([
    `Downloading buildkit 9 from ${host}; it is kept for later builds`,
    `Downloading rootlesskit 9 from ${host}; it is kept for later builds`,
  ]);
  expect(readFileSync(first.programs.runc, "utf8")).toBe(script("echo runc"));
  for (const program of Object.values(first.programs)) expect(statSync(program).mode & 0o777).toBe(0o755);
  expect(
    left()
      .map((path) => path.replace(/-[0-9a-f]{12}\//, "-SUM/"))
      .sort(),
  ).toEqual([
    "cnb-dockerfile/programs/buildkit-9-SUM/buildctl",
    "cnb-dockerfile/programs/buildkit-9-SUM/buildkit-runc",
    "cnb-dockerfile/programs/buildkit-9-SUM/buildkitd",
    "cnb-dockerfile/programs/rootlesskit-9-SUM/rootlesskit",
  ]);
  const second = await find(true);
  expect(second).toEqual({ programs: first.programs, lines: [], warnings: [] });
  expect(asked).toHaveLength(2);
});

it("several at once come to the same programs", async () => {
  useList(listFor((await serve()).address));
  const found = await Promise.all([find(), find(), find()]);
  expect(new Set(found.map(({ programs }) => programs.buildkitd)).size).toBe(1);
  expect(left()).toHaveLength(3);
});

it("asks a mirror for the same paths as it would ask github.com", async () => {
  const { address, asked } = await serve();
  vi.stubEnv("CNB_DOCKERFILE_PROGRAM_MIRROR", `${address}/github/`);
  const { faults } = await faultsOfAsync(find());
  const own = programList.releases[0]?.archives[process.arch === "arm64" ? "arm64" : "amd64"];
  expect(asked).toEqual([own?.url.replace("https://github.com", "/github")]);
  // It is not the real archive.
  expect(faults[0]?.code).toBe("engines/wrong-checksum");
  expect(faults[0]?.message).toContain(own?.sha256);
});

it.each(["github.example", "ftp://github.example", "https://"])("takes %j for no mirror", async (text) => {
  vi.stubEnv("CNB_DOCKERFILE_PROGRAM_MIRROR", text);
  const { faults } = await faultsOfAsync(find());
  expect(faults[0]).toMatchObject({
    code: "engines/bad-mirror",
    location: { file: "CNB_DOCKERFILE_PROGRAM_MIRROR" },
  });
});

itStarting("takes programs of the PATH, runc by either name", async () => {
  const directory = temporaryDirectory();
  const [buildkitd, buildctl] = ["buildkitd", "buildctl"].map((name) =>
    install(directory, name, "echo buildkit github.com/moby/buildkit v0.20.0 abc"),
  );
  const runc = install(directory, "runc", "");
  vi.stubEnv("PATH", directory);
  expect(await find()).toEqual({ programs: { buildkitd, buildctl, runc }, lines: [], warnings: [] });
});

itStarting("passes over a BuildKit of the PATH that is too old, and says so", async () => {
  useList(listFor((await serve()).address));
  const directory = temporaryDirectory();
  const old = install(directory, "buildkitd", "echo buildkitd github.com/moby/buildkit v0.19.3 abc");
  vi.stubEnv("PATH", directory);
  const { programs, warnings } = await find();
  expect(programs.buildkitd).not.toBe(old);
  expect(warnings).toMatchObject([{ code: "engines/old-program", location: { file: old } }]);
  expect(warnings[0]?.message).toBe(
    `${old} is BuildKit 0.19.3, but 0.20.0 or later is needed. Using another one.`,
  );
});

it("takes the programs of a directory before those of the PATH", async () => {
  const [own, other] = [temporaryDirectory(), temporaryDirectory()];
  for (const name of ["buildkitd", "buildctl", "runc", "rootlesskit"]) {
    for (const directory of [own, other]) install(directory, name, "");
  }
  vi.stubEnv("PATH", other);
  vi.stubEnv("CNB_DOCKERFILE_PROGRAMS", own);
  const { programs } = await find(true);
  expect(Object.values(programs).map(dirname)).toEqual([own, own, own, own]);
});

it("unpacks the archives of a directory, without a network", async () => {
  const directory = temporaryDirectory();
  useList(listFor("http://127.0.0.1:2"));
  writeFileSync(join(directory, "buildkit.tar.gz"), buildkitArchive);
  writeFileSync(join(directory, "rootlesskit.tar.gz"), rootlesskitArchive);
  vi.stubEnv("CNB_DOCKERFILE_PROGRAMS", directory);
  const { programs, lines } = await find(true);
  expect(lines).toEqual([]);
  expect(readFileSync(programs.rootlesskit ?? "", "utf8")).toBe(script("echo rootless"));
});

it("fetches nothing where a directory is named, and says what it lacks", async () => {
  const { address, asked } = await serve();
  useList(listFor(address));
  const directory = temporaryDirectory();
  vi.stubEnv("CNB_DOCKERFILE_PROGRAMS", directory);
  const { faults } = await faultsOfAsync(find());
  expect(faults).toMatchObject([{ code: "engines/no-programs-there" }]);
  expect(faults[0]?.message).toContain(
    `${directory} lacks buildkitd, buildctl, buildkit-runc, and the release archive buildkit.tar.gz.`,
  );
  expect(asked).toEqual([]);
});

it("names only the programs that are needed and missing, of each archive", async () => {
  useList(listFor("http://127.0.0.1:2"));
  const [directory, path] = [temporaryDirectory(), temporaryDirectory()];
  install(directory, "buildkitd", "");
  install(path, "runc", "");
  vi.stubEnv("CNB_DOCKERFILE_PROGRAMS", directory);
  vi.stubEnv("PATH", path);
  const lacks = async (work: Promise<unknown>) =>
    (await faultsOfAsync(work)).faults.map(({ message }) => /lacks (.*?)\.tar\.gz/.exec(message)?.[1]);
  expect(await lacks(find(true))).toEqual([
    "buildctl, and the release archive buildkit",
    "rootlesskit, and the release archive rootlesskit",
  ]);
  const request = { registries: defaultRegistryOptions, report: () => {}, say: () => {} };
  expect(await lacks(findClient(request))).toEqual(["buildctl, and the release archive buildkit"]);
});

it("refuses an archive of a directory with another checksum", async () => {
  const directory = temporaryDirectory();
  useList(listFor("http://127.0.0.1:2"));
  writeFileSync(join(directory, "buildkit.tar.gz"), "something else");
  vi.stubEnv("CNB_DOCKERFILE_PROGRAMS", directory);
  const { faults } = await faultsOfAsync(find());
  expect(faults).toMatchObject([
    { code: "engines/wrong-checksum", location: { file: join(directory, "buildkit.tar.gz") } },
  ]);
  expect(left()).toEqual([]);
});

it("says why an archive of a directory cannot be read", async () => {
  const directory = temporaryDirectory();
  useList(listFor("http://127.0.0.1:2"));
  mkdirSync(join(directory, "buildkit.tar.gz"));
  vi.stubEnv("CNB_DOCKERFILE_PROGRAMS", directory);
  const { faults } = await faultsOfAsync(find());
  expect(faults[0]?.message).toBe(`${directory}/buildkit.tar.gz cannot be used: is a directory.`);
});

it("refuses an archive with another checksum before it unpacks it", async () => {
  expect(await fault((_, response) => response.end("something else"))).toEqual([
    false,
    "engines/wrong-checksum",
    expect.stringContaining(
      `URL has the checksum ${createHash("sha256").update("something else").digest("hex")}`,
    ),
  ]);
});

it("says that an archive is not there", async () => {
  expect(await fault((_, response) => response.writeHead(404).end())).toEqual([
    false,
    "engines/no-download",
    "Cannot download URL: HTTP 404.",
  ]);
});

it("calls it temporary when the server breaks off each time", async () => {
  const listener: RequestListener = (_, response) => {
    response.writeHead(200, { "content-length": buildkitArchive.length });
    response.write(buildkitArchive.subarray(0, 100), () => response.destroy());
  };
  expect(await fault(listener)).toEqual([
    true,
    "engines/unavailable",
    "Cannot download URL: it closed the connection.",
  ]);
});

it("gets over a connection that breaks off once", async () => {
  let count = 0;
  const address = await startWebServer((_, response) => {
    count += 1;
    if (count > 1) return void response.end(buildkitArchive);
    response.writeHead(200, { "content-length": buildkitArchive.length });
    response.write(buildkitArchive.subarray(0, 100), () => response.destroy());
  });
  useList(listFor(address));
  expect(readFileSync((await find()).programs.buildctl, "utf8")).toBe(script("echo client"));
});

it("calls it temporary when there is no network", async () => {
  useList(listFor("http://127.0.0.1:2"));
  const { temporary, faults } = await faultsOfAsync(find());
  expect(temporary).toBe(true);
  expect(faults).toMatchObject([
    { code: "engines/unavailable", message: expect.stringContaining("it refuses connections") },
  ]);
  expect(left()).toEqual([]);
});

it.each<[string, (stop: () => void) => RequestListener]>([
  [
    "a download",
    (stop) => (_, response) => {
      response.writeHead(200, { "content-length": buildkitArchive.length });
      response.write(buildkitArchive.subarray(0, 100), stop);
    },
  ],
  ["waiting for an answer", (stop) => () => stop()],
  [
    "the pause after a failure",
    (stop) => (_, response) => {
      response.writeHead(503, { "retry-after": "15" }).end();
      setTimeout(stop, 20);
    },
  ],
])("stops %s when it is told to", async (_, listener) => {
  const controller = new AbortController();
  useList(listFor(await startWebServer(listener(() => controller.abort(new Error("enough"))))));
  const begin = performance.now();
  await expect(find(false, controller.signal)).rejects.toThrow("enough");
  expect(performance.now() - begin).toBeLessThan(5_000);
  expect(left()).toEqual([]);
});

it("fetches a kept program anew that every user can change, and says so", async () => {
  const { address, asked } = await serve();
  useList(listFor(address));
  const { programs } = await find();
  writeFileSync(programs.runc, script("echo planted"));
  chmodSync(programs.runc, 0o777);
  const again = await find();
  expect(again.programs).toEqual(programs);
  expect(readFileSync(programs.runc, "utf8")).toBe(script("echo runc"));
  expect(asked).toEqual([buildkitPath, buildkitPath]);
  expect(again.warnings).toMatchObject([
    { code: "engines/foreign-program", location: { file: programs.runc } },
  ]);
});

it("takes no link for a kept program", async () => {
  useList(listFor((await serve()).address));
  const { programs } = await find();
  const elsewhere = install(temporaryDirectory(), "runc", "echo planted");
  rmSync(programs.runc);
  symlinkSync(elsewhere, programs.runc);
  const { warnings } = await find();
  expect(readFileSync(programs.runc, "utf8")).toBe(script("echo runc"));
  expect(readFileSync(elsewhere, "utf8")).toBe(script("echo planted"));
  expect(warnings.map(({ code }) => code)).toEqual(["engines/foreign-program"]);
});

neighbourTest("takes no kept program of another user's", async () => {
  useList(listFor((await serve()).address));
  const { programs } = await find();
  writeFileSync(programs.buildkitd, script("echo planted"));
  chownSync(programs.buildkitd, neighbour, neighbour);
  const { warnings } = await find();
  expect(readFileSync(programs.buildkitd, "utf8")).toBe(script("echo daemon"));
  expect(warnings.map(({ code }) => code)).toEqual(["engines/foreign-program"]);
});

neighbourTest("keeps programs elsewhere where their directory is another user's, and says so", async () => {
  const { address, asked } = await serve();
  useList(listFor(address));
  const { programs } = await find();
  const directory = dirname(dirname(programs.runc));
  writeFileSync(programs.runc, script("echo planted"));
  chownSync(directory, neighbour, neighbour);
  const again = await find();
  expect(dirname(dirname(again.programs.runc))).toMatch(new RegExp(`^${directory}\\.private-.{6}$`));
  expect(readFileSync(again.programs.runc, "utf8")).toBe(script("echo runc"));
  expect(asked).toHaveLength(2);
  expect(again.warnings.map(({ code }) => code)).toEqual(["private/replaced"]);
  // Once a run, and the next one finds them there.
  expect(await find()).toMatchObject({ programs: again.programs, warnings: [] });
  expect(asked).toHaveLength(2);
});

it("says which program an archive lacks, and keeps none of it", async () => {
  const lacking = gzipSync(oddTar({ name: "bin/buildkitd", content: "x" }));
  useList(listFor((await serve(lacking)).address, lacking));
  const { faults } = await faultsOfAsync(find());
  expect(faults).toMatchObject([{ code: "engines/bad-archive" }]);
  expect(faults[0]?.message).toContain("it has no bin/buildctl, bin/buildkit-runc");
  expect(left()).toEqual([]);
});

it("says that the cache cannot be written", async () => {
  useList(listFor((await serve()).address));
  const file = join(cache, "file");
  writeFileSync(file, "");
  vi.stubEnv("XDG_CACHE_HOME", file);
  const { faults } = await faultsOfAsync(find());
  expect(faults).toMatchObject([
    { code: "engines/no-room", message: expect.stringContaining("not a directory") },
  ]);
});

it.each([
  ["no JSON", "{", "it is not JSON"],
  [
    "a checksum that is none",
    {
      releases: [
        {
          ...listFor("http://a.example").releases[0],
          archives: { amd64: { url: "http://a.example/", sha256: "abc" } },
        },
      ],
    },
    "releases.0.archives.amd64.sha256: sha256 has to be 64 hex digits",
  ],
  ["another shape", { programs: [] }, "releases"],
])("says of a list with %s what is wrong", async (_, list, reason) => {
  useList(list);
  const { faults } = await faultsOfAsync(find());
  expect(faults).toMatchObject([
    { code: "engines/bad-program-list", location: { file: "CNB_DOCKERFILE_PROGRAM_LIST" } },
  ]);
  expect(faults[0]?.message).toContain(reason);
});

it("says that no release has a program", async () => {
  useList({ releases: [] });
  const { faults } = await faultsOfAsync(find());
  expect(faults).toMatchObject([{ code: "engines/no-release" }]);
});
