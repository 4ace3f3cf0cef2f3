import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { ModuleKind } from "../contract/module-kind.ts";
import { openInside } from "../files/read-inside.ts";
import { present } from "../present.ts";

/** What keeps the programs of a buildpack, or of an image extension, from being started. */
export type ProgramFault =
  /** The first line names an interpreter that ends in a carriage return. */
  | { readonly kind: "line-ends"; readonly program: string }
  /** They are there for several platforms, and not where the lifecycle looks. */
  | { readonly kind: "platforms"; readonly reason: string };

/** What is known of a buildpack's programs. */
interface Programs {
  /** What those in `bin` begin with, by their names; empty for one that is there and cannot be looked into. */
  readonly starts: ReadonlyMap<string, string>;
  /** Whose they are. */
  readonly kind: ModuleKind;
  /** A platform of which there are others, `linux/amd64`, or `linux/arm/v6`; absent: none. */
  readonly platform?: string;
}

/** Source: CNB buildpack spec, "Buildpack Interface"; image extension spec. */
export const programs = ["bin/detect", "bin/build", "bin/generate"] as const;

/** Longest first line that is looked at, in bytes; Linux itself reads 256. */
export const firstLineBytes = 256;

/** Out: undefined where nothing is wrong, or there are no programs, as in a composite. */
export function faultOf({ starts, kind, platform }: Programs): ProgramFault | undefined {
  const program = programs.find((name) => /^#![^\n]*\r\n/.test(starts.get(name) ?? ""));
  if (program !== undefined) return { kind: "line-ends", program };
  if (starts.size > 0 || platform === undefined) return undefined;
  const reason =
    `its programs are in ${platform}/bin, for several platforms, instead of bin; ` +
    `package it with \`pack ${kind} package\` and use the package`;
  return { kind: "platforms", reason };
}

/** The platform whose program a path is. Undefined: it is none. Source: pack, "multi-platform buildpacks". */
export function platformOfProgram(path: string): string | undefined {
  return /^(?<platform>linux\/[^/]+(?:\/[^/]+)?)\/bin\/detect$/.exec(path)?.groups?.platform;
}

/** In: a directory with a buildpack.toml or an extension.toml. Undefined: nothing is wrong. */
export async function programFault(directory: string, kind: ModuleKind): Promise<ProgramFault | undefined> {
  const starts = new Map<string, string>();
  for (const program of programs) {
    const start = await startOf(directory, program);
    if (start !== undefined) starts.set(program, start);
  }
  const platform = starts.size > 0 ? undefined : await platformWithPrograms(directory);
  return faultOf({ starts, kind, ...present({ platform }) });
}

/** Undefined: there is no such file, or none that can be read here. */
async function startOf(directory: string, path: string): Promise<string | undefined> {
  try {
    const file = await openInside(join(directory, path), directory);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(firstLineBytes), 0, firstLineBytes, 0);
      return buffer.subarray(0, bytesRead).toString("latin1");
    } finally {
      await file.close();
    }
  } catch {
    // What is wrong with it is told where it is used.
    return undefined;
  }
}

async function platformWithPrograms(directory: string): Promise<string | undefined> {
  const architectures = directoriesIn(join(directory, "linux")).map((name) => `linux/${name}`);
  const variants = architectures.flatMap((path) =>
    directoriesIn(join(directory, path)).map((name) => `${path}/${name}`),
  );
  for (const platform of [...architectures, ...variants]) {
    if ((await startOf(directory, `${platform}/bin/detect`)) !== undefined) return platform;
  }
  return undefined;
}

function directoriesIn(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
