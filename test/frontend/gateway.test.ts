import { expect, it } from "vitest";
import { Gateway } from "../../frontend/gateway.ts";
import { definitionFor, local } from "../../frontend/llb.ts";
import { stdioTransport } from "../../frontend/stdio-transport.ts";
import { fakeBuildkit } from "../helpers/fake-buildkit.ts";

it("works", async () => {
  const fake = fakeBuildkit({ directories: { dockerfile: { "project.toml": "x" } } });
  const gateway = new Gateway(stdioTransport(fake.input, fake.output), []);
  expect((await gateway.ping()).workers[0]?.id).toBe("worker");
  const ref = await gateway.solveGraph(
    definitionFor(local("dockerfile", { sessionId: "s", sharedKeyHint: "x" }, "t")),
    true,
  );
  expect(Buffer.from(await gateway.readFile(ref, "project.toml")).toString()).toBe("x");
  expect(await gateway.readFileIfAny(ref, "project.tom")).toBeUndefined();
});
it("ends", async () => {
  const fake = fakeBuildkit({ solve: () => new Promise(() => {}) });
  const gateway = new Gateway(stdioTransport(fake.input, fake.output), []);
  await gateway.ping();
  const solving = gateway.solveGraph(
    definitionFor(local("dockerfile", { sessionId: "s", sharedKeyHint: "x" }, "t")),
    true,
  );
  setTimeout(fake.hangUp, 50);
  await solving.catch((e) => console.log("ERR", e));
  console.log("now 2");
  await gateway.ping().catch((e) => console.log("ERR2", e));
});
