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
    ...{ log: log.text(), isCut: log.leftOutBytes() > 0 },
  };
  // A buildpack can have put something there, as the same user.
  rmSync(bytesOf(to), { force: true, recursive: true });
  writeFileSync(bytesOf(to), formatDetection(detection), { flag: "wx" });
}

function foundIn(places: DetectedPlaces): Pick<Detection, "group" | "generated"> {
  const group = readTomlFile(places.root, `${places.layersDirectory}/group.toml`, groupSchema);
  return { group, generated: generatedBy(places) };
}

const headBytes = limits.detectionLogBytes / 4;
const tailBytes = limits.detectionLogBytes - headBytes;

/** What a program says: all of it, or its beginning and, where the results stand, its end. */
class KeptLog {
  readonly #head: Buffer[] = [];
  #headRoom = headBytes;
  #tail: Buffer[] = [];
  #tailBytes = 0;
  #leftOutBytes = 0;

  add(text: Buffer): void {
    const first = text.subarray(0, this.#headRoom);
    if (first.length > 0) this.#head.push(first);
    this.#headRoom -= first.length;
    const rest = text.subarray(first.length);
    this.#tail.push(rest);
    this.#tailBytes += rest.length;
    // Not each time: what comes in small pieces would be copied again for every one.
    if (this.#tailBytes > 2 * tailBytes) this.#shorten();
  }

  /** How many bytes are in neither. */
  leftOutBytes(): number {
    this.#shorten();
    return this.#leftOutBytes;
  }

  text(): string {
    const leftOut = this.leftOutBytes();
    const mark = leftOut === 0 ? [] : [Buffer.from(`\n... ${leftOut} bytes are left out ...\n`)];
    return Buffer.concat([...this.#head, ...mark, ...this.#tail]).toString("utf8");
  }

  #shorten(): void {
    const excess = Math.max(0, this.#tailBytes - tailBytes);
    this.#tail = [Buffer.concat(this.#tail).subarray(excess)];
    this.#tailBytes -= excess;
    this.#leftOutBytes += excess;
  }
}
