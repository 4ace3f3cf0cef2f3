import { CompileError } from "../../diagnostics/diagnostic.ts";
import { assumedBuildkit, findBuildkit } from "../../engines/clients/find-buildkit.ts";
import type { Search } from "../../engines/engine.ts";
import type { Platform } from "../../image/platform.ts";
import {
  type PrivateBuildkit,
  type PrivateBuildkitRequest,
  planPrivateBuildkit,
  withPrivateBuildkit,
} from "../../private-buildkit/private-buildkit.ts";

/**
 * Starts a BuildKit for this build; closing the engine ends it. In: whether why it cannot be had is thrown, with every
 * way to mend it, since nobody else will be asked.
 */
export async function findDaemonless(request: PrivateBuildkitRequest, isLast: boolean): Promise<Search> {
  const ready = Promise.withResolvers<PrivateBuildkit>();
  const work = Promise.withResolvers<void>();
  const ended = withPrivateBuildkit(request, (buildkit) => {
    ready.resolve(buildkit);
    return work.promise;
  });
  ended.catch(ready.reject);
  const close = () => {
    work.resolve();
    return ended;
  };
  try {
    const { address, buildctl } = await ready.promise;
    const search = await findBuildkit(buildctl, { address }, "daemonless");
    if (search.kind === "found") return { kind: "found", engine: { ...search.engine, close } };
    await close();
    return search;
  } catch (error) {
    if (isLast) throw error;
    return lackOf(error);
  }
}

/** The BuildKit that `findDaemonless` would start, which is not started. In: the platforms that it is to have. */
export async function planDaemonless(
  request: PrivateBuildkitRequest,
  platforms: readonly Platform[],
  isLast: boolean,
): Promise<Search> {
  try {
    const { address, buildctl } = await planPrivateBuildkit(request);
    return { kind: "found", engine: assumedBuildkit(buildctl, { address }, "daemonless", platforms) };
  } catch (error) {
    if (isLast) throw error;
    return lackOf(error);
  }
}

/** What the machine lacks, for the list of all engines that were tried. Throws any other error. */
function lackOf(error: unknown): Search {
  if (!(error instanceof CompileError)) throw error;
  const { diagnostics } = error;
  const texts = (list: readonly (string | undefined)[]) =>
    list.flatMap((text) => (text === undefined ? [] : [text.replace(/\.$/, "")])).join("; ");
  return {
    kind: "missing",
    reason: texts(diagnostics.map(({ message }) => message)),
    remedy: texts(diagnostics.map(({ hint }) => hint)),
  };
}
