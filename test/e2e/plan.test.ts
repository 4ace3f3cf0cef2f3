import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Overview } from "../../src/overview/overview.ts";
import type { Lab } from "../lab/lab.ts";
import { startLab } from "../lab/start.ts";
import { copySampleApp } from "../workspace.ts";
import { cnbDockerfile } from "./steps.ts";

let lab: Lab;
let home: string;
beforeAll(async () => {
  lab = await startLab();
  home = mkdtempSync(join(tmpdir(), "cnb-dockerfile-home-"));
});
afterAll(async () => {
  rmSync(home, { recursive: true, force: true });
  await lab.close();
});

it("reads a real builder in at most three requests for each image and platform, and no layer", async () => {
  const app = copySampleApp("node-web");
  try {
    const before = (await lab.registryRequests()).length;
    // A home of its own: nothing was read before.
    const { stdout, stderr, exitCode } = await cnbDockerfile(
      app.directory,
      ["plan", "--json", "--builder", lab.images.builder],
      { HOME: home, XDG_CACHE_HOME: "" },
    );
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
    const asked = (await lab.registryRequests()).slice(before);
    const overview = JSON.parse(stdout) as Overview;
    expect(overview.platforms.map(({ platform }) => platform)).toEqual(["linux/amd64", "linux/arm64"]);
    const images = [overview.builder, overview.runImage].map(({ name }) => repository(name));
    for (const image of images) {
      const own = asked.filter(({ path }) => path.startsWith(`/v2/${image}/`));
      expect(own.length).toBeLessThanOrEqual(3 * overview.platforms.length);
      expect(own.filter(({ path }) => path.includes("/manifests/"))).toHaveLength(
        1 + overview.platforms.length,
      );
    }
    expect(asked.length).toBe(images.length * (1 + 2 * overview.platforms.length));
    for (const { builderDigest, runImageDigest, platform } of overview.platforms) {
      const digest = async (image: string) =>
        (await lab.crane(["digest", `--platform=${platform}`, image])).stdout;
      expect(builderDigest).toBe(await digest(overview.builder.name));
      expect(runImageDigest).toBe(await digest(overview.runImage.name));
    }
  } finally {
    app.remove();
  }
});

/** `lab/builder` of `127.0.0.1:5000/lab/builder:1`. */
function repository(name: string): string {
  return name.replace(`${lab.registry}/`, "").replace(/:[^/]*$/, "");
}
