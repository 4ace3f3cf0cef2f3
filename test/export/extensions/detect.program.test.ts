import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parseDetection } from "../../../src/contract/detection.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";

const program = join(import.meta.dirname, "..", "..", "..", "dist", "export.mjs");

/** Runs the command with a stand-in for the detector. In: its script; what is in the directory of the layers before. */
function detect(script: string, prepare: (layers: string) => void = () => {}) {
  const root = temporaryDirectory();
  const layers = join(root, "layers");
  mkdirSync(layers);
  prepare(layers);
  const detector = join(root, "detector");
  writeFileSync(detector, `#!/bin/sh\ncd '${layers}'\n${script}\n`);
  chmodSync(detector, 0o755);
  const to = join(layers, "detection.json");
  const words = [
    "detect",
    `--layers=${layers}`,
    `--extensions=${root}/extensions`,
    `--to=${to}`,
    "--",
    detector,
  ];
  const { status, stderr } = spawnSync(process.execPath, [program, ...words], { encoding: "utf8" });
  const found = existsSync(to) ? parseDetection(readFileSync(to, "utf8")) : undefined;
  return { status, stderr, found, root };
}

const passing = `
printf '[[group]]\\nid = "acme/web"\\nversion = "1"\\n' > group.toml
printf '[run-image]\\nimage = "acme/run"\\n' > analyzed.toml
echo said; echo warned >&2`;

it("writes who takes part, and what the detector said", () => {
  const { status, found } = detect(passing);
  expect(status).toBe(0);
  expect(found).toMatchObject({
    ...{ exitCode: 0, isCut: false },
    group: { group: [{ id: "acme/web", version: "1" }], "group-extensions": [] },
    generated: { runImage: "acme/run", dockerfiles: [] },
  });
  expect(found?.log.split("\n").sort()).toEqual(["", "said", "warned"]);
});

it("succeeds where no group passes, and says why", () => {
  const { status, found } = detect("echo 'fail: acme/web@1'; exit 20");
  expect(status).toBe(0);
  expect(found).toEqual({ version: 1, exitCode: 20, log: "fail: acme/web@1\n", isCut: false });
});

it("keeps the beginning and the end of what is too long", () => {
  const { found } = detect("echo first; head -c 6000000 /dev/zero | tr '\\0' x; echo; echo last; exit 20");
  expect(found).toMatchObject({ exitCode: 20, isCut: true });
  expect(found?.log).toMatch(/^first\nx+\n\.\.\. \d+ bytes are left out \.\.\.\nx+\nlast\n$/);
  expect(found?.log.length).toBeLessThan(4 * 2 ** 20 + 100);
});

it("does not wait for a process that the detector left", () => {
  const began = process.hrtime.bigint();
  const { found, root } = detect("sleep 60 & echo $! > pid; exit 20");
  expect(found).toMatchObject({ exitCode: 20, isCut: false });
  // Else it is the minute; this is no measurement.
  expect(process.hrtime.bigint() - began).toBeLessThan(50_000_000_000n);
  process.kill(Number(readFileSync(join(root, "layers", "pid"), "utf8")));
});

it("follows no link that a buildpack left in the place of its file", () => {
  const { status, found, root } = detect("exit 20", (layers) =>
    symlinkSync(join(layers, "..", "other"), join(layers, "detection.json")),
  );
  expect({ status, exitCode: found?.exitCode }).toEqual({ status: 0, exitCode: 20 });
  expect(existsSync(join(root, "other"))).toBe(false);
});

it("fails where what the detector left cannot be read", () => {
  const { status, stderr, found } = detect(`${passing}\necho '[[group' > group.toml`);
  expect({ status, found }).toEqual({ status: 1, found: undefined });
  expect(stderr).toContain("export/invalid-file");
});
