import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { execa } from "execa";
import { minVersion, satisfies } from "semver";
import { beforeAll, expect, it } from "vitest";
import { makeOldestNode, oldestNodeVersion } from "../lab/oldest-node.ts";
import { checkout } from "../lab/paths.ts";
import { makeHostileMachine } from "./hostile-machine.ts";

let node: string;
beforeAll(async () => {
  node = await makeOldestNode();
});

/** Runs tests with that Node.js. Out: all that was said, without colours, and the last line of it. */
async function runTests(
  words: readonly string[],
  prefix: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
) {
  const [program = "", ...args] = [
    ...prefix,
    node,
    join(checkout, "node_modules/vitest/vitest.mjs"),
    "run",
    ...words,
  ];
  const { all } = await execa(program, args, { cwd: checkout, env, all: true, reject: false });
  const said = stripVTControlCharacters(all);
  return { said, last: said.trimEnd().split("\n").at(-1) ?? "" };
}

it("is the one that package.json declares", async () => {
  const { engines } = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8"));
  const { major, minor } = minVersion(engines.node) ?? {};
  expect(oldestNodeVersion).toMatch(new RegExp(`^${major}\\.${minor}\\.`));
  expect(satisfies(oldestNodeVersion, engines.node)).toBe(true);
  expect((await execa(node, ["--version"])).stdout).toBe(`v${oldestNodeVersion}`);
});

it("runs what `npm test` runs, as an ordinary user of a machine on which everything is set that can be", async () => {
  const machine = makeHostileMachine();
  try {
    // It is hostile, or this would prove nothing.
    const look =
      'require("child_process").spawnSync("git"); process.stdout.write(process.getuid() + " " + process.umask())';
    const [program = "", ...words] = [...machine.prefix, node, "-e", look];
    const { stdout } = await execa(program, words, { env: machine.env });
    expect(stdout).toMatch(/^[1-9]\d* 63$/);
    expect(machine.started()).toEqual(["git"]);
    machine.forget();
    const { said, last } = await runTests(
      ["--project=unit", "--project=golden"],
      machine.prefix,
      machine.env,
    );
    expect(last, said).toMatch(/^\d{4,} passed, 0 failed/);
    expect(machine.started()).toEqual([]);
  } finally {
    machine.remove();
  }
}, 600_000);

it("runs the bundled and the packed program", async () => {
  const { said, last } = await runTests([
    "--project=program",
    "test/golden-cli",
    "test/library",
    "test/cli/start",
  ]);
  expect(last, said).toMatch(/^\d{3,} passed, 0 failed/);
}, 600_000);
