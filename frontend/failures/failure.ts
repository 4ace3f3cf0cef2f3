import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { AnySchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import type { GroupMember } from "../../src/contract/group.ts";
import { CompileError, type Diagnostic, TemporaryError } from "../../src/diagnostics/diagnostic.ts";
import { formatDiagnostic } from "../../src/diagnostics/format.ts";
import { statusOf } from "../bridge/gateway.ts";
import { type Status, StatusSchema } from "../generated/status_pb.js";
import type { SourceFile } from "../sources/project-source.ts";
import { phaseFailure } from "./phase-failure.ts";

/** Name that BuildKit's clients know an excerpt of a source by; its value is JSON. */
const sourceType = "github.com/moby/buildkit/errdefs.Source+json";

/** What BuildKit failed with, and what we know of it. */
export class ExplainedFailure extends Error {
  readonly failure: ConnectError;
  readonly diagnostics: readonly Diagnostic[];

  constructor(failure: ConnectError, diagnostics: readonly Diagnostic[]) {
    super(failure.message, { cause: failure });
    this.failure = failure;
    this.diagnostics = diagnostics;
  }
}

/**
 * What BuildKit and its client are told of an error. What BuildKit itself failed with is handed on whole: its details
 * hold the lines of the source and the step. Of a message of ours, the client shows the lines it is about. In: the
 * buildpacks of which one failed, if that is known.
 */
export function failureStatus(
  error: unknown,
  source: SourceFile | undefined,
  buildpacks: readonly GroupMember[] = [],
): Status {
  if (error instanceof CompileError) {
    return ownStatus(Code.InvalidArgument, error.diagnostics, source);
  }
  if (error instanceof TemporaryError) return ownStatus(Code.Unavailable, [error.diagnostic], source);
  if (error instanceof ExplainedFailure) return explained(statusOf(error.failure), error.diagnostics, source);
  if (error instanceof ConnectError) return withAdvice(statusOf(error), source, buildpacks);
  const stack = error instanceof Error ? error.stack : String(error);
  return create(StatusSchema, {
    code: Code.Internal,
    message: `cnb-dockerfile: this is a bug, please report it.\n${stack}`,
  });
}

/** What BuildKit says, with what we know of a phase that failed in front of it. */
function withAdvice(
  status: Status,
  source: SourceFile | undefined,
  buildpacks: readonly GroupMember[],
): Status {
  const isToml = source?.name.endsWith(".toml") === true;
  const descriptor = isToml ? { file: source.name, text: Buffer.from(source.bytes).toString() } : undefined;
  const diagnostic = phaseFailure(status, descriptor, buildpacks);
  return diagnostic === undefined ? status : explained(status, [diagnostic], source);
}

function explained(
  status: Status,
  diagnostics: readonly Diagnostic[],
  source: SourceFile | undefined,
): Status {
  const isToml = source?.name.endsWith(".toml") === true;
  const { code, message, details } = ownStatus(status.code, diagnostics, source);
  return create(StatusSchema, {
    code,
    message: `${status.message}\n${message}`,
    details: [...status.details.filter((detail) => !(isToml && isExcerpt(detail))), ...details],
  });
}

/** Lines of the Dockerfile in between, which the user of a project.toml has never seen: a mount for each key of a binding. */
function isExcerpt({ typeUrl }: Status["details"][number]): boolean {
  return typeUrl.endsWith(sourceType.slice(sourceType.lastIndexOf("/") + 1));
}

function ownStatus(code: Code, diagnostics: readonly Diagnostic[], source: SourceFile | undefined): Status {
  const texts = diagnostics.map((diagnostic) =>
    formatDiagnostic(diagnostic, { color: false, texts: new Map() }),
  );
  const details = diagnostics.flatMap((diagnostic) =>
    source === undefined ? [] : excerpt(diagnostic, source),
  );
  return create(StatusSchema, { code, message: texts.join("\n"), details });
}

/** The lines of the source that a message is about; none for what is not about one. */
function excerpt(
  { location }: Diagnostic,
  { name, bytes }: SourceFile,
): MessageInitShape<typeof AnySchema>[] {
  const { file, line, column = 1 } = location ?? {};
  if (file !== name || line === undefined) return [];
  const position = { line, character: column - 1 };
  const info = { filename: name, data: Buffer.from(bytes).toString("base64"), language: "TOML" };
  const json = JSON.stringify({ info, ranges: [{ start: position, end: position }] });
  return [{ typeUrl: sourceType, value: Buffer.from(json) }];
}
