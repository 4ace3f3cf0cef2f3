import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { buildctlWordsOf, helperImageRequest } from "../../../own-images/own-image-requests.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { digestOf } from "../frontend-steps.ts";
import { startSecondBuildkit } from "../second-buildkit.ts";

const platforms = ["linux/amd64", "linux/arm64"];
const maxBytes = 45_000_000;

interface Manifest {
  readonly config: { readonly size: number };
  readonly layers: readonly { readonly size: number }[];
}
let lab: Lab;

beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

it("our image has the same digest from a BuildKit that has built nothing yet", async () => {
  const fresh = await startSecondBuildkit(lab, { name: "image" });
  try {
    const again = `${lab.registry}/e2e/own-image:again`;
    const request = { tags: [again], push: true, platforms, nodeImage: lab.images.node };
    const words = buildctlWordsOf(helperImageRequest({ ...request, compression: "quick" }));
    await execa(lab.tools.buildctl, ["--addr", fresh.address, ...words]);
    for (const platform of platforms) {
      expect(await digestOf(lab, again, platform)).toBe(await digestOf(lab, inject("toolImage"), platform));
    }
    expect(await digestOf(lab, again)).toBe(await digestOf(lab, inject("toolImage")));
  } finally {
    await fresh.close();
  }
});

describe.each(platforms)("our image for %s", (platform) => {
  it("names a user that is not root, and what BuildKit may know of it beforehand", async () => {
    const { stdout } = await lab.crane(["config", `--platform=${platform}`, inject("toolImage")]);
    const { config, architecture } = JSON.parse(stdout);
    expect(architecture).toBe(platform.split("/")[1]);
    expect(config.User).toMatch(/^[1-9]\d*/);
    expect(config.Labels).toMatchObject({
      "moby.buildkit.frontend.network.none": "true",
      "moby.buildkit.frontend.caps":
        "moby.buildkit.frontend.inputs,moby.buildkit.frontend.subrequests,moby.buildkit.frontend.contexts",
    });
  });
});

it.each(platforms)(
  "its user can enter every directory and read every file of our image for %s",
  async (platform) => {
    // By a shell: the archive does not pass through this process.
    const script = 'exec "$1" export --platform="$2" "$3" - | tar -tvf -';
    const { stdout } = await execa("sh", [
      "-c",
      script,
      "sh",
      lab.tools.crane,
      platform,
      inject("toolImage"),
    ]);
    const lines = stdout.split("\n").filter((line) => !line.startsWith("l"));
    const closed = lines.filter((line) => !/^(?:d......r.x|-......r..)/.test(line));
    expect(closed).toEqual([]);
    expect(lines.filter((line) => line.includes("cnb-dockerfile/"))).not.toEqual([]);
  },
);

it(`as it is published, it is smaller than ${maxBytes / 1_000_000} MB`, async () => {
  const name = `${lab.registry}/e2e/own-image:published`;
  const request = { tags: [name], push: true, platforms: ["linux/amd64"], nodeImage: lab.images.node };
  await lab.buildctl(buildctlWordsOf(helperImageRequest(request)));
  const { layers, config }: Manifest = JSON.parse((await lab.crane(["manifest", name])).stdout);
  const sizes = [...layers, config].map(({ size }) => size);
  expect(sizes.length).toBeGreaterThan(1);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(maxBytes);
});
