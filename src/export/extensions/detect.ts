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

/** What a program says: all of it, or its beginning and, where the results stand, its end. */
class KeptLog {
  readonly #head: Buffer[] = [];
  #headBytes = 0;
  #tail: Buffer[] = [];
  #tailBytes = 0;
  #leftOutBytes = 0;

  add(text: Buffer): void {
    const room = Math.min(text.length, limits.detectionLogBytes / 4 - this.#headBytes);
    if (room > 0) {
      this.#head.push(text.subarray(0, room));
      this.#headBytes += room;
    }
    const rest = text.subarray(Math.max(room, 0));
    if (rest.length === 0) return;
    this.#tail.push(rest);
    this.#tailBytes += rest.length;
    while (this.#tailBytes - (this.#tail[0]?.length ?? 0) > tailBytes) this.#dropFirst();
  }

  get isCut(): boolean {
    return this.#leftOutBytes > 0 || this.#tailBytes > tailBytes;
  }

  text(): string {
    const whole = Buffer.concat(this.#tail);
    const tail = whole.subarray(Math.max(0, whole.length - tailBytes));
    const leftOut = this.#leftOutBytes + whole.length - tail.length;
    const mark = leftOut === 0 ? [] : [Buffer.from(`\n... ${leftOut} bytes are left out ...\n`)];
    return Buffer.concat([...this.#head, ...mark, tail]).toString("utf8");
  }

  #dropFirst(): void {
    const [first = Buffer.alloc(0), ...rest] = this.#tail;
    this.#tail = rest;
    this.#tailBytes -= first.length;
    this.#leftOutBytes += first.length;
  }
}

const tailBytes = (limits.detectionLogBytes * 3) / 4;
