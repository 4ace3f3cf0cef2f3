import type { Readable, Writable } from "node:stream";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Diagnostic } from "../src/diagnostics/diagnostic.ts";
import { Gateway } from "./bridge/gateway.ts";
import { stdioTransport } from "./bridge/stdio-transport.ts";
import type { ReturnRequestSchema } from "./generated/gateway_pb.js";
import { readFrontendOptions } from "./request/options.ts";
import type { BuildHost } from "./request/prepare.ts";
import { type ProjectSource, readProjectSource } from "./sources/project-source.ts";

/** The surroundings that BuildKit starts a frontend in. */
interface FrontendProcess {
  readonly env: NodeJS.ProcessEnv;
  /** BuildKit's; nothing else may read or write them. */
  readonly input: Readable;
  readonly output: Writable;
  /** Called with a line for the log of the machine that builds, where BuildKit itself cannot be told. */
  readonly log: (line: string) => void;
}

/** One call of the frontend. Out: the exit code; a build that failed was answered all the same, so it is 0. */
export async function serve({ env, input, output, log }: FrontendProcess): Promise<number> {
  const options = readFrontendOptions(env);
  const gateway = new Gateway(stdioTransport(input, output));
  const warnings: Promise<void>[] = [];
  let project: ProjectSource = {};
  const asked = gateway.ping();
  // Looked at later, and no fault of its own until then.
  asked.catch(() => undefined);
  // By then the first call is on its way.
  const loading = new Promise((resolve) => setImmediate(resolve)).then(() => import("./compiler.ts"));
  const answer = async (): Promise<MessageInitShape<typeof ReturnRequestSchema>> => {
    const { answerSubrequest, subrequestOf, build, failedBuildpacks, failureStatus, ...compiler } =
      await loading;
    const { readCacheImports, requireCapabilities, sendWarning } = compiler;
    try {
      const pong = await asked;
      requireCapabilities(pong);
      const report = (diagnostic: Diagnostic) =>
        void warnings.push(sendWarning(gateway, diagnostic, project.file));
      gateway.useCaches(readCacheImports(options));
      const host: BuildHost = { gateway, options, report, pong };
      const request = subrequestOf(options);
      project = await readProjectSource(gateway, options);
      return {
        result: await (request === undefined
          ? build(host, project)
          : answerSubrequest(request, host, project)),
      };
    } catch (error) {
      return { error: failureStatus(error, project.file, await failedBuildpacks(gateway, error)) };
    }
  };
  const answered = await answer();
  // The answer ends the call, and what is still on its way would be lost.
  await Promise.all(warnings);
  try {
    await gateway.return(answered);
    return 0;
  } catch (error) {
    log(`BuildKit did not take the answer: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}
