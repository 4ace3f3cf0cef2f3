import { readdirSync } from "node:fs";
import { join } from "node:path";
import { openInside } from "../files/read-inside.ts";

/** What keeps the programs of a buildpack's directory from being started. */
export type ProgramFault =
  /** The first line names an interpreter that ends in a carriage return. */
  | { readonly kind: "line-ends"; readonly program: string }
  /** They are there for several platforms, and not where the lifecycle looks. */
  | { readonly kind: "platforms"; readonly reason: string };

/** Source: CNB buildpack spec, "Buildpack Interface". */
const programs = ["bin/detect", "bin/build"];

/** Longest first line that is looked at, in bytes; Linux itself reads 256. */
const firstLineBytes = 256;

/** In: a directory with a buildpack.toml. Undefined: nothing is wrong, or there are no programs, as in a composite. */
export async function programFault(directory: string): Promise<ProgramFault | undefined> {
  const starts = await Promise.all(programs.map((program) => startOf(directory, program)));
  const at = starts.findIndex((start) => start !== undefined && /^#![^\n]*\r\n/.test(start));
  const program = programs[at];
  if (program !== undefined) return { kind: "line-ends", program };
  if (starts.some((start) => start !== undefined)) return undefined;
  const platform = await platformWithPrograms(directory);
  if (platform === undefined) return undefined;
  const reason =
    `its programs are in ${platform}/bin, for several platforms, and not in bin; ` +
    "make a package of it with `pack buildpack package`, and name that";
  return { kind: "platforms", reason };
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

/** `linux/amd64`, or `linux/arm/v6`. Source: pack, "multi-platform buildpacks". */
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
