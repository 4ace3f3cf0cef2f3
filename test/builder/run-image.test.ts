import { describe, expect, it } from "vitest";
import { readRunImage } from "../../src/builder/run-image.ts";

const platform = { os: "linux", architecture: "arm64" };
const read = (config: object) =>
  readRunImage({ platform, config: { ...platform, env: [], user: "", labels: {}, ...config } });

describe("a run image", () => {
  it("that says nothing has a target of its platform alone", () => {
    expect(read({})).toEqual({ platform, target: platform, user: "" });
  });

  it("names its target's variant, id and distribution", () => {
    const labels = {
      "io.buildpacks.base.id": "com.acme.24",
      "io.buildpacks.base.distro.name": "ubuntu",
      "io.buildpacks.base.distro.version": "24.04",
    };
    expect(read({ variant: "v8", labels }).target).toEqual({
      ...platform,
      variant: "v8",
      id: "com.acme.24",
      distro: { name: "ubuntu", version: "24.04" },
    });
  });

  it("names a distribution where only one half of it is known", () => {
    expect(read({ labels: { "io.buildpacks.base.distro.name": "wolfi" } }).target.distro).toEqual({
      name: "wolfi",
      version: "",
    });
  });

  it.each([
    [["PATH=/bin"], "/bin"],
    [["PATH="], undefined],
    [[], undefined],
  ])("with the environment %j has the path %j", (env, path) => {
    expect(read({ env }).path).toBe(path);
  });
});
