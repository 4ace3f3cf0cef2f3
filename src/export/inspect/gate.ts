import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import { gateFaults } from "../../scan/gate.ts";
import { readVerdict } from "../../scan/verdict.ts";
import type { Log } from "../log.ts";

/**
 * In: directory that the scan wrote to, and the platform of the image. Throws CompileError where a finding is too severe, or
 * the database too old to tell.
 */
export function passGate(scan: string, platform: string, log: Log): void {
  const verdict = readVerdict(readFileSync(join(scan, "verdict.json"), "utf8"), "verdict.json");
  const faults = gateFaults([{ platform, verdict }], new Date());
  if (faults.length > 0) throw new CompileError(faults);
  const { failOn } = verdict;
  log(failOn === undefined ? "scan: passed" : `scan: passed: none is ${failOn} or higher`);
}
