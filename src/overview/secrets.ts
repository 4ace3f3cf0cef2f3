import type { LifecyclePlan } from "../plan/lifecycle-plan.ts";
import type { OverviewPhase } from "./phases.ts";

/** What whoever builds hands over, and no layer keeps. */
export interface OverviewSecret {
  readonly kind: "variable" | "binding" | "ca-certificates" | "ssh-agent";
  readonly id: string;
  /** Where the phases see it; absolute. */
  readonly target: string;
  /** Phases that see it. */
  readonly phases: readonly string[];
  /** Options of `docker buildx build`, each a word; FILE stands for a file of yours. */
  readonly offer: readonly string[];
}

/** Declared secrets, bindings, CA certificates and the ssh agent, with what the build has to be told for each. */
export function overviewSecrets(
  { secrets, ssh }: LifecyclePlan,
  phases: readonly OverviewPhase[],
): OverviewSecret[] {
  const seenBy = (target: string) =>
    phases.flatMap((phase) =>
      phase.runs && phase.mounts.some((mount) => mount.target === target) ? [phase.name] : [],
    );
  return [
    ...secrets.map(({ id, target }): OverviewSecret => {
      const kind = kindOf(target);
      const source = kind === "variable" ? `env=${id}` : "src=FILE";
      return { kind, id, target, phases: seenBy(target), offer: ["--secret", `id=${id},${source}`] };
    }),
    ...(ssh === undefined
      ? []
      : [
          {
            kind: "ssh-agent" as const,
            id: ssh.id,
            target: ssh.target,
            phases: seenBy(ssh.target),
            offer: ["--ssh", ssh.id],
          },
        ]),
  ];
}

/** Source: CNB platform spec, "User-Provided Variables" and "Bindings". */
function kindOf(target: string): "variable" | "binding" | "ca-certificates" {
  if (target.startsWith("/platform/env/")) return "variable";
  return target.startsWith("/platform/bindings/") ? "binding" : "ca-certificates";
}
