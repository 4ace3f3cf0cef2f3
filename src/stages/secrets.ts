import { secretsVersionArgument } from "../options/step-variables.ts";
import type { LifecyclePlan } from "../plan/lifecycle-plan.ts";
import type { ArgInstruction, Mount } from "./stage.ts";

/** What detect and build alone may see. */
export function secretMounts({ secrets, user }: LifecyclePlan): Mount[] {
  return secrets.map(({ joined, ...secret }) => ({ kind: "secret", ...secret, owner: user }));
}

/**
 * The argument by which a changed secret makes the phases that see it run again: BuildKit's cache keys know a secret's id and
 * not its value. A CA bundle is left out, since it decides who is trusted and not what is built.
 */
export function secretArguments({ secrets }: LifecyclePlan): ArgInstruction[] {
  return secrets.every(({ joined }) => joined !== undefined)
    ? []
    : [{ kind: "arg", name: secretsVersionArgument }];
}
