import type { DescriptorText } from "../descriptor/descriptor.ts";
import { keyPlaces } from "../descriptor/key-places.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";

/** Runs `read`, and puts line and column into what it finds wrong with a file of a module. */
export async function withPlaces<Result>(
  file: DescriptorText,
  read: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    throw new CompileError(error.diagnostics.map(keyPlaces(file)), { cause: error });
  }
}
