import { rmSync, writeFileSync } from "node:fs";
import { type Detection, formatDetection } from "../../contract/detection.ts";
import { groupSchema } from "../../contract/group.ts";
import type { Report } from "../../diagnostics/diagnostic.ts";
import { type ByteString, bytesOf } from "../../layer/byte-string.ts";
import { present } from "../../present.ts";
import { readTomlFile } from "../checked-file.ts";
import { limits } from "../limits.ts";
import { runPhase } from "../phase/phase.ts";
import { type DetectedPlaces, generatedBy } from "./generated.ts";

interface DetectRequest {
  readonly places: DetectedPlaces;
  /** File to write. */
  readonly to: ByteString;
  /** As that of `PhaseRequest`. */
  readonly hiddenPrefix?: string;
  /** The detector and its arguments. */
  readonly argv: readonly [string, ...string[]];
}

/**
 * Runs the detector and writes down what came of it, also where no group passes: whoever asks wants to know why. Throws as `generatedBy`, and
 * where the detector cannot be started.
 */
export async function writeDetection(
  { places, to, hiddenPrefix, argv }: DetectRequest,
  report: Report,
): Promise<void> {
  const log = new KeptLog();
  const said = (text: Buffer) => log.add(text);
  const exitCode = await runPhase({ copies: [], ...present({ hiddenPrefix }), said, argv }, report);
  const detection: Detection = {
    ...{ version: 1, exitCode },
    ...(exitCode === 0 ? foundIn(places) : {}),
    ...{ log: log.text(), isCut: log.isCut },
  };
  // A buildpack can have put something there, as the same user.
  rmSync(bytesOf(to), { force: true, recursive: true });
  writeFileSync(bytesOf(to), formatDetection(detection), { flag: "wx" });
}

function foundIn(places: DetectedPlaces): Pick<Detection, "group" | "generated"> {
  const group = readTomlFile(places.root, `${places.layersDirectory}/group.toml`, groupSchema);
  return { group, generated: generatedBy(places) };
}

/** The beginning of what a program says: all of it, or as much as is kept. */
class KeptLog {
  readonly #parts: Buffer[] = [];
  #bytes = 0;
  isCut = false;

  add(text: Buffer): void {
    const kept = text.subarray(0, limits.detectionLogBytes - this.#bytes);
    if (kept.length < text.length) this.isCut = true;
    if (kept.length === 0) return;
    this.#parts.push(kept);
    this.#bytes += kept.length;
  }

  text(): string {
    return Buffer.concat(this.#parts).toString("utf8");
  }
}
