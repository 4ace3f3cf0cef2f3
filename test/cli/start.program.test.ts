import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../helpers/directory.ts";
import { neighbour, neighbourTest } from "../helpers/neighbour.ts";
import { workplace } from "../helpers/program.ts";

/** Node tells what it does with a compile cache. */
const debug = { NODE_DEBUG_NATIVE: "COMPILE_CACHE" };

describe("compiled code that Node keeps", () => {
  it("is read and written in our cache, which is ours alone, and not among temporary files", async () => {
    const { start: run } = await workplace();
    const [XDG_CACHE_HOME, TMPDIR] = [temporaryDirectory(), temporaryDirectory()];
    const env = { XDG_CACHE_HOME, TMPDIR };
    await run(["--help"], { env });
    const compiled = join(XDG_CACHE_HOME, "cnb-dockerfile", "compiled");
    expect(lstatSync(compiled).mode & 0o7777).toBe(0o700);
    expect(readdirSync(TMPDIR)).toEqual([]);
    const { stdout, stderr, exitCode } = await run(["--help"], { env: { ...env, ...debug } });
    expect(exitCode).toBe(0);
    // Node's notes go to standard error or output, by its version.
    expect(`${stdout}${stderr}`).toMatch(new RegExp(`reading cache from ${compiled}/\\S+ .*success`));
  });

  it.each([
    ["HOME is below /proc", { HOME: "/proc/1/x", XDG_CACHE_HOME: "" }],
    ["XDG_CACHE_HOME is a file", { XDG_CACHE_HOME: import.meta.filename }],
    ["every user can write it", { XDG_CACHE_HOME: "OPEN" }],
  ])("is not kept where %s", async (_, wanted) => {
    const { start: run } = await workplace();
    const open = join(temporaryDirectory(), "open");
    mkdirSync(open);
    chmodSync(open, 0o777);
    const XDG_CACHE_HOME = wanted.XDG_CACHE_HOME.replace("OPEN", open);
    const result = await run(["--help"], { env: { ...wanted, XDG_CACHE_HOME, ...debug } });
    expect(result.exitCode).toBe(0);
    expect(`${result.stdout}${result.stderr}`).not.toContain("reading cache from");
    expect(readdirSync(open)).toEqual([]);
  });

  neighbourTest("is neither read nor written where another user put it", async () => {
    const { start: run } = await workplace();
    const [XDG_CACHE_HOME, TMPDIR] = [temporaryDirectory(), temporaryDirectory()];
    const env = { XDG_CACHE_HOME, TMPDIR };
    await run(["--help"], { env });
    // What Node wrote is whole, so it would be taken.
    const compiled = join(XDG_CACHE_HOME, "cnb-dockerfile", "compiled");
    chownSync(compiled, neighbour, neighbour);
    const { stdout, stderr, exitCode } = await run(["--help"], { env: { ...env, ...debug } });
    expect(exitCode).toBe(0);
    expect(`${stdout}${stderr}`).not.toContain(compiled);
    expect(existsSync(join(TMPDIR, "node-compile-cache"))).toBe(false);
  });
});
