/** A file as the probe found it. */
export interface ProbedFile {
  /** Absolute. */
  readonly path: string;
  readonly kind: "file" | "directory" | "link" | "other";
  /** Four octal digits. */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970. */
  readonly time: number;
  readonly sizeBytes: number;
  /** Of a link. */
  readonly target?: string;
  /** Base64. Absent: no regular file, a large one, or one of the app's. */
  readonly content?: string;
}

/** What the probe told when it was called as a phase of the lifecycle. */
export interface PhaseReading {
  /** `detector`, `creator`, … */
  readonly phase: string;
  readonly arguments: readonly string[];
  /** `NAME=value`, in no order. */
  readonly environment: readonly string[];
  readonly uid: number;
  readonly gid: number;
  readonly workingDirectory: string;
  /** Of the real lifecycle that the probe was around; 0 where there was none. */
  readonly exitCode: number;
  /** Below /cnb, /platform, /layers and /workspace, parents first. */
  readonly files: readonly ProbedFile[];
}

/** Readings in a program's output, which may have a phase's name in front of each line. */
export function readingsIn(output: string): PhaseReading[] {
  return [...output.matchAll(/probe reading begins\n[^{\n]*(\{.*\})\n/g)].map(([, json = ""]) =>
    readingOf(json),
  );
}

/** In: the JSON that the probe wrote. */
export function readingOf(json: string): PhaseReading {
  return JSON.parse(json) as PhaseReading;
}

/** Bytes of a file that the probe found. Undefined: it found none, or did not tell. */
export function contentOf({ files }: PhaseReading, path: string): Buffer | undefined {
  const content = files.find((file) => file.path === path)?.content;
  return content === undefined ? undefined : Buffer.from(content, "base64");
}
