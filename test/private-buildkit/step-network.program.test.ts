import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  chooseStepNetwork,
  stepNetworkFault,
  writeStepNetwork,
} from "../../src/private-buildkit/step-network.ts";

const made: string[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
});

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), "step-network-"));
  made.push(path);
  return path;
}

/** A program in the place of pasta. */
function program(text: string): string {
  const path = join(directory(), "it's pasta");
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** What the plugin answers, as libcni calls it. */
async function ask(pasta: string, command: string, plugin = "pasta") {
  const place = directory();
  const { plugins } = writeStepNetwork(join(place, "network"), pasta);
  const env = { CNI_COMMAND: command, CNI_NETNS: "/run/netns/a b" };
  const { stdout, exitCode } = await execa(join(plugins, plugin), { env, reject: false });
  return { exitCode, answer: stdout === "" ? undefined : (JSON.parse(stdout) as unknown) };
}

it("leaves steps on the machine's network where pasta is not installed, and says so", () => {
  vi.stubEnv("PATH", directory());
  expect(chooseStepNetwork()).toEqual({ kind: "host", reason: "pasta is not installed" });
});

describe("the plugin", () => {
  it("hands a namespace to pasta, which may open no way to the machine's loopback", async () => {
    const seen = join(directory(), "seen");
    const { exitCode, answer } = await ask(program(`printf '%s\\n' "$@" >'${seen}'`), "ADD");
    expect({ exitCode, answer }).toEqual({ exitCode: 0, answer: { cniVersion: "1.0.0" } });
    const words = readFileSync(seen, "utf8").trim().split("\n");
    expect(words.slice(-2)).toEqual(["--netns", "/run/netns/a b"]);
    expect(words).toContain("--no-map-gw");
    for (const flag of ["--tcp-ports", "--udp-ports", "--tcp-ns", "--udp-ns"]) {
      expect(words[words.indexOf(flag) + 1]).toBe("none");
    }
  });

  it("fails with pasta's own words", async () => {
    expect(await ask(program("echo 'no tun here' >&2; echo noise; exit 1"), "ADD")).toEqual({
      exitCode: 1,
      answer: undefined,
    });
  });

  it("does nothing at the end, when the namespace goes and pasta with it", async () => {
    expect(await ask(program("exit 1"), "DEL")).toEqual({ exitCode: 0, answer: undefined });
  });

  it("says which versions it speaks, as does the one for loopback", async () => {
    for (const name of ["pasta", "loopback"]) {
      expect(await ask(program("exit 1"), "VERSION", name)).toMatchObject({
        answer: { supportedVersions: ["1.0.0"] },
      });
    }
  });

  it("can be changed by nobody else", () => {
    const { plugins } = writeStepNetwork(join(directory(), "network"), "/bin/false");
    for (const path of [plugins, join(plugins, "pasta"), join(plugins, "loopback")]) {
      expect(statSync(path).mode & 0o077).toBe(0);
    }
  });
});

it.each([
  [
    'buildkitd: a: plugin type="pasta" failed (add): netplugin failed: "no tun\\n"',
    'creating a separate network failed: a: plugin type="pasta" failed (add): netplugin failed: "no tun\\n"',
  ],
  ["buildkitd: permission denied", undefined],
  ['level=info plugin type="pasta" failed (add): x', undefined],
])("finds pasta's fault in a log: %s", (line, fault) => {
  expect(stepNetworkFault(`first\n${line}\n`)).toBe(fault);
});
