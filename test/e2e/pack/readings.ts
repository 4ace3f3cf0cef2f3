import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parse } from "@iarna/toml";
import * as v from "valibot";
import { loopbackOnly } from "../../lab/dockerd.ts";
import type { Lab } from "../../lab/lab.ts";
import {
  contentOf,
  type PhaseReading,
  type ProbedFile,
  readingOf,
  readingsIn,
} from "../../lab/probe-reading.ts";
import { buildOrThrow, cnbDockerfile } from "../steps.ts";

/** What became of a project on its way to the lifecycle of the lab's probe builder. */
export type Reading = Taken | Refused;

export interface Taken {
  readonly kind: "taken";
  /** Name as the project or a flag gave it. */
  readonly builder: string;
  readonly order: Order;
  /** Files of /platform/env. */
  readonly env: Readonly<Record<string, string>>;
  /** `id@version` of each buildpack on the builder, sorted. */
  readonly buildpacks: readonly string[];
  /** Of the app, parents first. */
  readonly source: readonly ProbedFile[];
  /** Of project.toml; pack's own words, or our codes. */
  readonly warnings: readonly string[];
  /** As the phase that looks for buildpacks saw it. */
  readonly phase: PhaseReading;
}

export interface Refused {
  readonly kind: "refused";
  /** pack's message, or our codes. */
  readonly reason: string;
  readonly warnings: readonly string[];
}

export type Order = v.InferOutput<typeof orderToml>["order"];

const orderToml = v.object({
  order: v.array(
    v.object({
      group: v.array(
        v.object({ id: v.string(), version: v.string(), optional: v.optional(v.boolean(), false) }),
      ),
    }),
  ),
});

const generated = v.object({
  dockerfile: v.optional(v.string()),
  diagnostics: v.array(v.object({ severity: v.string(), code: v.string() })),
});

/** Runs `pack build` in `directory` with the lab's probe builder, unless the words or project.toml name another. */
export async function readPack(lab: Lab, directory: string, words: readonly string[]): Promise<Reading> {
  const first = await runPack(lab, directory, words);
  // Now and then a container that ends at once leaves pack none of its output (docs/design/oddities.md), and that is all there is to read.
  const isLost = first.exitCode === 0 && readingsIn(first.stdout).length === 0;
  const { stdout, stderr, exitCode } = isLost ? await runPack(lab, directory, words) : first;
  const warnings = packWarnings(`${stdout}\n${stderr}`);
  const [phase] = readingsIn(stdout);
  const builder = /^Builder '?([^\s']+)'? is trusted$/m.exec(stdout)?.[1];
  if (exitCode === 0 && phase !== undefined && builder !== undefined) {
    return { kind: "taken", builder, warnings, ...taken(phase) };
  }
  const reason = /^ERROR: (.*)$/m.exec(stderr)?.[1] ?? /^Please select a default builder/m.exec(stdout)?.[0];
  if (reason === undefined)
    throw new Error(`pack ended with ${exitCode} and no error:\n${stdout}\n${stderr}`);
  return { kind: "refused", reason, warnings };
}

async function runPack(lab: Lab, directory: string, words: readonly string[]) {
  const { environment } = await lab.docker();
  return lab.pack(
    [
      ...["build", `${lab.registry}/e2e/probe`, "--publish", "--network=host", "--no-color", "--verbose"],
      ...["--trust-builder", "--trust-extra-buildpacks", ...words],
    ],
    { cwd: directory, env: { ...environment, ...loopbackOnly }, reject: false },
  );
}

/** Lines that pack warns with, but for those that say nothing of the project. */
function packWarnings(output: string): string[] {
  const lines = [...output.matchAll(/^Warning: (.*)$/gm)].map(([, line = ""]) => line.trim());
  return lines.filter(
    (line) => line !== "" && !/running in a container|deprecated usage of stack/.test(line),
  );
}

/** Runs `generate` and builds its Dockerfile up to `detect`. */
export async function readOurs(lab: Lab, directory: string, words: readonly string[]): Promise<Reading> {
  const { stdout, stderr, exitCode } = await cnbDockerfile(directory, ["generate", "--json", ...words]);
  // A word that it does not know ends it before it can answer in JSON.
  if (stdout === "") return { kind: "refused", reason: stderr.split("\n", 1)[0] ?? "", warnings: [] };
  const { dockerfile = "", diagnostics } = v.parse(generated, JSON.parse(stdout));
  const codes = (severity: string) =>
    diagnostics.flatMap((found) => (found.severity === severity ? found.code : []));
  const warnings = codes("warning").filter((code) => code.startsWith("descriptor/"));
  if (exitCode !== 0) return { kind: "refused", reason: [...new Set(codes("error"))].join(", "), warnings };
  const builder = /^FROM (\S+?)@\S+ AS builder$/m.exec(dockerfile)?.[1] ?? "";
  const reading = `${dockerfile}\nFROM scratch AS reading\nCOPY --from=detect /layers/probe/detector.json /\n`;
  const out = mkdtempSync(join(directory, "..", "reading-"));
  try {
    const target = ["--target=reading", `--output=type=local,dest=${out}`];
    await buildOrThrow(lab, { directory, dockerfile: reading, platforms: ["linux/amd64"], words: target });
    const phase = readingOf(readFileSync(join(out, "detector.json"), "utf8"));
    return { kind: "taken", builder, warnings, ...taken(phase) };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

function taken(phase: PhaseReading): Pick<Taken, "order" | "env" | "buildpacks" | "source" | "phase"> {
  const text = (path: string) => contentOf(phase, path)?.toString() ?? "";
  const env = phase.files.flatMap(({ path }) => {
    const name = /^\/platform\/env\/(.+)$/.exec(path)?.[1];
    return name === undefined ? [] : [[name, text(path)] as const];
  });
  const buildpacks = phase.files.flatMap(({ path }) => {
    const [, id, version] = /^\/cnb\/buildpacks\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
    return id === undefined || version === undefined ? [] : [`${id.replaceAll("_", "/")}@${version}`];
  });
  return {
    phase,
    order: v.parse(orderToml, parse(text("/cnb/order.toml"))).order,
    env: Object.fromEntries(env),
    buildpacks: buildpacks.sort(),
    source: phase.files.filter(({ path }) => path.startsWith("/workspace")),
  };
}
