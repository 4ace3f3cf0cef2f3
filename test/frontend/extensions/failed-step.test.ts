import { ConnectError } from "@connectrpc/connect";
import { expect, it } from "vitest";
import { ExtensionSteps } from "../../../frontend/extensions/failed-step.ts";
import { ExplainedFailure } from "../../../frontend/failures/failure.ts";
import { file, files } from "../../../frontend/graph/llb.ts";
import { connected } from "../../helpers/frontend.ts";

const base = file("/base", "", "base");
const result = files([{ path: "/result", content: "" }], "result", base);
const platform = { os: "linux", architecture: "arm64" };

/** What BuildKit says of an operation that failed. */
async function failureAt(digest: string): Promise<unknown> {
  const typeUrl = "github.com/moby/buildkit/errdefs.Vertex+json";
  const details = [{ typeUrl, value: Buffer.from(JSON.stringify({ digest })) }];
  const { gateway } = connected({ failure: () => ({ code: 2, message: "exit code: 1", details }) });
  return gateway
    .solveGraph({ $typeName: "pb.Definition", def: [], metadata: {} }, true)
    .catch((error) => error);
}

function known(): ExtensionSteps {
  const steps = new ExtensionSteps();
  const dockerfile = { id: "acme/curl", version: "1", kind: "run" as const, text: "", arguments: [] };
  steps.add(dockerfile, platform, base, result);
  return steps;
}

it("a step of an extension's Dockerfile is told by its extension", async () => {
  const explained = known().explain(await failureAt(result.digest));
  expect(explained).toBeInstanceOf(ExplainedFailure);
  expect(explained).toMatchObject({ diagnostics: [{ code: "frontend/extension-failed" }] });
  expect((explained as ExplainedFailure).diagnostics[0]?.message).toBe(
    "A step of run.Dockerfile of the image extension acme/curl failed (linux/arm64).",
  );
});

it("a step of the image below, or another fault, stays what it is", async () => {
  const failure = await failureAt(base.digest);
  expect(failure).toBeInstanceOf(ConnectError);
  for (const error of [failure, new Error("x")]) expect(known().explain(error)).toBe(error);
});
