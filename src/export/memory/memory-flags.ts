import { path, required, text } from "../flag-values.ts";
import type { BaseRequest } from "./memory.ts";
import type { MemoryPlace } from "./memory-place.ts";

/** Flags of commands that read or write what is remembered of the last image. */
export const memoryFlags = { kept: text, platforms: text, "exec-env": text } as const;
type MemoryValues = Partial<Record<keyof typeof memoryFlags, string>>;

/** Source: CNB platform spec, "Execution environments". */
export const defaultExecEnv = "production";

/** Where the memory is; empty: nothing is remembered. */
export function memoryPlace(values: MemoryValues & { readonly previous?: string }): {
  readonly memory?: MemoryPlace;
} {
  const { kept, previous } = values;
  if (kept === undefined) return {};
  return {
    memory: {
      ...{ keptDirectory: path("--kept", kept), ...baseRequest(values) },
      ...(previous === undefined ? {} : { previousDirectory: path("--previous", previous) }),
    },
  };
}

/** What an image has to be upon and for, so that what is remembered counts. */
export function baseRequest(values: MemoryValues): BaseRequest {
  return {
    platformsDirectory: path("--platforms", values.platforms),
    // As the stage declares it.
    platform: required("TARGETPLATFORM", process.env.TARGETPLATFORM),
    execEnv: values["exec-env"] ?? defaultExecEnv,
  };
}
