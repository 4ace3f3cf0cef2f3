import { expect, it } from "vitest";
import { withPrivateBuildkit } from "../../src/private-buildkit/private-buildkit.ts";
import { temporaryDirectory } from "../helpers/directory.ts";
import { faultsOfAsync } from "../helpers/errors.ts";

it("is refused where there is no Linux", async () => {
  const real = Object.getOwnPropertyDescriptor(process, "platform") ?? {};
  Object.defineProperty(process, "platform", { ...real, value: "darwin" });
  try {
    const request = { stateDirectory: temporaryDirectory(), report: () => {}, say: () => {} };
    const { faults } = await faultsOfAsync(withPrivateBuildkit(request, () => Promise.resolve()));
    expect(faults).toMatchObject([{ code: "engines/not-linux" }]);
    expect(faults[0]?.message).toBe("BuildKit runs on Linux, but this is darwin.");
  } finally {
    Object.defineProperty(process, "platform", real);
  }
});
