import { catalog } from "../../src/diagnostics/catalog.ts";
import { CompileError, type Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { diagnosticJson, formatDiagnostic } from "../../src/diagnostics/format.ts";
import { type BuildHost, prepareBuild } from "../request/prepare.ts";
import { chooseTarget } from "../request/targets.ts";
import type { ProjectSource, SourceFile } from "../sources/project-source.ts";
import type { SubrequestAnswer } from "./answer.ts";

/** A place in one of the answer's sources; -1: in none. Lines from 1, characters from 0. */
interface LintLocation {
  readonly sourceIndex: number;
  readonly ranges: readonly { readonly start: LintPosition; readonly end: LintPosition }[];
}

interface LintPosition {
  readonly line: number;
  readonly character: number;
}

/**
 * What is wrong or doubtful about a build: warnings each with their rule, what is wrong as one error, because nothing was
 * looked at behind it. Source: BuildKit, `frontend/subrequests/lint`.
 */
export async function lint(host: BuildHost, project: ProjectSource): Promise<SubrequestAnswer> {
  const found: Diagnostic[] = [];
  let wrong: readonly Diagnostic[] = [];
  try {
    const { recipe } = await prepareBuild(
      { ...host, report: (warning) => void found.push(warning) },
      project,
    );
    chooseTarget(recipe.dockerfile, host.options);
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    wrong = error.diagnostics;
  }
  const { file } = project;
  const warnings = found.map((diagnostic) => ({
    ruleName: diagnostic.code,
    description: catalog[diagnostic.code].summary,
    url: diagnosticJson(diagnostic).url,
    detail: [diagnostic.message, ...(diagnostic.hint === undefined ? [] : [`fix: ${diagnostic.hint}`])].join(
      "\n",
    ),
    location: locationIn(file, diagnostic),
  }));
  const texts = new Map(file === undefined ? [] : [[file.name, Buffer.from(file.bytes).toString()]]);
  const draw = (diagnostic: Diagnostic) => formatDiagnostic(diagnostic, { color: false, texts });
  const [first] = wrong;
  const json = {
    warnings,
    // Clients look the error's place up in the first source even where it has none.
    sources: [sourceOf(file)],
    ...(first === undefined
      ? {}
      : {
          buildError: {
            message: wrong
              .map((diagnostic) => formatDiagnostic(diagnostic, { color: false, texts: new Map() }))
              .join("\n"),
            location: { ...locationIn(file, first), sourceIndex: 0 },
          },
        }),
  };
  const all = [...found, ...wrong].map((diagnostic) => `${draw(diagnostic)}\n`);
  return { json, text: all.join(""), statusCode: all.length === 0 ? 0 : 1 };
}

function sourceOf(file: SourceFile | undefined) {
  const { name = "", bytes = new Uint8Array() } = file ?? {};
  return { filename: name, data: Buffer.from(bytes).toString("base64"), language: "TOML" };
}

function locationIn(source: SourceFile | undefined, { location }: Diagnostic): LintLocation {
  const { file, line, column = 1 } = location ?? {};
  if (file === undefined || file !== source?.name || line === undefined)
    return { sourceIndex: -1, ranges: [] };
  const position = { line, character: column - 1 };
  return { sourceIndex: 0, ranges: [{ start: position, end: position }] };
}
