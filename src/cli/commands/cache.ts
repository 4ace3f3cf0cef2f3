import type { Border } from "../../files/border.ts";
import { CompileError, type Diagnostic } from "../../index.ts";
import {
  cacheOfDockerfile,
  exportCache,
  importCache,
  readCachePlace,
  requireOwnLinks,
  type TransferEnding,
  warnInside,
} from "../buildpack-cache.ts";
import { exitInterrupted, exitTemporary, exitUserError } from "../exit-code.ts";
import type { BuildFlags } from "../flags.ts";
import { withBuild } from "../open-build.ts";
import { readPlatforms } from "../options.ts";
import { requireCachePlace } from "../output-places.ts";
import type { CacheCall } from "../program.ts";
import type { Terminal } from "../terminal.ts";

/** `cache export`, `cache import`: an app's buildpack cache out of BuildKit, or into it. Out: the exit code. */
export async function cache(
  { action, place: text, source: argument }: CacheCall,
  flags: BuildFlags,
  terminal: Terminal,
): Promise<number> {
  const found: Diagnostic[] = [];
  const platforms = readPlatforms(flags.platform ?? [], found);
  const place = readCachePlace(text, text, found);
  if (found.length > 0) throw new CompileError(found);
  // A daemon that writes no archives exports no index either.
  const needsArchive = action === "export";
  const requirePlaces = (border: Border) => {
    if (action === "import") requireOwnLinks(place, border, "cache import");
    else requireCachePlace(place, border, text);
  };
  const wish = { argument, flags, platforms, tags: [], needsArchive, wantsSecrets: false, requirePlaces };
  return withBuild(wish, terminal, async (opened) => {
    const { engine, request, border, kind, source } = opened;
    if (kind === "dockerfile") throw cacheOfDockerfile(request.file.name);
    const transfer = { engine, request, border, isDryRun: flags.dryRun ?? false, terminal };
    if (action === "import") return exitCodeOf(await importCache(transfer, place));
    warnInside(place, source.directory, border, terminal);
    return exitCodeOf(await exportCache(transfer, place));
  });
}

function exitCodeOf(ending: TransferEnding): number {
  switch (ending) {
    case "done":
      return 0;
    case "failed":
      return exitUserError;
    case "unavailable":
      return exitTemporary;
    case "interrupted":
      return exitInterrupted;
  }
}
