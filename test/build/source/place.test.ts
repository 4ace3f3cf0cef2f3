import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { addressPlace, directoryPlace } from "../../../src/build/source/place.ts";
import type { Source } from "../../../src/build/source/source.ts";
import { withRevision } from "../../../src/build/source/with-revision.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";

describe("the place of a source", () => {
  it("is that of a directory by its real path, which nothing shows", () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, "shop"));
    symlinkSync("shop", join(directory, "link"));
    const place = directoryPlace(join(directory, "shop"));
    expect(place).toMatch(/^directory:[0-9a-f]{32}$/);
    expect(directoryPlace(join(directory, "link"))).toBe(place);
    expect(directoryPlace(directory)).not.toBe(place);
  });

  it("is that of an archive by its address, whatever token the address has", () => {
    const of = (text: string) => addressPlace(new URL(text));
    const place = of("https://files.example/shop.tgz");
    expect(place).toMatch(/^archive:[0-9a-f]{32}$/);
    expect(of("https://robot:hunter2@files.example/shop.tgz?token=s3cret#x")).toBe(place);
    expect(of("https://files.example/other.tgz")).not.toBe(place);
    expect(of("https://files.example:8443/shop.tgz")).not.toBe(place);
    expect(of("http://files.example/shop.tgz")).not.toBe(place);
  });
});

describe("a source of which the builder container's user says the repository", () => {
  const source: Source = {
    directory: "/source",
    name: "source",
    isFetched: false,
    place: "x",
    remove: () => {},
  };
  const clone = { ...source, git: { remote: "https://git.example/mallory/shop", subdirectory: "web" } };

  it("is of that one, whatever its own clone says", () => {
    const remote = "https://git.example/acme/shop";
    expect(withRevision(clone, { remote }).git).toEqual({ remote, subdirectory: "web" });
    expect(withRevision(source, { remote }).git).toEqual({ remote, subdirectory: "" });
  });

  it("is of its clone, or of none, where the user says nothing", () => {
    expect(withRevision(clone, {}).git).toEqual(clone.git);
    expect(withRevision(source, {}).git).toBeUndefined();
  });

  it("has no place by its path, which is the same for every source there", () => {
    expect(withRevision(source, {}).place).toBeUndefined();
  });
});
