import { describe, expect, it } from "vitest";
import type { ResolvedImage } from "../../src/image/image-source.ts";
import { type Platform, parsePlatform } from "../../src/image/platform.ts";
import { formatReference, parseReference } from "../../src/image/reference.ts";
import { agreed, chooseBuilder, choosePlatforms, chooseRunImage, requireAny } from "../../src/plan/images.ts";
import type { CompileOptions } from "../../src/plan/options.ts";
import { builder } from "../helpers/builders.ts";
import { codesOf, faultsOf } from "../helpers/errors.ts";
import { descriptorOf, optionsOf } from "../helpers/plan.ts";

const options = optionsOf;
const descriptor = (reference?: string) =>
  descriptorOf(reference === undefined ? {} : { builder: { reference, keyPath: "io.buildpacks.builder" } });
const platforms = (...texts: string[]): Platform[] => texts.flatMap((text) => parsePlatform(text) ?? []);

/** What a registry answers about an image that is there for `has`, of which `asked` were asked for. */
function image(name: string, has: string[], asked = has): ResolvedImage {
  const reference = parseReference(name);
  if (reference === undefined) throw new Error(name);
  const config = { env: [], user: "", labels: {} };
  const images = platforms(...has.filter((platform) => asked.includes(platform))).map((platform) => ({
    platform,
    config: { ...config, ...platform },
  }));
  return { reference, digest: "sha256:0", available: platforms(...has), images };
}

describe("the builder", () => {
  it("is the option's before the descriptor's", () => {
    expect(formatReference(chooseBuilder(descriptor("a/b"), options({ builder: "c/d:1" })).reference)).toBe(
      "c/d:1",
    );
    expect(formatReference(chooseBuilder(descriptor("a/b"), options()).reference)).toBe("a/b:latest");
  });

  it("has to be named somewhere", () => {
    expect(codesOf(() => chooseBuilder(descriptor(), options()))).toEqual(["plan/no-builder"]);
    expect(codesOf(() => chooseBuilder(undefined, options()))).toEqual(["plan/no-builder"]);
  });

  it("has to be an image's name, and the message says where it is not", () => {
    const at = (action: () => unknown) => faultsOf(action).map(({ location }) => location);
    expect(at(() => chooseBuilder(descriptor("A b"), options()))).toEqual([
      { file: "project.toml", keyPath: "io.buildpacks.builder" },
    ]);
    expect(at(() => chooseBuilder(undefined, options({ builder: "" })))).toEqual([{ file: "--builder" }]);
  });
});

describe("the run image", () => {
  const choose = (parts?: Partial<CompileOptions>, metadata?: object) =>
    formatReference(
      chooseRunImage([builder(metadata && { metadata })], options(parts), "acme/builder").reference,
    );

  it("is the option's before the builder's first", () => {
    expect(choose({ runImage: "c/d:1" })).toBe("c/d:1");
    expect(choose()).toBe("acme/run:24");
  });

  it("is named by the builder, or by nobody", () => {
    expect(codesOf(() => choose({}, { images: [] }))).toEqual(["plan/no-run-image"]);
    expect(choose({ runImage: "c/d:1" }, { images: [] })).toBe("c/d:1");
  });

  it("has to be the same for every platform", () => {
    const other = builder({ metadata: { images: [{ image: "acme/other" }] } });
    expect(codesOf(() => chooseRunImage([builder(), other], options(), "acme/builder"))).toEqual([
      "plan/platforms-differ",
    ]);
  });
});

it("the run image's mirrors may differ between platforms where none is asked for", () => {
  const other = builder({
    metadata: { images: [{ image: "acme/run:24", mirrors: ["else.example/run:24"] }] },
  });
  const choose = (parts: Partial<CompileOptions>) =>
    chooseRunImage([builder(), other], options(parts), "acme/builder");
  expect(formatReference(choose({}).reference)).toBe("acme/run:24");
  expect(codesOf(() => choose({ runImageMirror: "mirror.example" }))).toEqual(["plan/platforms-differ"]);
});

describe("the platforms", () => {
  it("are those that both images have, in the builder's order", () => {
    const chosen = choosePlatforms(
      undefined,
      image("b", ["linux/arm64", "linux/amd64", "linux/s390x"]),
      image("r", ["linux/amd64", "linux/arm64"]),
    );
    expect(chosen).toEqual(platforms("linux/arm64", "linux/amd64"));
  });

  it("are those asked for, in the order asked", () => {
    const wanted = platforms("linux/arm64", "linux/amd64");
    const both = ["linux/amd64", "linux/arm64"];
    expect(choosePlatforms(wanted, image("b", both), image("r", both))).toBe(wanted);
  });

  it("that an image lacks are all named", () => {
    const asked = ["linux/amd64", "linux/s390x"];
    const action = () =>
      choosePlatforms(
        platforms(...asked),
        image("b", ["linux/amd64"], asked),
        image("r", ["linux/arm64"], asked),
      );
    expect(faultsOf(action).map(({ message }) => message)).toEqual([
      "The builder b:latest is not available for linux/s390x, only for linux/amd64.",
      "The run image r:latest is not available for linux/amd64, only for linux/arm64.",
      "The run image r:latest is not available for linux/s390x, only for linux/arm64.",
    ]);
  });

  it("have to be such as can be written", () => {
    const odd = (resolved: ResolvedImage) => ({
      ...resolved,
      images: resolved.images.map((found) => ({
        ...found,
        platform: { ...found.platform, os: "linux\nRUN x" },
      })),
    });
    const one = odd(image("b", ["linux/amd64"]));
    expect(faultsOf(() => choosePlatforms(undefined, one, one))).toMatchObject([
      { code: "plan/odd-platform", location: { file: "b:latest" } },
    ]);
  });

  it("can have nothing in common", () => {
    expect(
      codesOf(() => choosePlatforms(undefined, image("b", ["linux/amd64"]), image("r", ["linux/arm64"]))),
    ).toEqual(["plan/no-common-platform"]);
  });

  it("are asked about the run image though the builder lacks one, but not though it lacks all", () => {
    const wanted = platforms("linux/amd64", "linux/arm64");
    expect(() => requireAny("builder", image("b", ["linux/amd64"]), wanted)).not.toThrow();
    expect(codesOf(() => requireAny("builder", image("b", []), wanted))).toEqual([
      "plan/platform-missing",
      "plan/platform-missing",
    ]);
  });
});

it("what one file can say only once has to be the same for every platform", () => {
  const sources = platforms("linux/amd64", "linux/arm64").map((platform) => ({ platform }));
  expect(agreed("user", sources, "b", () => ({ uid: 1 }))).toEqual({ uid: 1 });
  expect(
    faultsOf(() => agreed("user", sources, "b", ({ platform }) => platform.architecture))[0]?.message,
  ).toBe('The user of b differs between platforms: linux/amd64: "amd64"; linux/arm64: "arm64".');
});
