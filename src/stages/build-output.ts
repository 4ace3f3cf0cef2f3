import { appDirectory, layersDirectory, lifecycleDirectory } from "./paths.ts";
import type { Mount } from "./stage.ts";

/** What the `build` stage left, mounted read-only where it was. */
export const buildOutput: readonly Mount[] = [layersDirectory, appDirectory, lifecycleDirectory].map(
  (directory) => ({
    kind: "bind",
    from: "build",
    source: directory,
    target: directory,
  }),
);
