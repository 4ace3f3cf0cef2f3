import { expect, it } from "vitest";
import { type DeclaredVolume, parseVolumeItem, volumeItems } from "../../src/options/values/volumes.ts";
import { planVolumes } from "../../src/plan/platform/volumes.ts";
import { faultsOf } from "../helpers/errors.ts";

const location = { file: "--volume" };
const directory = (target: string): DeclaredVolume => ({ kind: "directory", target, location });
const cache = (name: string, target: string): DeclaredVolume => ({ kind: "cache", name, target, location });

it("counts the directories from 1, with caches between them", () => {
  expect(planVolumes([directory("/opt/a"), cache("m2", "/home/cnb/.m2"), directory("/opt/b")], [])).toEqual([
    { kind: "directory", context: "volume-1", target: "/opt/a" },
    { kind: "cache", name: "m2", target: "/home/cnb/.m2" },
    { kind: "directory", context: "volume-2", target: "/opt/b" },
  ]);
});

it.each([
  ...["/", "opt", "/opt/", "/a//b", "/opt/../cnb", "/opt/.", "/a b", "/a,b", "/a$b", "/a:b"],
  ...["/workspace", "/workspace/a", "/layers", "/cnb", "/cnb/lifecycle", "/platform", "/platform/env"],
  ...[
    "/platform/bindings",
    "/platform/bindings/a/b",
    "/proc",
    "/run/secrets/ca-cert",
    "/cache",
    "/cnb-dockerfile/native",
  ],
])("refuses a directory at %s", (target) => {
  expect(faultsOf(() => planVolumes([directory(target)], [])).map(({ code }) => code)).toEqual([
    "plan/volume-target",
  ]);
});

it("refuses two at one path, one with a binding's name, and a cache among the bindings", () => {
  const volumes = [
    directory("/opt/a"),
    cache("b", "/opt/a"),
    directory("/platform/bindings/db"),
    cache("c", "/platform/bindings/c"),
  ];
  expect(faultsOf(() => planVolumes(volumes, ["db"])).map(({ message }) => message.split(": ")[1])).toEqual([
    "another volume is there.",
    "a binding has this name.",
    "/platform is the build's own.",
  ]);
});

it("reads the items of the build argument that it writes", () => {
  const volumes = [directory("/opt/a"), cache("m2", "/home/cnb/.m2")];
  expect(volumeItems(volumes).map((text) => parseVolumeItem(text, location))).toEqual(volumes);
});

it.each(["m2:/home/cnb/.m2", "m2:/home/cnb/.m2:ro", "/host:/opt/a:rw", "a:b:c:rw", ":/a:rw"])(
  "takes %s for no item",
  (text) => {
    expect(parseVolumeItem(text, location)).toBeUndefined();
  },
);
