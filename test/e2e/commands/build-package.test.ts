import { spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { execa } from "execa";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testSeed } from "../../helpers/test-seed.ts";
import { type FileServer, serveFiles } from "../../lab/file-server.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { archivedImages, describeProject, lastLine, runBuildOrThrow } from "../build-steps.ts";
import { addUser, type OrdinaryUser } from "../ordinary-user.ts";
import { bareSystem, copyPrograms, releases } from "../release-archives.ts";

/** How often a build is killed. */
const kills = Number(env.CNB_DOCKERFILE_TEST_KILLS ?? 3);
/** How the program tells that it makes the helper image first. */
const helperLine = "Building the helper image";
const both = "--platform=linux/amd64,linux/arm64";

let lab: Lab;
/** All may read it, as the checkout may not be; nothing of the checkout or the lab's cache is in it. */
let place: string;
let user: OrdinaryUser;
let server: FileServer;
/** The app's directory, the user's own. */
let app: string;
let variables: Readonly<Record<string, string>>;
/** Manifest digests that any other engine makes. */
let digests: Readonly<Record<string, string>>;

beforeAll(async () => {
  lab = await startLab();
  place = mkdtempSync(join(tmpdir(), "cnb-package-"));
  chmodSync(place, 0o755);
  user = await addUser();
  const sample = copySampleApp("procfile");
  app = join(place, "app");
  cpSync(sample.directory, app, { recursive: true });
  sample.remove();
  describeProject(lab, app, "com.example.package");
  await runBuildOrThrow(lab, app, [
    "--engine=buildkit",
    both,
    "--progress=plain",
    "-o",
    "type=oci,dest=../other.tar",
    ".",
  ]);
  ({ digests } = await archivedImages(join(place, "other.tar")));
  await copyPrograms(lab, place);
  const list = await releases(place);
  server = await serveFiles(list.directory);
  const file = join(place, "programs.json");
  writeFileSync(file, JSON.stringify(list.listFor(server.address)));
  const home = join(place, "home");
  mkdirSync(home);
  for (const path of [home, app]) chownSync(path, user.uid, user.uid);
  // The programs of BuildKit are not on it; of what a package needs, there is Node.
  const node = join(place, "node");
  mkdirSync(node);
  cpSync(join(place, "bin", "node"), join(node, "node"));
  const PATH = `${node}:${await bareSystem(place)}`;
  await execa("ln", ["-s", "/usr/bin/env", "/usr/bin/git", await bareSystem(place)]);
  variables = {
    ...{ HOME: home, PATH, CNB_DOCKERFILE_PROGRAM_LIST: file },
    CNB_DOCKERFILE_NODE_IMAGE: lab.images.node,
  };
});
afterAll(async () => {
  await user.remove();
  await server.close();
  rmSync(place, { recursive: true, force: true });
  await lab.close();
});

/** The command of the package, run by the user in the app's directory. */
function command(words: readonly string[]): readonly [string, readonly string[]] {
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const [program = "", ...prefix] = [...user.prefix, "/usr/bin/env", "--ignore-environment", ...assignments];
  return [program, [...prefix, join(place, "prefix", "bin", "cnb-dockerfile"), ...words]];
}

async function build(...words: readonly string[]): Promise<string> {
  const [program, rest] = command(["build", both, "--progress=plain", ...words]);
  const { exitCode, stderr } = await execa(program, rest, { cwd: app, reject: false, stdin: "ignore" });
  if (exitCode !== 0) throw new Error(`build ended with ${exitCode}:\n${stderr}`);
  return stderr;
}

/** Processes of the user that run, by their command lines; one that has ended and that nobody has asked for yet has none. */
function processes(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        if (statSync(`/proc/${name}`).uid !== user.uid) return [];
        const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
        return command === "" ? [] : [command];
      } catch {
        return [];
      }
    });
}

describe("the package, installed where there is nothing else", () => {
  it("is one file, with all that a build needs but BuildKit", async () => {
    // What `prepack` makes has been made for all tests.
    const words = ["pack", "--ignore-scripts", "--json", `--pack-destination=${place}`];
    const root = join(import.meta.dirname, "..", "..", "..");
    const { stdout } = await execa("npm", words, { cwd: root });
    const sizeBytes: number = statSync(join(place, "cnb-dockerfile-0.1.0.tgz")).size;
    // What the helper image is built from; the image itself would make it 78 MB.
    expect(stdout).toContain("dist/image.Dockerfile");
    expect(stdout).not.toContain("dist/image/");
    console.log(`the package has ${(sizeBytes / 1e6).toFixed(1)} MB`);
    expect(sizeBytes).toBeLessThan(3e6);
    const prefix = join(place, "prefix");
    const install = ["install", "--global", `--prefix=${prefix}`, "--offline", "--no-audit", "--no-fund"];
    await execa("npm", [...install, join(place, "cnb-dockerfile-0.1.0.tgz")], { cwd: place });
    expect(existsSync(join(prefix, "bin", "cnb-dockerfile"))).toBe(true);
  });

  it("builds as a user without docker, with a BuildKit that it fetches once", async () => {
    const cold = await build(".");
    expect(cold).toMatch(/^Downloading buildkit 0\.33\.1 /m);
    expect(cold).toContain("Building with a temporary BuildKit: no other engine can run this build.");
    expect(cold).toContain(helperLine);
    expect(lastLine(cold)).toMatch(/^Written: app\.oci\.tar \(sha256:[0-9a-f]{64}\)/);
    expect((await archivedImages(join(app, "app.oci.tar"))).digests).toEqual(digests);
    expect(processes()).toEqual([]);
    const warm = await build(".");
    expect(server.requests).toHaveLength(2);
    expect(warm).not.toContain(helperLine);
    // The second finds every step in its cache.
    expect(warm).not.toMatch(/^#\d+ \d+\.\d+ /m);
    expect((await archivedImages(join(app, "app.oci.tar"))).digests).toEqual(digests);
  });

  it("builds with the helper image that the companion package brings, and asks no registry for Node", async () => {
    const companion = join(place, "prefix", "lib", "node_modules", "cnb-dockerfile-image");
    const root = join(import.meta.dirname, "..", "..", "..");
    cpSync(join(root, "packages", "helper-image"), companion, { recursive: true });
    cpSync(join(root, "dist", "image"), join(companion, "image"), { recursive: true });
    const named = variables;
    variables = { ...named, CNB_DOCKERFILE_NODE_IMAGE: "127.0.0.1:1/no/node" };
    try {
      expect(await build("--no-cache", ".")).not.toContain(helperLine);
      expect((await archivedImages(join(app, "app.oci.tar"))).digests).toEqual(digests);
    } finally {
      variables = named;
      rmSync(companion, { recursive: true });
    }
  });

  it("leaves nothing in the way when it is killed", async () => {
    const begin = performance.now();
    await build("--no-cache", ".");
    const wholeMs = performance.now() - begin;
    const seed = testSeed("builds killed");
    const moments = fc.sample(fc.double({ min: 0, max: 1, noNaN: true }), { numRuns: kills, seed });
    const archive = join(app, "app.oci.tar");
    const before = (await execa("sha256sum", [archive])).stdout;
    let started = 0;
    for (const moment of moments) {
      const [program, rest] = command(["build", both, "--no-cache", "--progress=plain", "."]);
      const child = spawn(program, rest, { cwd: app, stdio: "ignore" });
      started += 1;
      const ended = new Promise((resolve) => child.once("exit", resolve));
      await pause(moment * wholeMs);
      child.kill("SIGKILL");
      await ended;
      // Whole, be it the one of before or a new one.
      if ((await execa("sha256sum", [archive])).stdout !== before) {
        expect((await archivedImages(archive)).digests).toEqual(digests);
      }
    }
    console.log(`${started} builds killed, seed ${seed}`);
    await build(".");
    expect((await archivedImages(archive)).digests).toEqual(digests);
    expect(processes()).toEqual([]);
    expect(readdirSync(app).filter((name) => name.includes("partial"))).toEqual([]);
    const mounts = readFileSync("/proc/self/mountinfo", "utf8");
    expect(mounts).not.toContain(`${place}/home`);
  });

  it("stops at Ctrl-C, and what it started with it", async () => {
    const [program, rest] = command(["build", both, "--no-cache", "--progress=plain", "."]);
    const child = spawn(program, rest, { cwd: app, stdio: "ignore", detached: true });
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    await pause(3000);
    // As a terminal does it: to all that are in the foreground.
    process.kill(-(child.pid ?? 0), "SIGINT");
    expect(await ended).toBe(130);
    expect(processes()).toEqual([]);
  });
});
