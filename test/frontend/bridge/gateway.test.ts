import { Code, ConnectError } from "@connectrpc/connect";
import { expect, it } from "vitest";
import { Gateway } from "../../../frontend/bridge/gateway.ts";
import { stdioTransport } from "../../../frontend/bridge/stdio-transport.ts";
import { definitionFor, local } from "../../../frontend/graph/llb.ts";
import { type FakeScript, fakeBuildkit } from "../../helpers/fake-buildkit.ts";

const directory = definitionFor(
  local("dockerfile", { sessionId: "session", sharedKeyHint: "hint" }, "load the files"),
);

function connect(script: FakeScript) {
  const fake = fakeBuildkit(script);
  return { fake, gateway: new Gateway(stdioTransport(fake.input, fake.output)) };
}

it("solves a graph and reads a file of what came of it", async () => {
  const { fake, gateway } = connect({ directories: { dockerfile: { "project.toml": "[_]\n" } } });
  const ref = await gateway.solveGraph(directory, true);
  expect(Buffer.from(await gateway.readFile(ref, "project.toml")).toString()).toBe("[_]\n");
  expect(fake.solved).toMatchObject([{ evaluate: true, allowResultReturn: true, allowResultArrayRef: true }]);
});

it("tells a missing file from a failed reading", async () => {
  const { gateway } = connect({
    directories: { dockerfile: {} },
    readFile: ({ filePath }) =>
      filePath === "locked"
        ? Promise.reject(new ConnectError("input/output error", Code.Unknown))
        : undefined,
  });
  const ref = await gateway.solveGraph(directory, true);
  expect(await gateway.readFileIfAny(ref, "missing")).toBeUndefined();
  await expect(gateway.readFileIfAny(ref, "locked")).rejects.toThrow("input/output error");
});

it("names the caches in every Solve", async () => {
  const imports = [{ type: "registry", attrs: { ref: "r.example/cache" } }];
  const { fake, gateway } = connect({ directories: { dockerfile: {} } });
  gateway.useCaches(imports);
  await gateway.solveGraph(directory, false);
  expect(fake.solved[0]?.cacheImports).toMatchObject(imports);
});

it.each([
  ["a map of Refs", { result: { case: "refs" as const, value: {} } }, "BuildKit answered a graph with refs"],
  ["no Ref", {}, "BuildKit answered a graph with nothing"],
])("does not take %s for the result of one graph", async (_, answer, message) => {
  const { gateway } = connect({ solve: () => answer });
  await expect(gateway.solveGraph(directory, false)).rejects.toThrow(message);
});

it("waits for nobody once the connection has ended: neither in a call nor in the next", async () => {
  const { fake, gateway } = connect({ solve: () => new Promise(() => undefined) });
  await gateway.ping();
  const solving = gateway.solveGraph(directory, true);
  setTimeout(fake.hangUp, 20);
  await expect(solving).rejects.toThrow(ConnectError);
  await expect(gateway.ping()).rejects.toThrow(ConnectError);
});
