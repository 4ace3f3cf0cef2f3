import { ConnectError } from "@connectrpc/connect";
import * as v from "valibot";
import { diagnose } from "../../src/diagnostics/diagnose.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { readDockerfile } from "../../src/dockerfile/read/read-dockerfile.ts";
import { layersDirectory } from "../../src/stages/paths.ts";
import { parseToml } from "../../src/toml/parse-toml.ts";
import { type ContainerFiles, type Gateway, statusOf } from "../bridge/gateway.ts";
import { ExplainedFailure } from "../failures/failure.ts";
import { failedPhase, solveDetail } from "../failures/phase-failure.ts";

/** Exit codes of the detector where an extension's bin/generate fails, or leaves what is wrong. Source: CNB platform spec, "detector". */
const generateFailed = [90, 91, 92];

/** A failed step's mounts, the root first. */
const solveSchema = v.object({ mountIDs: v.tupleWithRest([v.string()], v.string()) });

const generatedDirectory = `${layersDirectory}/generated`;

/** What an extension left, by the names of files. */
export interface LeftFiles {
  /** As it names a directory: `acme_curl`. */
  readonly extension: string;
  readonly texts: ReadonlyMap<string, string>;
}

/**
 * The same error, with what is wrong with the Dockerfiles that extensions left: a frontend sees no output of the detector, which refuses them.
 * Below Platform API 0.13 the detector leaves nothing, and the error stays as it is.
 */
export async function explainGenerate(
  gateway: Pick<Gateway, "withFilesOf">,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof ConnectError)) return error;
  const status = statusOf(error);
  const { phase, exitCode = 0 } = failedPhase(status) ?? {};
  const detail = status.details.find(({ typeUrl }) => typeUrl.endsWith(solveDetail));
  if (phase !== "detect" || !generateFailed.includes(exitCode) || detail === undefined) return error;
  try {
    const { mountIDs } = v.parse(solveSchema, JSON.parse(Buffer.from(detail.value).toString()));
    const left = await gateway.withFilesOf([mountIDs[0]], leftFiles);
    const faults = left.flatMap(generatedFaults);
    return faults.length === 0 ? error : new ExplainedFailure(error, faults);
  } catch {
    // A failure is told without it, too.
    return error;
  }
}

async function leftFiles(files: ContainerFiles): Promise<LeftFiles[]> {
  const extensions = await files.list(0, generatedDirectory);
  return Promise.all(
    extensions.map(async ({ path: extension }) => {
      const directory = `${generatedDirectory}/${extension}`;
      const names = (await files.list(0, directory))
        .map(({ path }) => path)
        .filter((name) => /^(build|run)\.Dockerfile$|^extend-config\.toml$/.test(name));
      const texts = await Promise.all(
        names.map(
          async (name) =>
            [name, Buffer.from(await files.read(0, `${directory}/${name}`)).toString()] as const,
        ),
      );
      return { extension, texts: new Map(texts) };
    }),
  );
}

/** What the lifecycle refuses of it. Source: lifecycle, `buildpack/dockerfile.go`, `internal/extend/config.go`. */
export function generatedFaults({ extension, texts }: LeftFiles): Diagnostic[] {
  return Array.from(texts, ([name, text]) =>
    name.endsWith(".toml") ? configFaults(extension, text) : dockerfileFaults(extension, name, text),
  ).flat();
}

function dockerfileFaults(id: string, name: string, text: string): Diagnostic[] {
  const { stages } = readDockerfile(text);
  const location = (line: number) => ({ file: name, line });
  const [first, second] = stages;
  if (second !== undefined) {
    return [
      diagnose("frontend/extension-stages", { id, name, stages: stages.length }, location(second.line)),
    ];
  }
  if (first?.base === "") {
    return [diagnose("frontend/extension-empty-from", { id, name }, location(first.line))];
  }
  const head = text.split(/^\s*FROM\b/im, 1)[0] ?? "";
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a Dockerfile
  const isUsual = first?.base === "${base_image}" && /^\s*ARG\s+base_image\b/im.test(head);
  if (name.startsWith("build") && !isUsual) {
    return [diagnose("frontend/extension-base", { id, name }, location(first?.line ?? 1))];
  }
  return [];
}

const argumentsSchema = v.optional(
  v.object({ args: v.optional(v.array(v.object({ name: v.string() })), []) }),
);
const configSchema = v.object({ build: argumentsSchema, run: argumentsSchema });
const reserved = ["build_id", "user_id", "group_id"];

function configFaults(id: string, text: string): Diagnostic[] {
  const { build, run } = v.parse(configSchema, parseToml(text));
  return [...(build?.args ?? []), ...(run?.args ?? [])]
    .filter(({ name }) => reserved.includes(name))
    .map(({ name }) => diagnose("frontend/extension-argument", { id, name }, { file: "extend-config.toml" }));
}
