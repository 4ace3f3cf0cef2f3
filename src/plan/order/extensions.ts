import type { BuilderMetadata } from "../../builder/builder.ts";
import type { Order } from "../../builder/buildpack-info.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic } from "../../diagnostics/diagnostic.ts";
import { agreed } from "../images.ts";
import type { ExtensionsPlan } from "../lifecycle-plan.ts";
import { atLeast } from "../platform/platform-api.ts";
import { fillVersion } from "./order.ts";

interface ExtensionsRequest {
  readonly builders: readonly BuilderMetadata[];
  /** The builder's name, for messages. */
  readonly builder: string;
  readonly platformApi: string;
  /** Whether our frontend builds what is made of the plan. */
  readonly appliedByFrontend: boolean;
}

/**
 * The builder's image extensions. Undefined: it tries none. Throws CompileError where nobody would apply them: their Dockerfiles exist
 * only after detection, so a file made beforehand would leave them out without a word.
 */
export function planExtensions(request: ExtensionsRequest): ExtensionsPlan | undefined {
  const { builders, builder, platformApi, appliedByFrontend } = request;
  const order = agreed("order of image extensions", builders, builder, (own) => orderOf(own, builder));
  if (order.length === 0) return undefined;
  if (!appliedByFrontend) {
    const ids = [...new Set(order.flatMap((group) => group.map(({ id }) => id)))];
    throw new CompileError([diagnose("plan/extensions-and-file", { builder, ids }, { file: builder })]);
  }
  return {
    order,
    runImages: agreed("run images", builders, builder, ({ runImages }) => runImages),
    areExperimental: !atLeast(platformApi, "0.13"),
  };
}

function orderOf({ extensionOrder, extensions }: BuilderMetadata, builder: string): Order {
  const found: Diagnostic[] = [];
  const order = extensionOrder.map((group) =>
    group.map((entry) => fillVersion(entry, extensions, { file: builder }, found)),
  );
  if (found.length > 0) throw new CompileError(found);
  return order;
}
