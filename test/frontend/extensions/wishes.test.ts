import { describe, expect, it } from "vitest";
import { extensionWishes } from "../../../frontend/extensions/wishes.ts";
import { codesOf } from "../../helpers/errors.ts";
import { frontendOptions } from "../../helpers/frontend.ts";

const wishes = (values: Readonly<Record<string, string>>) => extensionWishes(frontendOptions(values));

it("without any, extensions are applied, with the network of other steps, from the cache", () => {
  expect(wishes({})).toEqual({ isRefused: false, hasNetwork: true, runsAgain: false });
});

it("are read from build arguments", () => {
  expect(
    wishes({
      "build-arg:CNB_EXTENSIONS_POLICY": "refuse",
      "build-arg:CNB_EXTENSIONS_NETWORK": "none",
      "build-arg:CNB_EXTENSION_BUILD_ID": "monday",
    }),
  ).toEqual({ isRefused: true, hasNetwork: false, runsAgain: false, nonce: "monday" });
});

describe("steps run again, with the build_id that they had,", () => {
  it.each(["", "extend", "build,Extend"])("under no-cache %j", (value) => {
    expect(wishes({ "no-cache": value })).toEqual({ isRefused: false, hasNetwork: true, runsAgain: true });
  });

  it("and not where another stage is named", () => {
    expect(wishes({ "no-cache": "build" })).toMatchObject({ runsAgain: false });
  });
});

it("an unknown policy or network is refused", () => {
  const values = { "build-arg:CNB_EXTENSIONS_POLICY": "deny", "build-arg:CNB_EXTENSIONS_NETWORK": "host" };
  expect(codesOf(() => wishes(values))).toEqual(["frontend/extension-policy", "frontend/extension-network"]);
});
