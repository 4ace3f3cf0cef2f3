import type { BuildPorts } from "../../src/build/build-ports.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";

/** What a build says, by where it says it. */
export interface Heard {
  readonly reported: Diagnostic[];
  readonly shown: Diagnostic[];
  readonly told: string[];
  readonly printed: string[];
}

type SpokenPorts = Omit<BuildPorts, "describe" | "input" | "know" | "result">;

/** Ports of a build that keep what they hear. */
export function heardPorts(): { readonly heard: Heard; readonly ports: SpokenPorts } {
  const heard: Heard = { reported: [], shown: [], told: [], printed: [] };
  const ports = {
    report: (warning: Diagnostic) => heard.reported.push(warning),
    show: (fault: Diagnostic) => heard.shown.push(fault),
    tell: (line: string) => heard.told.push(line),
    progress: (line: string) => heard.told.push(line),
    print: (text: string) => heard.printed.push(text),
    hasColors: false,
  };
  return { heard, ports };
}
