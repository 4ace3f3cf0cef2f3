import { appDirectory, layersDirectory, lifecycleDirectory } from "../paths.ts";
import type { Mount } from "../stage.ts";

/** What the `build` stage left, mounted read-only where it was. */
export const buildOutput: readonly Mount[] = [layersDirectory, appDirectory].map((directory) => ({
  kind: "bind",
  from: "build",
  source: directory,
  target: directory,
}));

/** The lifecycle as the builder image has it: in `build`, a buildpack that became root may have put another in its place. */
export const lifecycleMount: Mount = {
  kind: "bind",
  from: "builder",
  source: lifecycleDirectory,
  target: lifecycleDirectory,
};
