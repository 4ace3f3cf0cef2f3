import { CompileError } from "../../diagnostics/diagnostic.ts";
import { type DeclaredVolume, volumeFaults } from "../../options/values/volumes.ts";
import type { VolumePlan } from "./volume-plan.ts";

/** Numbers the directories. In: names of bindings that are secrets. Throws CompileError with every target that is wrong. */
export function planVolumes(volumes: readonly DeclaredVolume[], bindings: readonly string[]): VolumePlan[] {
  const found = volumeFaults(volumes, bindings);
  if (found.length > 0) throw new CompileError(found);
  let directories = 0;
  return volumes.map(
    (volume): VolumePlan =>
      volume.kind === "cache"
        ? { kind: "cache", name: volume.name, target: volume.target }
        : { kind: "directory", context: `volume-${++directories}`, target: volume.target },
  );
}
