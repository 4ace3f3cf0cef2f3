/** What buildpacks find at a path that is none of the lifecycle's. */
export type VolumePlan =
  /** Read-only, in detect and build. */
  | { readonly kind: "directory"; readonly context: VolumeContext; readonly target: string }
  /** Filled by buildpacks, for the next build of the same app, scope and platform. */
  | { readonly kind: "cache"; readonly name: string; readonly target: string };

/** Name of the context that brings a directory, counted from 1. */
export type VolumeContext = `volume-${number}`;
