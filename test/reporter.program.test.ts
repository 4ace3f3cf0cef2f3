import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "reporter-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Runs vitest on a file of its own. Out: its exit status and what it printed. */
function run(test: string, settings: object = {}) {
  const config = {
    test: { globals: true, reporters: ["default", resolve("test/reporter.ts")], ...settings },
  };
  writeFileSync(join(directory, "vitest.config.js"), `export default ${JSON.stringify(config)}`);
  writeFileSync(join(directory, "some.test.js"), test);
  const { status, stdout } = spawnSync(process.execPath, [resolve("node_modules/vitest/vitest.mjs"), "run"], {
    cwd: directory,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  return { status, stdout, lastLine: stdout.trimEnd().split("\n").at(-1) };
}

it("says on the last line how many tests passed, failed and were skipped", () => {
  const { status, lastLine } = run(
    'test("a", () => {}); test("b", () => {}); test("c", () => expect(1).toBe(2)); test.skip("d", () => {});',
  );
  expect(lastLine).toBe("2 passed, 1 failed, 1 skipped");
  expect(status).toBe(1);
});

it("leaves the skipped ones out of the line where there are none", () => {
  expect(run('test("a", () => {});').lastLine).toBe("1 passed, 0 failed");
});

it("prints why a test was skipped", () => {
  expect(run('test("d", ({ skip }) => skip("no engine here"));').stdout).toMatch(
    /^skipped: some\.test\.js > d: no engine here$/m,
  );
});

it("prints it once for the tests of a file", () => {
  const each = '({ skip }) => skip("no engine here")';
  expect(run(`test("d", ${each}); test("e", ${each});`).stdout).toMatch(
    /^skipped: some\.test\.js \(2 tests\): no engine here$/m,
  );
});

it.each([
  ["cannot be read", "this is no program"],
  ["has no test in it", "export {};"],
  ["fails in a hook", 'beforeAll(() => { throw new Error("no") }); test("a", () => {});'],
  ["rejects a promise nobody waits for", 'test("a", () => { Promise.reject(new Error("lost")) });'],
])("counts a file that %s as failed", (_, test) => {
  const { status, lastLine } = run(test);
  expect(lastLine).toMatch(/, [1-9]\d* failed/);
  expect(status).toBe(1);
});

it("counts a global setup that fails as failed", () => {
  writeFileSync(join(directory, "setup.js"), 'export default () => { throw new Error("no lab") }');
  const { status, lastLine } = run('test("a", () => {});', { globalSetup: "./setup.js" });
  expect(lastLine).toBe("0 passed, 1 failed");
  expect(status).toBe(1);
});
