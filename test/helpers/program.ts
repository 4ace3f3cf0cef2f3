import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { goldenDirectory } from "./cases.ts";
import { keepCompiledCode, putCompiledCode } from "./compiled-code.ts";
import { temporaryDirectory } from "./directory.ts";
import type { ImageFile } from "./images.ts";
import { startRegistry, type TestRegistry } from "./registry.ts";
import { runInProcess } from "./run-in-process.ts";
import { isServable, serveRun } from "./served-program.ts";
import { runsInProcess } from "./starting.ts";

const program = join(import.meta.dirname, "..", "..", "dist", "main.js");

/** A machine of its own for the bundled program: a home, a registry with a builder, and a project. */
export interface Workplace {
  readonly registry: TestRegistry;
  /** `127.0.0.1:PORT/acme/builder:24`, a builder for amd64 and arm64. */
  readonly builder: string;
  /** The project's directory, in which the program runs. */
  readonly directory: string;
  /**
   * Runs the program. Variables of this process reach it only by `env`. In the project `unit` our sources run in this process.
   * In `program` the bundle does: a run with a command, or a flag or variable of that command, that no run
   * in this process has had before starts it, and the others are served by one process that stays.
   */
  readonly run: Run;
  /** The bundle, started each time: for what a process of its own is needed. */
  readonly start: Run;
  readonly write: (path: string, text: string) => void;
  readonly read: (path: string) => string;
  /** Puts another image under the run image's tag. */
  readonly moveRunImage: () => void;
}

type Run = (args: readonly string[], settings?: RunSettings) => Promise<RunResult>;

export interface RunSettings {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What comes by standard input; absent: nothing. */
  readonly inputFile?: string;
}

export interface RunResult {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** In: the project's files; `BUILDER` in them stands for the builder's name. */
export async function workplace(files: Readonly<Record<string, string>> = {}): Promise<Workplace> {
  const registry = await startRegistry();
  const image = (name: string): ImageFile => {
    const text = readFileSync(join(goldenDirectory, "minimal", name), "utf8");
    return JSON.parse(text.replaceAll("registry.example", registry.host)) as ImageFile;
  };
  registry.putImageFile("acme/builder", "24", image("builder.json"));
  registry.putImageFile("acme/run", "24", image("run.json"));
  const builder = `${registry.host}/acme/builder:24`;
  const home = temporaryDirectory();
  const directory = join(home, "project");
  mkdirSync(directory);
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text.replaceAll("BUILDER", builder));
  };
  for (const [path, text] of Object.entries(files)) write(path, text);
  const usualEnv = { PATH: process.env.PATH ?? "", HOME: home, GIT_CONFIG_NOSYSTEM: "1" };
  putCompiledCode(home);
  const start: Run = async (args, { env = {}, cwd = directory, inputFile } = {}) => {
    const { exitCode, stdout, stderr } = await execa(process.execPath, ["--", program, ...args], {
      cwd,
      env: { ...usualEnv, ...env },
      extendEnv: false,
      ...(inputFile === undefined ? {} : { inputFile }),
      reject: false,
      stripFinalNewline: false,
    });
    keepCompiledCode(home);
    return { exitCode, stdout, stderr };
  };
  return {
    registry,
    builder,
    directory,
    write,
    read: (path) => readFileSync(join(directory, path), "utf8"),
    start,
    async run(args, settings = {}) {
      const { env = {}, cwd = directory, inputFile } = settings;
      const asked = { args, env: { ...usualEnv, ...env }, cwd };
      if (runsInProcess) {
        return runInProcess({
          ...asked,
          ...(inputFile === undefined ? {} : { input: readFileSync(inputFile) }),
        });
      }
      if (inputFile !== undefined || !isServable(asked) || isNewKind(args, env)) return start(args, settings);
      return (await serveRun(asked)) ?? start(args, settings);
    },
    moveRunImage() {
      const run = image("run.json");
      const platforms = Object.entries(run.platforms).map(([name, config]) => [
        name,
        { ...config, labels: { ...config.labels, patched: "yes" } },
      ]);
      registry.putImageFile("acme/run", "24", { platforms: Object.fromEntries(platforms) });
    },
  };
}

/** What has been started, by command. */
const startedWith = new Set<string>();

/** Whether it has a command, a flag or a variable that no started run has had. */
function isNewKind(args: readonly string[], env: Readonly<Record<string, string>>): boolean {
  const flags = args.flatMap((word) => /^(?:--[^=]+|-[^-])/.exec(word)?.[0] ?? []);
  const parts = ["", ...flags, ...Object.keys(env)].map((name) => JSON.stringify([args[0], name]));
  const isNew = parts.some((part) => !startedWith.has(part));
  for (const part of parts) startedWith.add(part);
  return isNew;
}

/** A project.toml with an id and the workplace's builder. */
export const projectToml =
  '[_]\nschema-version = "0.2"\nid = "shop"\n\n[io.buildpacks]\nbuilder = "BUILDER"\n';
