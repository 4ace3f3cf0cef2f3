import { spawn } from "node:child_process";
import { CompileError, TemporaryError } from "../../../src/diagnostics/diagnostic.ts";
import { withPrivateBuildkit } from "../../../src/private-buildkit/private-buildkit.ts";
import type { RegistryOptions } from "../../../src/registry/options.ts";

// What the command line does with a private BuildKit, without everything else: one build by buildctl, ended by Ctrl-C.
// Arguments: the state directory, then buildctl's. Out: lines of JSON.
// DRIVER_REGISTRIES: the settings of registries in JSON, mirrors as pairs.
const [stateDirectory = "", ...words] = process.argv.slice(2);
const { mirrors, ...registries } = JSON.parse(
  process.env.DRIVER_REGISTRIES ?? '{"mirrors":[],"insecure":[]}',
) as Omit<RegistryOptions, "mirrors"> & { readonly mirrors: readonly [string, string][] };
const begin = performance.now();
const tell = (event: string, more: object = {}) =>
  process.stdout.write(`${JSON.stringify({ event, ms: Math.round(performance.now() - begin), ...more })}\n`);

const interrupt = new AbortController();
process.on("SIGINT", () => interrupt.abort(new Error("interrupted")));

try {
  await withPrivateBuildkit(
    {
      ...{
        stateDirectory,
        signal: interrupt.signal,
        registries: { ...registries, mirrors: new Map(mirrors) },
      },
      report: (warning) => tell("warning", { code: warning.code, line: warning.message }),
      say: (line) => tell("said", { line }),
    },
    async ({ address, buildctl }) => {
      tell("ready", { address });
      const client = spawn(buildctl, ["--addr", address, ...words], { stdio: ["ignore", 2, 2] });
      // The group's SIGINT reaches it as well; a second one would be too much.
      const exitCode = await new Promise<number | null>((resolve) => client.once("exit", resolve));
      interrupt.signal.throwIfAborted();
      tell("worked", { exitCode });
    },
  );
  tell("stopped");
} catch (error) {
  const diagnostics =
    error instanceof CompileError
      ? error.diagnostics
      : error instanceof TemporaryError
        ? [error.diagnostic]
        : [{ code: "", message: String(error) }];
  tell("fault", { diagnostics });
  process.exitCode = 1;
}
