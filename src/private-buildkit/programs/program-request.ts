import type { Report } from "../../diagnostics/diagnostic.ts";
import type { RegistryOptions } from "../../registry/options.ts";

/** What fetching a program takes. */
export interface DownloadRequest {
  /** How servers are reached. */
  readonly registries: RegistryOptions;
  readonly report: Report;
  /** Takes a line about something that takes a while. */
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface ProgramRequest extends DownloadRequest {
  /** Whether rootlesskit is needed. */
  readonly isRootless: boolean;
}
