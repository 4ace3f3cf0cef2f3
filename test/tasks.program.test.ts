import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execPath } from "node:process";
import { execa } from "execa";
import { expect, it } from "vitest";
import { temporaryDirectory } from "./helpers/directory.ts";

const root = join(import.meta.dirname, "..");

/** A checkout with the tasks alone, and more of it if that is asked for. */
function checkout(...more: readonly string[]): string {
  const place = temporaryDirectory();
  const needed = ["tasks.mjs", "bundled-packages.mjs", "package.json", "package-lock.json"];
  for (const path of [...needed, ...more]) cpSync(join(root, path), join(place, path), { recursive: true });
  return place;
}

async function run(place: string, words: readonly string[], input = "") {
  const { exitCode, stdout, stderr } = await execa(execPath, words, {
    ...{ cwd: place, input, reject: false },
    env: { CNB_DOCKERFILE_TASK_NODE: "own" },
  });
  return { exitCode, stdout, stderr };
}

it("what npm has installed counts where it is all there", async () => {
  const place = checkout();
  const installed = () => run(place, ["tasks.mjs", "installed"]);
  const stamp = join(place, "node_modules", ".installed");
  const good = { exitCode: 0, stdout: "", stderr: "" };
  // As of `npm ci --omit=dev`, which makes no node_modules.
  expect(await installed()).toEqual(good);
  const { devDependencies } = JSON.parse(readFileSync(join(place, "package.json"), "utf8"));
  const [last = "", ...others] = Object.keys(devDependencies);
  for (const name of others) mkdirSync(join(place, "node_modules", name), { recursive: true });
  expect(await installed()).toEqual(good);
  expect(existsSync(stamp)).toBe(false);
  mkdirSync(join(place, "node_modules", last), { recursive: true });
  expect(await installed()).toEqual(good);
  expect(existsSync(stamp)).toBe(true);
});

it("runs no task for whoever imports its functions", async () => {
  const place = checkout();
  const code =
    'const { bundleExecutable } = await import("./tasks.mjs"); console.log(typeof bundleExecutable);';
  const good = { exitCode: 0, stdout: "function", stderr: "" };
  expect(await run(place, ["--input-type=module", "-e", code])).toEqual(good);
  expect(await run(place, ["--input-type=module", "-"], code)).toEqual(good);
});

it("runs a task in a checkout behind a link, however Node.js takes links", async () => {
  const link = join(temporaryDirectory(), "link");
  symlinkSync(checkout(), link, "junction");
  for (const words of [[], ["--preserve-symlinks-main"]]) {
    const { exitCode, stderr } = await run(link, [...words, join(link, "tasks.mjs"), "nothing"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("usage: node tasks.mjs build|");
  }
});

it("a bundle has nothing of a release that was killed", async () => {
  const place = checkout("src", "frontend", "templates", "release");
  symlinkSync(join(root, "node_modules"), join(place, "node_modules"), "junction");
  mkdirSync(join(place, "dist"));
  writeFileSync(join(place, "dist", "release.json"), "{}");
  const { stderr } = await run(place, ["tasks.mjs", "executable", "--target", "none"]);
  expect(stderr).toContain("usage: npm run executable");
  expect(existsSync(join(place, "dist", "main.js"))).toBe(true);
  expect(existsSync(join(place, "dist", "release.json"))).toBe(false);
});
