import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import type { AddedModule, EntryMeaning } from "../../src/modules/gathered-modules.ts";
import { chooseEntries } from "../../src/plan/order/entries.ts";
import { planExtensions } from "../../src/plan/order/extensions.ts";
import { planModules } from "../../src/plan/order/modules.ts";
import { builder } from "../helpers/builders.ts";
import { faultsOf } from "../helpers/errors.ts";
import { optionsOf } from "../helpers/plan.ts";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const held = {
  "e/one": { "1.0.0": { api: "0.10", layerDiffID: digest("1") } },
  "e/two": { "2.0.0": { api: "0.10" }, "2.1.0": { api: "0.10" } },
};
const own = (layers: object = held) =>
  builder({
    metadata: {
      lifecycle: {
        version: "0.21.0",
        apis: {
          platform: { deprecated: null, supported: ["0.14", "0.15"] },
          buildpack: { deprecated: null, supported: ["0.10"] },
        },
      },
    },
    labels: {
      "io.buildpacks.extension.layers": layers,
      "io.buildpacks.buildpack.order-extensions": [
        { group: [{ id: "e/two", version: "2.1.0" }, { id: "e/one" }] },
      ],
    },
  });

/** An extension at `./NAME`, with the id `e/NAME`. */
const added = (name: string, more: object = {}): AddedModule => ({
  content: { kind: "directory", path: name },
  buildpacks: [{ id: `e/${name}`, version: "1.0.0", api: "0.10", targets: [], order: [], ...more }],
  location: { file: "--extension" },
});

interface Given {
  /** `./NAME` for an added one, or an id. */
  readonly flags?: readonly string[];
  readonly extensions?: readonly AddedModule[];
  readonly layers?: object;
}

function planned({ flags = [], extensions = [], layers }: Given) {
  const entries = chooseEntries(undefined, optionsOf({ extensions: flags }));
  const meanings = new Map(
    entries.extensions.map((entry) => {
      const text = entry.kind === "uri" ? entry.uri : "";
      const [id = "", version = "1.0.0"] = text.replace("./", "e/").split("@");
      const meaning: EntryMeaning = {
        ...{ kind: "buildpack", id },
        ...(text.startsWith("./") || text.includes("@") ? { version } : {}),
      };
      return [entry, meaning] as const;
    }),
  );
  const gathered = { meanings, modules: [], extensions };
  const warnings: Diagnostic[] = [];
  const builders = [own(layers)];
  const platform = { os: "linux", architecture: "amd64" };
  const plan = planExtensions(
    {
      ...{ builders, builder: "acme/builder:24", entries, gathered },
      ...{ platformApi: "0.15", appliedByFrontend: true },
      runImages: [{ platform, target: platform, path: "/bin", user: "1002" }],
    },
    (warning) => warnings.push(warning),
  );
  const order = plan?.order.map((group) => group.map(({ id, version }) => `${id}@${version}`));
  return { order, warnings, modules: planModules(gathered, builders[0] ?? own()) };
}

describe("the order of image extensions", () => {
  it("is the builder's, with versions, where no flag names any", () => {
    expect(planned({}).order).toEqual([["e/two@2.1.0", "e/one@1.0.0"]]);
  });

  it("is one group of those of the flag, each in front of the ones before it", () => {
    const extensions = [added("own"), added("last")];
    const { order } = planned({ flags: ["./own", "e/one", "./last"], extensions });
    expect(order).toEqual([["e/last@1.0.0", "e/one@1.0.0", "e/own@1.0.0"]]);
  });

  it("wants a version where the builder has several", () => {
    expect(planned({ flags: ["e/two@2.0.0"] }).order).toEqual([["e/two@2.0.0"]]);
    const faults = faultsOf(() => planned({ flags: ["e/two"] }));
    expect(faults).toMatchObject([
      { code: "plan/buildpack-version-open", location: { file: "--extension" } },
    ]);
  });
});

describe("an added image extension", () => {
  it("takes the place of the builder's of the same name, unless it is the same", () => {
    const { modules } = planned({ flags: ["./one"], extensions: [added("one")] });
    expect(modules).toEqual([
      {
        ...{ content: { kind: "directory", path: "one" }, isExtension: true },
        buildpacks: [{ id: "e/one", version: "1.0.0", replaces: true }],
      },
    ]);
    const same = [added("one", { layerDigest: digest("1") })];
    expect(planned({ flags: ["./one"], extensions: same }).modules).toEqual([]);
  });

  it("brings its own API and targets", () => {
    const targets = [{ os: "linux", architecture: "arm64" }];
    const { warnings, order } = planned({ flags: ["./one"], extensions: [added("one", { targets })] });
    expect(warnings).toMatchObject([{ code: "plan/extension-platform", location: { file: "--extension" } }]);
    expect(order).toEqual([["e/one@1.0.0"]]);
    const faults = faultsOf(() => planned({ flags: ["./one"], extensions: [added("one", { api: "0.9" })] }));
    expect(faults).toMatchObject([
      { code: "plan/extension-api-unsupported", location: { file: "--extension" } },
    ]);
  });
});

it("an image extension of the builder that its lifecycle does not know is refused, as the lifecycle would", () => {
  const layers = { ...held, "e/one": { "1.0.0": { api: "0.99" } } };
  const faults = faultsOf(() => planned({ layers }));
  expect(faults).toMatchObject([
    { code: "plan/extension-api-unsupported", location: { file: "acme/builder:24" } },
  ]);
  // It is not in the order of the flag.
  expect(planned({ layers, flags: ["./own"], extensions: [added("own")] }).order).toEqual([["e/own@1.0.0"]]);
});
