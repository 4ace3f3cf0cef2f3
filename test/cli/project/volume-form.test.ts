import { expect, it } from "vitest";
import { parseVolume } from "../../../src/cli/project/volume-form.ts";

const location = { file: "--volume" };
const directory = (target: string) => ({ kind: "directory", target, location });
const cache = (name: string, target: string) => ({ kind: "cache", name, target, location });

it.each([
  ["./data:/opt/data", { kind: "handed", directory: "./data", volume: directory("/opt/data") }],
  ["data:/opt/data/:ro", { kind: "handed", directory: "data", volume: directory("/opt/data") }],
  ["m2:/home/cnb/.m2:rw", { kind: "handed", volume: cache("m2", "/home/cnb/.m2") }],
  ["bindings:/platform/bindings", { kind: "bindings", directory: "bindings" }],
  ["db:/platform/bindings/db:ro", { kind: "bindings", directory: "db", name: "db" }],
  [
    "/etc/pki:/platform/bindings/trust:ro,public",
    { kind: "handed", directory: "/etc/pki", volume: directory("/platform/bindings/trust") },
  ],
])("reads %s", (text, form) => {
  expect(parseVolume(text)).toEqual(form);
});

it.each([
  ["data", "it is not written as DIRECTORY:TARGET[:ro]"],
  [":/opt/data", "it is not written as DIRECTORY:TARGET[:ro]"],
  ["a:/b:ro:c", "it is not written as DIRECTORY:TARGET[:ro]"],
  ["a:/b:z", 'there is no option "z"'],
  ["./m2:/home/cnb/.m2:rw", "a build cannot write to your directories"],
  ["/home/me/.m2:/home/cnb/.m2:rw", "a build cannot write to your directories"],
  ["db:/platform/bindings/db:rw", "a binding is read-only"],
  ["all:/platform/bindings:public", "a public binding needs a name"],
])("refuses %s", (text, reason) => {
  expect(parseVolume(text)).toEqual({ kind: "refused", reason });
});
