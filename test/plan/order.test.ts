import { describe, expect, it } from "vitest";
import { readDescriptor } from "../../src/descriptor/descriptor.ts";
import { gatherModules } from "../../src/modules/gather.ts";
import { allEntries, chooseEntries, inlineBuildpacks } from "../../src/plan/order/entries.ts";
import { allBuildpacks, planOrder } from "../../src/plan/order/order.ts";
import { type BuilderParts, builder, orderLines } from "../helpers/builders.ts";
import { faultsOfAsync } from "../helpers/errors.ts";
import { fakeImages } from "../helpers/images.ts";
import { modulesFromFile } from "../helpers/modules.ts";
import { optionsOf } from "../helpers/plan.ts";

// The test builder's order is: a/one@1.0.0 a/three@3.0.0? | a/two@2.0.0; it has a/two in 2.0.0 and 2.1.0.

/** A descriptor with entries written `id`, `id@version`, `=uri` or `id!` (an inline script). */
function descriptor(lists: { group?: string[]; pre?: string[]; post?: string[] }) {
  const entry = (text: string) => {
    const [id = "", version] = text.replace("!", "").split("@");
    if (text.startsWith("=")) return `uri = "${text.slice(1)}"`;
    const script = text.endsWith("!") ? '\nscript = { api = "0.10", inline = "x" }' : "";
    return `id = "${id}"${version === undefined ? "" : `\nversion = "${version}"`}${script}`;
  };
  const list = (name: string, entries: string[] = []) =>
    entries.map((text) => `[[io.buildpacks.${name}]]\n${entry(text)}\n`).join("");
  const text = `[_]\nschema-version = "0.2"\n${list("group", lists.group)}${list("pre.group", lists.pre)}${list("post.group", lists.post)}`;
  return readDescriptor({ file: "project.toml", text }, () => {});
}
async function planned(lists: Parameters<typeof descriptor>[0], parts?: BuilderParts) {
  const own = builder(parts);
  const chosen = chooseEntries(descriptor(lists), optionsOf());
  const gathered = await gatherModules(
    { entries: allEntries(chosen), base: "", builders: [own], platforms: [own.platform] },
    { images: fakeImages([]), modules: modulesFromFile(undefined) },
  );
  return orderLines(
    planOrder(chosen, gathered, own, allBuildpacks(own, gathered, chosen), "acme/builder:24"),
  );
}

describe("the order", () => {
  it("is the builder's own where the project names no buildpack", async () => {
    expect(await planned({})).toBeUndefined();
  });

  it("is one group of what the project names, none of it optional", async () => {
    expect(await planned({ group: ["a/three", "a/one"] })).toEqual(["a/three@3.0.0 a/one@1.0.0"]);
  });

  it("takes the version that is named", async () => {
    expect(await planned({ group: ["a/two@2.1.0"] })).toEqual(["a/two@2.1.0"]);
  });

  it("has the builder's whole order where `from=builder` stands, with the rest around each group", async () => {
    expect(await planned({ group: ["a/three", "=from=builder", "a/one"] })).toEqual([
      "a/three@3.0.0 a/one@1.0.0 a/three@3.0.0? a/one@1.0.0",
      "a/three@3.0.0 a/two@2.0.0 a/one@1.0.0",
    ]);
  });

  it.each(["=urn:cnb:builder:a/two@2.1.0", "=from=builder:a/two@2.1.0"])(
    "finds %s on the builder",
    async (entry) => {
      expect(await planned({ group: [entry] })).toEqual(["a/two@2.1.0"]);
    },
  );

  it("has pre in front of each group of the builder, the last one first, as pack does", async () => {
    expect(await planned({ pre: ["x/a!", "x/b!"] })).toEqual([
      "x/b@0.0.0 x/a@0.0.0 a/one@1.0.0 a/three@3.0.0?",
      "x/b@0.0.0 x/a@0.0.0 a/two@2.0.0",
    ]);
  });

  it("has post behind each group of the builder, in order", async () => {
    expect(await planned({ post: ["x/a!", "x/b!"] })).toEqual([
      "a/one@1.0.0 a/three@3.0.0? x/a@0.0.0 x/b@0.0.0",
      "a/two@2.0.0 x/a@0.0.0 x/b@0.0.0",
    ]);
  });

  it("leaves pre and post out where a group is declared", async () => {
    expect(await planned({ group: ["a/one"], pre: ["no/such"], post: ["x/a!"] })).toEqual(["a/one@1.0.0"]);
  });

  it("gets the versions that the builder's own order leaves out", async () => {
    const labels = { "io.buildpacks.buildpack.order": [{ group: [{ id: "a/one", optional: true }] }] };
    expect(await planned({ post: ["a/three"] }, { labels })).toEqual(["a/one@1.0.0? a/three@3.0.0"]);
  });
});

describe("an order cannot be made", () => {
  const faults = async (lists: Parameters<typeof descriptor>[0]) =>
    (await faultsOfAsync(planned(lists))).faults.map(({ code, location }) => [code, location?.keyPath]);

  it("of a buildpack that the builder lacks; a near name is proposed", async () => {
    const {
      faults: [fault],
    } = await faultsOfAsync(planned({ group: ["a/thre"] }));
    expect(fault).toMatchObject({ code: "plan/buildpack-unknown", hint: "Did you mean `a/three`?" });
  });

  it("of a version that the builder lacks", async () => {
    expect(await faults({ group: ["a/one@9"] })).toEqual([
      ["plan/buildpack-version-unknown", "io.buildpacks.group[0].id"],
    ]);
  });

  it("where the builder has several versions and none is named", async () => {
    expect(await faults({ group: ["a/two"] })).toEqual([
      ["plan/buildpack-version-open", "io.buildpacks.group[0].id"],
    ]);
  });

  it("with the builder's order in it twice", async () => {
    expect(await faults({ group: ["=from=builder", "=from=builder"] })).toEqual([
      ["plan/builder-order-twice", "io.buildpacks.group[1].uri"],
    ]);
  });

  it.each([
    ["=docker://acme/extra", "plan/image-not-found"],
    ["=./local", "modules/not-found"],
    ["=../local", "modules/outside-project"],
    ["=/local", "modules/outside-project"],
    ["=urn:cnb:registry:a/b", "modules/not-registered"],
    ["=https://a.example/b.tgz", "modules/not-found"],
    ["=urn:cnb:builder:", "modules/bad-locator"],
    ["=ftp://a.example/b.tgz", "modules/unknown-scheme"],
  ])("of %s where there is no such thing", async (entry, code) => {
    expect(await faults({ group: [entry] })).toEqual([[code, "io.buildpacks.group[0].uri"]]);
  });

  it("and everything wrong is told, each thing once though it stands in several groups", async () => {
    expect(await faults({ pre: ["no/one"], post: ["no/two"] })).toEqual([
      ["plan/buildpack-unknown", "io.buildpacks.pre.group[0].id"],
      ["plan/buildpack-unknown", "io.buildpacks.post.group[0].id"],
    ]);
  });
});

describe("scripts that become buildpacks", () => {
  const ids = (lists: Parameters<typeof descriptor>[0]) =>
    inlineBuildpacks(chooseEntries(descriptor(lists), optionsOf())).map(({ id }) => id);

  it("are those of the group", () => {
    expect(ids({ group: ["a/one", "x/a!"], pre: ["x/b!"] })).toEqual(["x/a"]);
  });

  it("are those of pre and post where there is no group", () => {
    expect(ids({ pre: ["x/a!"], post: ["x/b!", "a/one"] })).toEqual(["x/a", "x/b"]);
  });

  it("are none without a descriptor", () => {
    expect(inlineBuildpacks(chooseEntries(undefined, optionsOf()))).toEqual([]);
  });
});
