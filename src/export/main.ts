import { writeFileSync } from "node:fs";
import { memoryThere } from "../contract/memory-places.ts";
import { maxStepWarnings, type StepWarning } from "../contract/step-warnings.ts";
import { diagnose } from "../diagnostics/diagnose.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";
import { visible, visibleLines } from "../diagnostics/format.ts";
import { type ByteString, bytesOf, textOf } from "../layer/byte-string.ts";
import { layerDigest } from "../layer/digest.ts";
import { type Command, readCommand, usage } from "./arguments.ts";
import { seedCache } from "./cache/cache-seed.ts";
import { packCache, unpackCache } from "./cache/carry-cache.ts";
import { asCompileError } from "./file-fault.ts";
import { UsageError } from "./flag-values.ts";
import {
  type ExportRequest,
  exportCache,
  exportCacheList,
  exportCacheState,
  exportImage,
  recallLayers,
} from "./image/export.ts";
import { passGate } from "./inspect/gate.ts";
import { writeImageSbom } from "./inspect/image-sbom.ts";
import { writeSaidSbom } from "./inspect/said-sbom.ts";
import { scanImage } from "./inspect/scan.ts";
import { writeScans } from "./inspect/scanner.ts";
import { fetchDatabase } from "./inspect/vulnerability-db.ts";
import { warningsBeside, writeWarnings } from "./left-warnings.ts";
import { formatSize } from "./log.ts";
import { offerMemory } from "./memory/offer.ts";
import { recallTar } from "./memory/recall.ts";
import { hasMemory, takeImage } from "./memory/take-image.ts";
import { describeModule } from "./modules/describe.ts";
import { copyModule } from "./modules/module.ts";
import { writeFiles } from "./phase/files.ts";
import { layOutNative } from "./phase/native-runtime.ts";
import { runPhase } from "./phase/phase.ts";
import { copySource } from "./source/source.ts";

/** A FIFO in a layer is met by the layout and again by the cache. */
const said = new Set<string>();
/** Warnings that are left for builds in which BuildKit answers for this step. */
const left: StepWarning[] = [];

/** Exit codes: 0 done, 1 the input is wrong, 2 called wrongly, 70 our bug (EX_SOFTWARE). */
process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  try {
    const command = readCommand(words);
    const exitCode = await run(command);
    if ("warningsFile" in command && command.warningsFile !== undefined) {
      writeWarnings(command.warningsFile, left);
    }
    return exitCode;
  } catch (error) {
    const fault = asCompileError(error);
    if (!(fault instanceof CompileError)) {
      say(
        `cnb-dockerfile: this is a bug, please report it.\n${fault instanceof Error ? fault.stack : fault}`,
      );
      return 70;
    }
    for (const diagnostic of fault.diagnostics) report(diagnostic);
    return fault instanceof UsageError ? 2 : 1;
  }
}

async function run(command: Command): Promise<number> {
  switch (command.kind) {
    case "help":
      log(usage.trimEnd());
      return 0;
    case "files":
      log(`${writeFiles(command.from, command.to)} files written`);
      return 0;
    case "source": {
      const { files, sizeBytes, leftOut } = copySource(command, report);
      log(`source: ${files} files, ${formatSize(sizeBytes)}, ${leftOut} left out`);
      return 0;
    }
    case "export":
      return await exportRecalling(command);
    case "cache":
      // The step that made the list has printed its own, now or in an earlier build.
      if (command.listFile !== undefined) left.push(...warningsBeside(command.listFile));
      return exportCache(command, log, report) || !command.isRequired ? 0 : 1;
    case "cache-state":
      exportCacheState(command, command.to);
      if (command.offer !== undefined) await offerMemory(command.offer, log);
      return 0;
    case "memory-look":
      writeFileSync(bytesOf(command.to), hasMemory(command.cacheDirectory) ? memoryThere : "");
      return 0;
    case "memory-take":
      takeImage(command, log);
      return 0;
    case "recall":
      await recallTar(command.from, command.to);
      return 0;
    case "cache-seed":
      log(seedCache(command));
      return 0;
    case "cache-pack":
      packCache(command, command.to, log);
      return 0;
    case "cache-unpack":
      unpackCache(command, command.from, log);
      return 0;
    case "cache-list":
      exportCacheList(command, command.to, report);
      return 0;
    case "said":
      writeSaidSbom(command, log, report);
      return 0;
    case "sbom":
      writeImageSbom(command, log, report);
      return 0;
    case "vulnerability-db":
      fetchDatabase(command, log);
      return 0;
    case "scan":
      scanImage(command, log, report);
      return 0;
    case "gate":
      passGate(command.scan, command.platform, log);
      return 0;
    case "scanner":
      writeScans(command, log, report);
      return 0;
    case "digest":
      writeDigest(command.from, command.to);
      return 0;
    case "describe":
      await describeModule(command);
      return 0;
    case "native":
      layOutNative(command);
      return 0;
    case "phase":
      return runPhase(command, report);
    case "module": {
      const { files, sizeBytes } = await copyModule(command, report);
      const names = command.expected.map(({ id, version }) => `${id}@${version}`);
      log(`module ${names.join(", ")}: ${files} files, ${formatSize(sizeBytes)}`);
      return 0;
    }
  }
}

async function exportRecalling(request: ExportRequest): Promise<number> {
  const recalled = await recallLayers(request);
  try {
    exportImage({ ...request, recalled }, log, report);
  } finally {
    recalled.remove();
  }
  return 0;
}

/** The layer's digest, as BuildKit will find it. Throws CompileError where that is not known. */
function writeDigest(from: ByteString, to: ByteString): void {
  const devices: ByteString[] = [];
  const digest = layerDigest(from, (name) => void devices.push(name));
  if (devices.length > 0) {
    throw new CompileError(devices.map((name) => diagnose("export/device-in-layer", { path: textOf(name) })));
  }
  writeFileSync(bytesOf(to), digest);
}

/** Names in it may be a stranger's. */
function log(text: string): void {
  process.stdout.write(`${visibleLines(text)}\n`);
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** `error[export/unreadable]: …` with the hint below; the location stands in the message. Nothing is said twice. */
function report(diagnostic: Diagnostic): void {
  const { severity, code, message, hint } = diagnostic;
  const text = `${severity}[${code}]: ${visible(message)}${hint === undefined ? "" : `\n  ${visible(hint)}`}`;
  if (said.has(text)) return;
  said.add(text);
  if (severity === "warning" && left.length < maxStepWarnings)
    left.push({ diagnostic, printedMs: Date.now() });
  say(text);
}
