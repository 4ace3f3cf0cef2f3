import { describe, expect, it } from "vitest";
import { readDescriptor } from "../../src/descriptor/descriptor.ts";
import type { BuildpackEntry } from "../../src/descriptor/project-descriptor.ts";
import type { CompileOptions } from "../../src/plan/options.ts";
import { chooseEntries } from "../../src/plan/order/entries.ts";
import { optionsOf } from "../helpers/plan.ts";

const declared = (...lists: string[]) => {
  const text = ['[_]\nschema-version = "0.3"', ...lists].join("\n");
  return readDescriptor({ file: "project.toml", text }, () => {});
};
const group = '[[io.buildpacks.group]]\nid = "group"';
const pre = '[[io.buildpacks.pre.group]]\nid = "pre"';
const post = '[[io.buildpacks.post.group]]\nid = "post"';

function chosen(descriptor: ReturnType<typeof declared> | undefined, options: Partial<CompileOptions>) {
  const name = (entry: BuildpackEntry) => (entry.kind === "uri" ? entry.uri : entry.id);
  const entries = chooseEntries(descriptor, optionsOf(options));
  return Object.entries(entries)
    .filter(([list, own]) => list !== "extensions" || own.length > 0)
    .map(([list, own]: [string, BuildpackEntry[]]) => `${list}: ${own.map(name)}`);
}

it("has image extensions of flags beside all others", () => {
  const options = { extensions: ["b", "a"], buildpacks: ["x"] };
  expect(chosen(declared(group, pre), options)).toEqual(["group: x", "pre: ", "post: ", "extensions: b,a"]);
  expect(chosen(declared(pre), { extensions: ["b"] })).toEqual([
    ...["group: ", "pre: pre", "post: ", "extensions: b"],
  ]);
});

describe("buildpacks of flags", () => {
  it("are the group, in their order, each with its flag for messages", () => {
    expect(chosen(undefined, { buildpacks: ["b", "a"] })).toEqual(["group: b,a", "pre: ", "post: "]);
    expect(chooseEntries(undefined, optionsOf({ buildpacks: ["b"] })).group).toEqual([
      { kind: "uri", uri: "b", isOption: true, location: { file: "--buildpack" } },
    ]);
  });

  it("take the place of the descriptor's group", () => {
    expect(chosen(declared(group), { buildpacks: ["flag"] })).toEqual(["group: flag", "pre: ", "post: "]);
  });

  it("take the place of the descriptor's pre and post, each of its own", () => {
    const descriptor = declared(pre, post);
    const before = { preBuildpacks: ["flag"] };
    const after = { postBuildpacks: ["flag"] };
    expect(chosen(descriptor, before)).toEqual(["group: ", "pre: flag", "post: post"]);
    expect(chosen(descriptor, after)).toEqual(["group: ", "pre: pre", "post: flag"]);
  });

  it("do not go around a group, whoever names it", () => {
    const around = { preBuildpacks: ["x"], postBuildpacks: ["y"] };
    expect(chosen(declared(group), around)).toEqual(["group: group", "pre: ", "post: "]);
    expect(chosen(undefined, { ...around, buildpacks: ["flag"] })).toEqual([
      "group: flag",
      "pre: ",
      "post: ",
    ]);
    expect(chosen(declared(pre, post), { buildpacks: ["flag"] })).toEqual(["group: flag", "pre: ", "post: "]);
  });
});

it("a uri that is handed over is that of whoever builds, at the descriptor's key", () => {
  const uri = '[[io.buildpacks.group]]\nuri = "../acme"';
  const handedUris = new Map([["../acme", "context://local-buildpack-1"]]);
  expect(chooseEntries(declared(uri, group), optionsOf({ handedUris })).group).toMatchObject([
    {
      ...{ kind: "uri", uri: "context://local-buildpack-1", isOption: true },
      location: { keyPath: "io.buildpacks.group[0].uri" },
    },
    { kind: "named", id: "group" },
  ]);
  expect(chosen(declared(uri), { handedUris: new Map([["../other", "x"]]) })[0]).toBe("group: ../acme");
});

describe("an entry for some execution environments", () => {
  const bound = (list: string) => declared(`${group}\nexec-env = ${list}`);

  it.each([
    ['["production"]', undefined, "group: group"],
    ['["test"]', undefined, "group: "],
    ['["test"]', "test", "group: group"],
    ['["*"]', "test", "group: group"],
    ["[]", "test", "group: group"],
  ])("takes part or not: %s in %s", (list, execEnv, expected) => {
    expect(chosen(bound(list), execEnv === undefined ? {} : { execEnv })[0]).toBe(expected);
  });

  it("leaves pre and post in force where no entry of the group takes part", () => {
    expect(chosen(declared(`${group}\nexec-env = ["test"]`, pre), {})).toEqual([
      "group: ",
      "pre: pre",
      "post: ",
    ]);
  });
});
