import { createHash } from "node:crypto";
import { createReadStream, writeFileSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { localModule } from "../../archive/local-module.ts";
import { formatModuleDescription, type ModuleDescription } from "../../contract/module-description.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import { type ByteString, bytesOf, textOf } from "../../layer/byte-string.ts";

interface DescribeRequest {
  /** Directory that no link of the module may lead out of. */
  readonly root: ByteString;
  /** The module below it, with `/`; empty: the directory itself. */
  readonly path: string;
  /** What messages call the module, which is not the project's. Absent: it is. */
  readonly shown?: string;
  /** File to write. */
  readonly to: ByteString;
}

/**
 * Writes what the compiler has to know of a module, for a compiler that cannot read files: it reads this one. What is
 * wrong with the module stands in it, too, because all that a failed step tells is that it failed.
 */
export async function describeModule({ root, path, shown, to }: DescribeRequest): Promise<void> {
  writeFileSync(bytesOf(to), formatModuleDescription(await description(textOf(root), path, shown)));
}

async function description(root: string, path: string, shown?: string): Promise<ModuleDescription> {
  try {
    const found = await localModule(root, path, shown);
    if (found === undefined) return { kind: "missing" };
    const hasDigest = found.form === "archive" && found.module.kind !== "unusable";
    const digest = hasDigest ? { digest: await digestOf(`${root}/${path}`) } : {};
    return { kind: "found", found, ...digest };
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    return { kind: "refused", diagnostics: error.diagnostics };
  }
}

/** `sha256:…` of a file. */
async function digestOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return `sha256:${hash.digest("hex")}`;
}
