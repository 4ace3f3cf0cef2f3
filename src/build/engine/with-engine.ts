import { diagnose } from "../../diagnostics/diagnose.ts";
import type { Report } from "../../diagnostics/diagnostic.ts";
import type { Engine } from "../../engines/engine.ts";
import { onEndingSignal } from "../../engines/run/ending-signals.ts";
import type { BuildOrder, EngineOrder } from "../build-order.ts";
import type { BuildPorts } from "../build-ports.ts";
import { Interrupted } from "../interrupted.ts";
import { chooseEngine, type EngineNeeds } from "./choose-engine.ts";
import { engineCandidates } from "./engine-order.ts";

interface EngineWishes extends Pick<BuildOrder, "engine" | "registries"> {
  /** What tells the app from others, by which one of several BuildKits is chosen; absent: nothing does. */
  readonly app?: () => string;
  /** Absent: it is no dry run. */
  readonly shown?: { readonly isDryRun: boolean };
}

/** Runs `work` with the engine that the user named, or with the first one that can do it. */
export async function withEngine<T>(
  { engine: order, registries, app = () => "", shown }: EngineWishes,
  needs: EngineNeeds,
  { report, progress }: Pick<BuildPorts, "report" | "progress">,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  const interrupt = new AbortController();
  const abort = () => interrupt.abort(new Interrupted());
  const stopListening = onEndingSignal(abort);
  try {
    const access = {
      ...{ registries, report, say: progress, signal: interrupt.signal, app },
      ...(shown?.isDryRun === true ? { assumedPlatforms: needs.platforms } : {}),
    };
    const { engine, why } = await chooseEngine(engineCandidates(order, access), needs);
    try {
      interrupt.signal.throwIfAborted();
      reportRegistryFlags(order, engine, report);
      reportEngineFlags(order, engine, report);
      reportPlainTcp(order, engine, report);
      progress(`Building with ${engine.title}: ${why}.`);
      return await work(engine);
    } finally {
      await engine.close?.();
    }
  } finally {
    stopListening();
  }
}

/** They configure a BuildKit that is ours; any other was configured by whoever started it. */
function reportRegistryFlags({ registryFlags }: EngineOrder, { name, title }: Engine, report: Report): void {
  if (name === "daemonless") return;
  for (const flag of registryFlags) {
    report(diagnose("engines/registry-flags", { flag, engine: title }, { file: flag }));
  }
}

/** A flag of another engine, whichever way this one was chosen. */
function reportEngineFlags({ engineFlags }: EngineOrder, { name, title }: Engine, report: Report): void {
  for (const { flag, engine } of engineFlags) {
    if (engine === name) continue;
    const values = {
      flag,
      reason: `the build runs on ${title}, and only the engine ${engine} uses this flag`,
      instead: `Leave it out, or choose the engine: \`--engine ${engine}\`.`,
    };
    report(diagnose("cli/flag-without-effect", values, { file: flag }));
  }
}

/** Who is between reads the source, the secrets and the registries' logins. */
function reportPlainTcp(order: EngineOrder, { name, openHosts }: Engine, report: Report): void {
  const hosts = openHosts.join(", ");
  if (hosts === "") return;
  const named = name === "buildx" ? order.buildx : order.buildkit;
  const usual = name === "buildx" ? "buildx" : "BUILDKIT_HOST";
  const file = named?.isFlag === true ? named.saidBy : usual;
  report(diagnose("engines/plain-tcp", { hosts, engine: name }, { file }));
}
