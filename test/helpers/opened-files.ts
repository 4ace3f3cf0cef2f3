import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { execa } from "execa";
import { ServedProgram, type ServedResult, type ServedRun } from "./served-program.ts";

/** What a program and all that it starts did with files. */
export interface OpenedFiles {
  /** Absolute paths that were opened, or tried, without links where they were opened; each once, sorted. */
  readonly opened: readonly string[];
  /** Programs that were started. */
  readonly started: readonly string[];
  readonly exitCode: number | undefined;
  readonly output: string;
}

export interface TracedCommand {
  readonly program: string;
  readonly words: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Every call that gives access to what a file holds, or writes it; looking whether one is there (`stat`) is none. */
const calls =
  "open,openat,openat2,creat,execve,execveat,truncate,rename,renameat,renameat2,link,linkat,symlink,symlinkat";

/** strace(1), which notes what is opened: a link by the file that it led to. */
const tracing = (log: string, more = "") => [
  ...["strace", "-f", "--seccomp-bpf", "-qq", "-y", "-s", "4096"],
  ...["-e", `trace=${calls}${more}`, "-e", "signal=none", "-o", log, "--"],
];

/** Runs a command under it. */
export async function traceFiles({ program, words, cwd, env }: TracedCommand): Promise<OpenedFiles> {
  return withLog(async (log) => {
    const [strace = "", ...options] = tracing(log);
    const { exitCode, all } = await execa(strace, [...options, program, ...words], {
      ...{ cwd, env, extendEnv: false, reject: false, all: true, stdin: "ignore" },
    });
    const files = openedFiles(readFileSync(log, "latin1").split("\n"), cwd, exitCode, all ?? "");
    requireSome([files]);
    return files;
  });
}

/** Has one process run our program for each of them under it. Out: what each run did. */
export async function traceServed(runs: readonly Omit<ServedRun, "mark">[]): Promise<OpenedFiles[]> {
  return withLog(async (log) => {
    const served = new ServedProgram(tracing(log, ",chdir"));
    const results: ServedResult[] = [];
    for (const run of runs) results.push(await served.run(run));
    await served.end();
    const lines = readFileSync(log, "latin1").split("\n");
    // Each run begins with its directory; what is started has one of its own.
    const [process = ""] = (lines[0] ?? "").split(" ", 1);
    const isBegin = (line: string) => new RegExp(`^${process} +chdir\\(`).test(line);
    const begins = lines.flatMap((line, index) => (isBegin(line) ? [index] : []));
    if (begins.length !== runs.length) throw new Error(`${begins.length} directories of ${runs.length} runs`);
    const files = results.map(({ exitCode, stdout, stderr }, index) =>
      openedFiles(
        lines.slice(begins[index], begins[index + 1]).filter((line) => !/^\d+ +chdir\(/.test(line)),
        runs[index]?.cwd ?? "",
        exitCode,
        stdout + stderr,
      ),
    );
    requireSome(files);
    return files;
  });
}

async function withLog<Result>(act: (log: string) => Promise<Result>): Promise<Result> {
  const place = mkdtempSync(join(tmpdir(), "cnb-dockerfile-trace-"));
  try {
    return await act(join(place, "log"));
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** A trace of nothing would prove nothing. */
function requireSome(files: readonly OpenedFiles[]): void {
  if (files.every(({ opened }) => opened.length === 0)) throw new Error("strace noted nothing");
}

function openedFiles(
  lines: readonly string[],
  cwd: string,
  exitCode: number | undefined,
  output: string,
): OpenedFiles {
  const read = lines.flatMap((line) => readLine(line, cwd));
  const paths = (kind: "open" | "start") =>
    [...new Set(read.filter((one) => one.kind === kind).map(({ path }) => path))].sort();
  return { opened: paths("open"), started: paths("start"), exitCode, output };
}

/** `123 openat(AT_FDCWD</cwd>, "file", O_RDONLY) = 3</cwd/file>`; calls that were interrupted stand in two lines. */
function readLine(line: string, cwd: string): { readonly kind: "open" | "start"; readonly path: string }[] {
  const [, call, rest = ""] = /^\d+\s+(\w+)\((.*)$/.exec(line) ?? [];
  if (call === undefined) {
    // The end of a call says what was opened; its beginning has said what was wanted.
    const [, place] = /resumed>.* = \d+<(\/.*)>$/.exec(line) ?? [];
    return place === undefined ? [] : [{ kind: "open", path: place }];
  }
  const kind = call.startsWith("exec") ? "start" : "open";
  // A program that is not there was looked for on the PATH.
  if (kind === "start" && /\)\s+= -1 /.test(rest)) return [];
  const [, place] = /\) = \d+<(\/.*)>$/.exec(rest) ?? [];
  if (place !== undefined) return [{ kind, path: place }];
  const words = Array.from(
    rest.matchAll(/(?:AT_FDCWD|\d+)?(?:<(?<base>\/[^>]*)>, )?"(?<name>(?:[^"\\]|\\.)*)"/g),
  );
  const named = call.startsWith("exec") ? words.slice(0, 1) : words;
  return named.map(({ groups = {} }) => {
    const { base = cwd, name = "" } = groups;
    return { kind, path: isAbsolute(name) ? name : resolve(base, name) };
  });
}
