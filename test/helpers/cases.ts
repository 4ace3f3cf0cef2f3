import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArguments } from "../../src/cli/program.ts";
import { readOptions } from "../../src/cli/project/options.ts";
import { type CompileResult, compile } from "../../src/compile.ts";
import type { DescriptorText } from "../../src/descriptor/descriptor.ts";
import { CompileError, type Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { formatDiagnostic } from "../../src/diagnostics/format.ts";
import { helperImage } from "../../src/options/table/generated-file.ts";
import type { CompileOptions, GitPlace } from "../../src/plan/options.ts";
import { absent } from "./absent.ts";
import { wholeMachine } from "./border.ts";
import { imagesFromFiles } from "./images.ts";
import { modulesFromFile } from "./modules.ts";

/** Where the cases are; each folder is one. */
export const goldenDirectory = join(import.meta.dirname, "..", "..", "golden");

/** What a user could have written, and what an image registry could have answered. All but options.json may be absent. */
export const inputFiles = [
  "project.toml",
  "builder.json",
  "run.json",
  "buildpackage.json",
  "chosen-run.json",
  "modules.json",
  "options.json",
];

/** `options.json` of a case. */
interface CaseOptions {
  /** Arguments of `cnb-dockerfile generate`. */
  readonly arguments: readonly string[];
  /** What image extensions made in a detection before; absent: none was run. */
  readonly detected?: NonNullable<CompileOptions["detected"]>;
  /** What git says of the project; absent: it is not a clone. */
  readonly git?: GitPlace;
  /** Name of project.toml from the project's directory; absent: it lies there. */
  readonly descriptor?: string;
}

/** What stands in for our version and the export program, so that a release changes no case. */
const version = "0.0.0";
const program = 'console.log("the export program");\nprocess.exit(0);\n';
/** Stands in for the random id that the program makes up. */
const fallbackCacheId = "app-00000000-0000-4000-8000-000000000000";

/** What came of a case. */
export interface CompiledCase {
  /** Absent: it was refused. */
  readonly result?: CompileResult;
  /** Warnings, and why it was refused. */
  readonly reported: readonly Diagnostic[];
  /** The descriptor's text by its name; empty: there is none. */
  readonly texts: ReadonlyMap<string, string>;
}

/** Compiles a case as the command line does. */
export async function compileCase(directory: string): Promise<CompiledCase> {
  const text = readInput(directory, "project.toml");
  const input = JSON.parse(readInput(directory, "options.json") ?? "") as CaseOptions;
  const { arguments: args, git, detected, descriptor: file = "project.toml" } = input;
  const descriptor = text === undefined ? undefined : { file, text };
  const texts = new Map(descriptor === undefined ? [] : [[descriptor.file, descriptor.text]]);
  const reported: Diagnostic[] = [];
  try {
    const result = await compile(
      {
        ...(descriptor === undefined ? {} : { descriptor }),
        options: { ...optionsOf(args, descriptor), ...(detected === undefined ? {} : { detected }) },
      },
      {
        images: imagesFromFiles(
          ["builder.json", "run.json", "buildpackage.json", "chosen-run.json"].flatMap(
            (name) => readInput(directory, name) ?? [],
          ),
        ),
        modules: modulesFromFile(readInput(directory, "modules.json")),
        report: (diagnostic) => reported.push(diagnostic),
        gitPlace: async () => git,
      },
    );
    return { result, reported, texts };
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    return { reported: [...reported, ...error.diagnostics], texts };
  }
}

/** Compiles a case. Out: name and text of every file that comes of it. */
export async function runCase(directory: string): Promise<ReadonlyMap<string, string>> {
  const { result, reported, texts } = await compileCase(directory);
  const outputs = new Map<string, string>();
  if (result !== undefined) {
    outputs.set("plan.json", `${JSON.stringify(result.plan, null, 2)}\n`);
    outputs.set("Dockerfile", result.files.dockerfile);
    outputs.set("dockerignore.txt", result.files.dockerignore);
  }
  if (reported.length > 0) {
    const drawn = reported.map((diagnostic) => `${formatDiagnostic(diagnostic, { color: false, texts })}\n`);
    outputs.set("diagnostics.txt", drawn.join(""));
  }
  return outputs;
}

function optionsOf(args: readonly string[], descriptor: DescriptorText | undefined): CompileOptions {
  const flags = parseArguments(args);
  if (flags === undefined) throw new Error(`options.json: not arguments of generate: ${args.join(" ")}`);
  const options = readOptions(
    flags,
    {
      directory: absent,
      border: wholeMachine,
      ...(descriptor === undefined ? {} : { descriptor }),
      ...(descriptor === undefined || descriptor.file.startsWith("../")
        ? {}
        : { descriptorPath: descriptor.file }),
    },
    fallbackCacheId,
    () => {},
  );
  const { tool } = options;
  const ours = tool.reference === helperImage;
  return {
    ...options,
    version,
    tool: {
      ...tool,
      ...(ours ? { reference: `ghcr.io/cnb-dockerfile/cnb-dockerfile:${version}` } : {}),
      ...(tool.kind === "inline" ? { program } : {}),
    },
  };
}

function readInput(directory: string, name: string): string | undefined {
  const path = join(directory, name);
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

/** Names of the cases, sorted; `cli` and `registry` hold cases of other kinds. */
export function caseNames(): string[] {
  return readdirSync(goldenDirectory, { withFileTypes: true })
    .filter(({ name }) => existsSync(join(goldenDirectory, name, "options.json")))
    .map(({ name }) => name)
    .sort();
}
