import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { secretsKey } from "../../../src/build/handed/secrets-key.ts";
import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";

let data: string;
let file: string;
let told: Diagnostic[];
beforeEach(() => {
  data = temporaryDirectory();
  vi.stubEnv("XDG_DATA_HOME", data);
  file = join(data, "cnb-dockerfile", "secrets-key");
  told = [];
  return () => vi.unstubAllEnvs();
});

const keyOf = (env: Readonly<Record<string, string>> = {}, makes = true) =>
  secretsKey({ env, makes, report: (diagnostic) => told.push(diagnostic) });
const codes = () => told.map(({ code }) => code);

describe("the key for versions of secrets", () => {
  it("is made once for a machine, for its user alone, and kept", () => {
    const key = keyOf();
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(keyOf()).toBe(key);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(data, "cnb-dockerfile")).mode & 0o777).toBe(0o700);
    expect(told).toEqual([]);
  });

  it("is the given one, without the blanks that a CI system leaves around it, and none is made", () => {
    const given = "a".repeat(32);
    expect(keyOf({ CNB_DOCKERFILE_SECRETS_KEY: `${given}\n`, CI: "true" })).toBe(given);
    expect(existsSync(file)).toBe(false);
  });

  it("is refused where it could be guessed, and is not shown", () => {
    const call = () => keyOf({ CNB_DOCKERFILE_SECRETS_KEY: "hunter2" });
    expect(call).toThrow(
      expect.objectContaining({
        diagnostics: [
          expect.objectContaining({
            code: "cli/secrets-key-short",
            message: "CNB_DOCKERFILE_SECRETS_KEY has 7 characters, but a key needs at least 32.",
          }),
        ],
      }),
    );
  });

  it("is not made on a machine of CI's, which says so, nor by a dry run, which says nothing", () => {
    expect(keyOf({ CI: "true" })).toBeUndefined();
    expect(codes()).toEqual(["cli/secrets-key-missing"]);
    expect(keyOf({}, false)).toBeUndefined();
    expect(codes()).toEqual(["cli/secrets-key-missing"]);
    expect(existsSync(join(data, "cnb-dockerfile"))).toBe(false);
    const kept = keyOf();
    expect(keyOf({ CI: "true" })).toBe(kept);
    expect(keyOf({}, false)).toBe(kept);
  });

  it("is made anew where the file is damaged", () => {
    keyOf();
    writeFileSync(file, "abc");
    const key = keyOf();
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(readFileSync(file, "utf8")).toBe(key);
  });

  it("is none, with a warning, where somebody else could know it or it cannot be kept", () => {
    mkdirSync(join(data, "cnb-dockerfile"), { mode: 0o700 });
    const elsewhere = join(data, "elsewhere");
    writeFileSync(elsewhere, "f".repeat(64));
    symlinkSync(elsewhere, file);
    expect(keyOf()).toBeUndefined();
    expect(codes()).toEqual(["cli/secrets-key-unusable"]);
  });

  it("is none where its directory is open to others", () => {
    mkdirSync(join(data, "cnb-dockerfile"));
    chmodSync(join(data, "cnb-dockerfile"), 0o777);
    expect(keyOf()).toBeUndefined();
    expect(codes()).toEqual(["cli/secrets-key-unusable"]);
  });
});
