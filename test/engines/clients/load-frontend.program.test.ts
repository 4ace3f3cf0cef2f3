import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { CompileError } from "../../../src/diagnostics/diagnostic.ts";
import { frontendLoad } from "../../../src/engines/clients/load-frontend.ts";

const amd64 = { os: "linux", architecture: "amd64" };
const path = process.env.PATH;
let place: string;
let layout: { directory: string; digest: string };

/** A program in place of buildx that keeps the file it is to build, and ends as it is told. */
function standIn(exitCode: number): void {
  const program = `#!/bin/sh\nfor last; do :; done\ncp "$last/Dockerfile" ${place}/built\necho "ERROR: no space left." >&2\nexit ${exitCode}\n`;
  writeFileSync(join(place, "docker-buildx"), program);
  chmodSync(join(place, "docker-buildx"), 0o755);
  process.env.PATH = `${place}:${path}`;
}

function blob(value: unknown): { digest: string } {
  const text = JSON.stringify(value);
  const hash = createHash("sha256").update(text).digest("hex");
  writeFileSync(join(place, "blobs", "sha256", hash), text);
  return { digest: `sha256:${hash}` };
}

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "cnb-dockerfile-load-"));
  mkdirSync(join(place, "blobs", "sha256"), { recursive: true });
  const config = blob({
    config: { Env: ['A=b "c"'], Entrypoint: ["node", "x"], Labels: { l: "1" }, User: "1:1", WorkingDir: "/" },
  });
  const manifest = blob({ config, layers: [blob("a layer")] });
  layout = { directory: place, digest: blob({ manifests: [{ ...manifest, platform: amd64 }] }).digest };
});
afterEach(() => {
  process.env.PATH = path;
  rmSync(place, { recursive: true, force: true });
});

it("builds the image of the daemon's platform from its layers, under a name of its own", async () => {
  standIn(0);
  const load = frontendLoad(["docker-buildx"], undefined, layout, [amd64]);
  expect(load.reference).toMatch(/^cnb-dockerfile\.invalid\/helper:[0-9a-f]{12}$/);
  expect(load.command("PLACE").arguments.slice(-2)).toEqual(["--progress=plain", "PLACE"]);
  expect(existsSync(join(place, "built"))).toBe(false);
  await load.run();
  expect(readFileSync(join(place, "built"), "utf8")).toBe(
    'FROM scratch\nADD layer-0.tar /\nENV A="b \\"c\\""\nLABEL l="1"\nWORKDIR /\nUSER 1:1\nENTRYPOINT ["node","x"]\n',
  );
});

it.each([
  ["docker refuses it", 1, amd64, "no space left"],
  [
    "it is not made for the daemon's platform",
    0,
    { os: "windows", architecture: "amd64" },
    "does not support its platform",
  ],
])("says so when %s", async (_, exitCode, platform, reason) => {
  standIn(exitCode);
  const load = async () => frontendLoad(["docker-buildx"], undefined, layout, [platform]).run();
  const found = await load().catch((error: unknown) => error);
  expect(found).toBeInstanceOf(CompileError);
  const [diagnostic] = (found as CompileError).diagnostics;
  expect(diagnostic).toMatchObject({
    code: "engines/frontend-unloadable",
    message: expect.stringContaining(reason),
  });
});
