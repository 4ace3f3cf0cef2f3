import { CommanderError } from "commander";
import { expect, it } from "vitest";
import { usageFault } from "../../src/cli/usage.ts";

it("a fault of commander's that we have no words for is told in its own", () => {
  expect(usageFault(new CommanderError(1, "commander.other", "error: too odd"))).toMatchObject({
    code: "cli/wrong-use",
    message: "Usage error: too odd",
  });
});
