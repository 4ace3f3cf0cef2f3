import { readdirSync } from "node:fs";
import { Readable } from "node:stream";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { usualLimits } from "../../../src/archive/unpack-budget.ts";
import { openStream } from "../../../src/build/source/archive-source.ts";
import type { Source } from "../../../src/build/source/source.ts";
import { readSourceLimits } from "../../../src/build/source/source-limits.ts";
import { CompileError, type Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { type OddZip, type OddZipEntry, oddZip } from "../../helpers/zip.ts";

let temporary: string;
let warnings: Diagnostic[];
let told: string[];
beforeEach(() => {
  temporary = temporaryDirectory();
  warnings = [];
  told = [];
  vi.stubEnv("TMPDIR", temporary);
  return () => vi.unstubAllEnvs();
});

const wish = () => ({
  ...{ keepGitDirectory: false, namesFile: false, limits: usualLimits },
  report: (warning: Diagnostic) => void warnings.push(warning),
  tell: (line: string) => void told.push(line),
});
const open = (bytes: Buffer, more: object = {}) =>
  openStream(Readable.from([bytes]), {
    shown: "standard input",
    written: "--path=-",
    name: "app",
    ...wish(),
    ...more,
  });
const openZip = (entries: readonly OddZipEntry[], shape?: OddZip) => open(oddZip(entries, shape));

async function faultOf(action: Promise<Source>): Promise<Diagnostic> {
  const error: unknown = await action.then(
    () => new Error("it was taken"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof CompileError)) throw error;
  // Nothing is left of it.
  expect(readdirSync(temporary)).toEqual([]);
  return error.diagnostics[0] as Diagnostic;
}

describe("a zip that becomes too much is not unpacked, and nothing is left of it:", () => {
  const zeros = (sizeBytes: number): OddZipEntry => ({ name: "zeros", content: Buffer.alloc(sizeBytes) });

  it("more than a hundred times its size", async () => {
    const fault = await faultOf(openZip([zeros(300 * 2 ** 20)]));
    expect(fault).toMatchObject({ code: "cli/source-limit" });
    expect(fault.message).toContain("it unpacks to more than 100 times its size");
  });

  it("entries that share a kernel of zeros", async () => {
    const kernel = zeros(100 * 2 ** 20);
    const others = Array.from({ length: 50 }, (_, index) => ({ ...kernel, name: "zeros", index, offset: 0 }));
    const fault = await faultOf(openZip([kernel, ...others]));
    expect(fault.code).toBe("cli/source-limit");
  });

  it("more bytes than a flag allows", async () => {
    const limits = readSourceLimits({ maxSourceSize: "64m" });
    const fault = await faultOf(open(oddZip([zeros(65 * 2 ** 20)]), { limits }));
    expect(fault.message).toContain("it unpacks to more than 64 MiB");
  });

  it("more entries than a flag allows", async () => {
    const limits = readSourceLimits({ maxSourceEntries: "100" });
    const entries = Array.from({ length: 101 }, (_, index) => ({ name: `f${index}` }));
    expect((await faultOf(open(oddZip(entries), { limits }))).message).toContain("more than 100 entries");
    const source = await open(oddZip(entries.slice(1)), { limits });
    expect(readdirSync(source.directory)).toHaveLength(100);
    source.remove();
  });
});
