import { ConnectError } from "@connectrpc/connect";
import * as v from "valibot";
import type { GeneratedDockerfile } from "../../src/contract/generated-dockerfile.ts";
import { diagnose } from "../../src/diagnostics/diagnose.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { formatPlatform, type Platform } from "../../src/image/platform.ts";
import { statusOf } from "../bridge/gateway.ts";
import { ExplainedFailure } from "../failures/failure.ts";
import type { State } from "../graph/llb.ts";

/** Detail in which BuildKit names the operation that failed. */
const vertexDetail = "errdefs.Vertex+json";
const vertexSchema = v.object({ digest: v.string() });

/** Operations of image extensions, to tell whose failed. */
export class ExtensionSteps {
  readonly #steps = new Map<
    string,
    { readonly dockerfile: GeneratedDockerfile; readonly platform: Platform }
  >();

  /** In: the file system before a Dockerfile, and the one that it makes. */
  add(
    dockerfile: GeneratedDockerfile,
    platform: Platform,
    before: State | undefined,
    after: State | undefined,
  ): void {
    for (const digest of after?.operations.keys() ?? []) {
      if (before?.operations.has(digest) !== true) this.#steps.set(digest, { dockerfile, platform });
    }
  }

  /** The same error, with the extension of which a step failed. */
  explain(error: unknown): unknown {
    if (!(error instanceof ConnectError)) return error;
    const diagnostic = this.#failureOf(error);
    return diagnostic === undefined ? error : new ExplainedFailure(error, [diagnostic]);
  }

  /** Undefined: something else failed. */
  #failureOf(error: ConnectError): Diagnostic | undefined {
    const detail = statusOf(error).details.find(({ typeUrl }) => typeUrl.endsWith(vertexDetail));
    const read = detail && v.safeParse(vertexSchema, JSON.parse(Buffer.from(detail.value).toString()));
    const step = read?.success ? this.#steps.get(read.output.digest) : undefined;
    if (step === undefined) return undefined;
    const { id, kind } = step.dockerfile;
    return diagnose("frontend/extension-failed", { id, kind, platform: formatPlatform(step.platform) });
  }
}
