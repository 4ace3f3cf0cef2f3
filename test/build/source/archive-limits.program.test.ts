import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { usualLimits } from "../../../src/archive/unpack-budget.ts";
import { openStream, openUrl } from "../../../src/build/source/archive-source.ts";
import { readSourceLimits } from "../../../src/build/source/source-limits.ts";
import { CompileError } from "../../../src/diagnostics/diagnostic.ts";
import { HttpClient } from "../../../src/registry/http/http.ts";
import { oddTar } from "../../helpers/archives.ts";
import { entriesArchive, gzippedZeros, zerosArchive } from "../../helpers/bombs.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { startWebServer } from "../../helpers/web-server.ts";

let temporary: string;
beforeEach(() => {
  temporary = temporaryDirectory();
  vi.stubEnv("TMPDIR", temporary);
  return () => vi.unstubAllEnvs();
});

const wish = { keepGitDirectory: false, namesFile: false, report: () => {}, tell: () => {} };
const input = { ...wish, shown: "standard input", written: "-", name: "app" };
const open = (bytes: Buffer, limits = usualLimits) =>
  openStream(Readable.from([bytes]), { ...input, limits });

async function faultOf(action: Promise<unknown>) {
  const error: unknown = await action.then(
    () => new Error("it was taken"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof CompileError)) throw error;
  // Nothing is left of it.
  expect(readdirSync(temporary)).toEqual([]);
  const [diagnostic] = error.diagnostics;
  return { code: diagnostic?.code, message: diagnostic?.message, hint: diagnostic?.hint };
}

/** Bytes of the files below a directory, however it changes meanwhile. */
function sizeOf(directory: string): number {
  let sum = 0;
  try {
    for (const name of readdirSync(directory, { recursive: true, encoding: "utf8" })) {
      sum += lstatSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0;
    }
  } catch (error) {
    // A directory that has just gone.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  return sum;
}

/** Bytes that the temporary directory has held at most, looked at every few milliseconds. */
async function mostHeld(action: Promise<unknown>): Promise<number> {
  let most = 0;
  const look = setInterval(() => {
    most = Math.max(most, sizeOf(temporary));
  }, 50);
  await action.catch(() => undefined);
  clearInterval(look);
  return most;
}

describe("an archive that becomes too much is not unpacked, and nothing is left of it:", () => {
  it("3 MB that become 3 GB", async () => {
    const bomb = zerosArchive(oddTar({ name: "a", content: "a" }), "zeros", 3 * 2 ** 30);
    expect(bomb.length).toBeLessThan(4_000_000);
    const opening = open(bomb);
    const fault = faultOf(opening);
    const held = await mostHeld(opening);
    expect(await fault).toEqual({
      code: "cli/source-limit",
      message: "The source from standard input was not unpacked: it unpacks to more than 100 times its size.",
      hint: "If this is intended, raise the limit: `--max-source-size 16g`. With that flag, the ratio does not count.",
    });
    expect(held).toBeLessThan(400 * 2 ** 20);
  });

  it("also where it comes over HTTP", async () => {
    const bomb = zerosArchive(oddTar({ name: "a", content: "a" }), "zeros", 2 ** 30);
    const host = await startWebServer((_, response) => void response.end(bomb));
    const fault = await faultOf(openUrl(`${host}/a.tgz`, new HttpClient(), { ...wish, limits: usualLimits }));
    expect(fault.code).toBe("cli/source-limit");
  });

  it("more bytes than are allowed, packed or not", async () => {
    const limits = readSourceLimits({ maxSourceSize: "64m" });
    for (const bytes of [
      zerosArchive(oddTar({ name: "a" }), "z", 128 * 2 ** 20),
      Buffer.alloc(65 * 2 ** 20),
    ]) {
      expect(await faultOf(open(bytes, limits))).toMatchObject({
        code: "cli/source-limit",
        message: "The source from standard input was not unpacked: it unpacks to more than 64 MiB.",
      });
    }
  });

  it("input that does not end", async () => {
    const endless = Readable.from(
      (async function* () {
        for (;;) yield Buffer.alloc(2 ** 20);
      })(),
    );
    const limits = readSourceLimits({ maxSourceSize: "32m" });
    const opening = openStream(endless, { ...input, limits });
    expect((await faultOf(opening)).code).toBe("cli/source-limit");
    expect(endless.destroyed).toBe(true);
  });

  it("more entries than are allowed", async () => {
    const limits = readSourceLimits({ maxSourceEntries: "1000" });
    expect(await faultOf(open(entriesArchive(1001), limits))).toEqual({
      code: "cli/source-limit",
      message: "The source from standard input was not unpacked: it has more than 1000 entries.",
      hint: "If this is intended, raise the limit: `--max-source-entries 5000000`.",
    });
    const source = await open(entriesArchive(1000), limits);
    expect(readdirSync(source.directory)).toHaveLength(1000);
    source.remove();
  });

  it("zeros in zeros: what is gzip in it is not unpacked", async () => {
    const source = await open(gzipSync(oddTar({ name: "b.gz", content: "x" })));
    expect(readdirSync(source.directory)).toEqual(["b.gz"]);
    source.remove();
  });

  it("but small archives of much air are, and those that a flag allows", async () => {
    const air = zerosArchive(oddTar({ name: "a" }), "z", 192 * 2 ** 20);
    const small = await open(air);
    expect(lstatSync(join(small.directory, "z")).size).toBe(192 * 2 ** 20);
    small.remove();
    const large = await open(
      zerosArchive(oddTar({ name: "a" }), "z", 320 * 2 ** 20),
      readSourceLimits({ maxSourceSize: "1g" }),
    );
    expect(lstatSync(join(large.directory, "z")).size).toBe(320 * 2 ** 20);
    large.remove();
    expect(readdirSync(temporary)).toEqual([]);
  });

  it("gzip that is no tar", async () => {
    expect((await faultOf(open(gzippedZeros(2 ** 30)))).code).toMatch(/^cli\/(?:source-limit|bad-archive)$/);
  });
});
