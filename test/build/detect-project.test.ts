import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readDetection } from "../../src/build/detect-project.ts";
import { formatDetection } from "../../src/contract/detection.ts";
import { temporaryDirectory } from "../helpers/directory.ts";
import { codesOf } from "../helpers/errors.ts";

const detection = { version: 1 as const, exitCode: 20, log: "fail: a@1\n", isCut: false };

it("reads what our program wrote", () => {
  const path = join(temporaryDirectory(), "detection.json");
  writeFileSync(path, formatDetection(detection));
  expect(readDetection(path, "linux/amd64")).toEqual(detection);
});

it("reads nothing else that a buildpack put there", () => {
  const directory = temporaryDirectory();
  const whole = join(directory, "whole.json");
  writeFileSync(whole, formatDetection(detection));
  symlinkSync(whole, join(directory, "link.json"));
  mkdirSync(join(directory, "directory.json"));
  writeFileSync(join(directory, "text.json"), "x");
  writeFileSync(join(directory, "other.json"), JSON.stringify({ ...detection, exitCode: "0" }));
  for (const name of ["link", "directory", "text", "other", "absent"]) {
    const read = () => readDetection(join(directory, `${name}.json`), "linux/amd64");
    expect(codesOf(read), name).toEqual(["cli/detection-unreadable"]);
  }
});
