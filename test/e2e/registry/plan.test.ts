import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Overview } from "../../../src/overview/overview.ts";
import { startWebServer } from "../../helpers/web-server.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { cnbDockerfile } from "../steps.ts";

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
    const asked: string[] = [];
    const host = await startFront(asked);
    const [builder, runImage] = [lab.images.builder, lab.images.runBase].map((name) =>
      name.replace(lab.registry, host),
    );
    // A home of its own: nothing was read before.
    const { stdout, stderr, exitCode } = await cnbDockerfile(
      app.directory,
      ["plan", "--json", `--builder=${builder}`, `--run-image=${runImage}`],
      { HOME: home, XDG_CACHE_HOME: "" },
    );
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
    const overview = JSON.parse(stdout) as Overview;
    expect(overview.platforms.map(({ platform }) => platform)).toEqual(["linux/amd64", "linux/arm64"]);
    const images = [overview.builder, overview.runImage].map(({ name }) => repository(name, host));
    expect(images).toEqual(["lab/builder", "lab/run-base"]);
    for (const image of images) {
      const own = asked.filter((path) => path.startsWith(`/v2/${image}/`));
      expect(own.length).toBeLessThanOrEqual(3 * overview.platforms.length);
      expect(own.filter((path) => path.includes("/manifests/"))).toHaveLength(1 + overview.platforms.length);
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

/** Another address of the lab's registry, which only this test asks. In: where paths are noted. Out: `127.0.0.1:PORT`. */
async function startFront(asked: string[]): Promise<string> {
  const [hostname, port] = lab.registry.split(":");
  const url = await startWebServer(({ method, url: path = "", headers }, response) => {
    asked.push(path);
    request({ hostname, port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    }).end();
  });
  return new URL(url).host;
}

/** `lab/builder` of `127.0.0.1:5000/lab/builder:1`. */
function repository(name: string, host: string): string {
  return name.replace(`${host}/`, "").replace(/:[^/]*$/, "");
}
