import { CompileError } from "../diagnostics/diagnostic.ts";
import { type DescriptorText, readDescriptor } from "./descriptor.ts";

/** Whether a project names its builder. What is wrong with its descriptor is told when that is read for the build. */
export function namesBuilder(descriptor: DescriptorText | undefined): boolean {
  if (descriptor === undefined) return false;
  try {
    return readDescriptor(descriptor, () => undefined).builder !== undefined;
  } catch (error) {
    if (error instanceof CompileError) return false;
    throw error;
  }
}
