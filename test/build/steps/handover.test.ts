import { chownSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Handover } from "../../../src/build/steps/handover.ts";
import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import type { BuildRequest } from "../../../src/engines/build-request.ts";
import type { Engine } from "../../../src/engines/engine.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { faultsOf } from "../../helpers/errors.ts";
import { writeImageLayout } from "../../helpers/image-layout.ts";
import { neighbour, neighbourTest } from "../../helpers/neighbour.ts";

const engine = { title: "an engine" } as Engine;
let request: BuildRequest;
let [cache, state] = ["", ""];
let warnings: Diagnostic[];
const handover = () => new Handover(engine, (warning) => warnings.push(warning));
const digest = ({ frontend }: BuildRequest) => frontend?.layout?.digest;

beforeEach(() => {
  [cache, state] = [temporaryDirectory(), temporaryDirectory()];
  vi.stubEnv("XDG_CACHE_HOME", cache);
  vi.stubEnv("XDG_STATE_HOME", state);
  warnings = [];
  const layout = writeImageLayout(join(temporaryDirectory(), "layout"), Buffer.from("content"));
  request = { frontend: { reference: "x", layout } } as BuildRequest;
});
afterEach(() => vi.unstubAllEnvs());

describe("what has helped an engine to take our image", () => {
  const notes = () => join(state, "cnb-dockerfile", "handed-over.json");

  it("is noted, in a file of ours alone, and used by the next build", () => {
    expect(handover().prepare(request)).toBe(request);
    const renewed = handover().renew(request);
    expect(digest(renewed)).not.toBe(digest(request));
    expect(statSync(notes()).mode & 0o7777).toBe(0o600);
    expect(digest(handover().prepare(request))).toBe(digest(renewed));
    expect(warnings).toEqual([]);
  });

  it("is not read through a link", () => {
    handover().renew(request);
    const elsewhere = join(temporaryDirectory(), "notes");
    writeFileSync(elsewhere, '{"an engine":7}');
    const other = temporaryDirectory();
    vi.stubEnv("XDG_STATE_HOME", other);
    mkdirSync(join(other, "cnb-dockerfile"));
    symlinkSync(elsewhere, join(other, "cnb-dockerfile", "handed-over.json"));
    expect(handover().prepare(request)).toBe(request);
  });

  neighbourTest("is not read where another user wrote it", () => {
    mkdirSync(join(state, "cnb-dockerfile"), { mode: 0o700 });
    writeFileSync(notes(), '{"an engine":7}');
    chownSync(notes(), neighbour, neighbour);
    expect(handover().prepare(request)).toBe(request);
  });

  it("counts for this build where it cannot be noted", () => {
    vi.stubEnv("XDG_STATE_HOME", "/proc/1/x");
    expect(handover().prepare(request)).toBe(request);
    expect(digest(handover().renew(request))).not.toBe(digest(request));
  });
});

describe("the image that is handed over anew", () => {
  it("has no place where the cache is none, and that is said", () => {
    const file = join(cache, "file");
    writeFileSync(file, "");
    vi.stubEnv("XDG_CACHE_HOME", file);
    expect(faultsOf(() => handover().renew(request))).toMatchObject([
      {
        code: "private/unusable",
        message: `${file}/cnb-dockerfile cannot be used: not a directory.`,
      },
    ]);
  });

  neighbourTest("is not taken from a directory of another user's", () => {
    const { frontend } = handover().renew(request);
    const kept = join(cache, "cnb-dockerfile", "handed-over");
    const [name = ""] = readdirSync(kept);
    writeFileSync(join(kept, name, "variant"), `sha256:${"0".repeat(64)}`);
    chownSync(kept, neighbour, neighbour);
    expect(digest(handover().prepare(request))).toBe(frontend?.layout?.digest);
    expect(warnings.map(({ code }) => code)).toEqual(["private/replaced"]);
  });
});
