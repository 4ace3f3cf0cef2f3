import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Docker } from "../../lab/docker.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { digestOf, frontendBuild, oddGroup, predictedDigests, writeDescriptor } from "../frontend-steps.ts";
import { imageId } from "./same-images.ts";

const platform = "linux/amd64";
/** What a store can hold of one image. */
const platforms = { containerd: [platform, "linux/arm64"], classic: [platform] };
/** Of the image in a daemon. */
const image = "e2e/docker-stores";
let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
/** Of the image that the lab's BuildKit made of the same app. */
let name: string;

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("static-slices");
  writeDescriptor(lab, app.directory, "com.example.docker-stores", oddGroup);
  // `cat`, for a terminal's sake: `ls` writes names another way there.
  writeFileSync(join(app.directory, "Procfile"), "web: ls -lAR static /layers/lab_odd-files/odd | cat\n");
  // A source that no build has seen, so that no store has the layers yet.
  writeFileSync(join(app.directory, "static", "first.txt"), String(Date.now()));
  name = `${lab.registry}/e2e/docker-stores:1`;
  await frontendBuild(lab, { context: app.directory, platforms: platforms.containerd, name });
});
afterAll(async () => {
  app.remove();
  await lab.close();
});

/** What a daemon says of an image. */
interface Inspected {
  readonly Id: string;
  readonly RootFS: { readonly Layers: readonly string[] };
  readonly Config: { readonly Labels: Readonly<Record<string, string>> };
}

/**
 * Digests of the image's manifests in a store that keeps indexes, without those of attestations: how these are written
 * is the business of each BuildKit.
 */
async function manifestsIn(docker: Docker): Promise<string[]> {
  const filters = encodeURIComponent(JSON.stringify({ reference: [image] }));
  const images: readonly {
    readonly Manifests: readonly { readonly ID: string; readonly Kind: string }[];
  }[] = JSON.parse(await docker.call("GET", `/images/json?manifests=1&filters=${filters}`));
  return images.flatMap(({ Manifests: manifests }) =>
    manifests.flatMap(({ ID: id, Kind: kind }) => (kind === "image" ? [id] : [])),
  );
}

/** `docker run --rm --network=host`. Out: what it wrote. */
async function run(docker: Docker): Promise<string> {
  const container = { Image: image, Tty: true, HostConfig: { NetworkMode: "host" } };
  const { Id: id } = JSON.parse(await docker.call("POST", "/containers/create", container));
  await docker.call("POST", `/containers/${id}/start`);
  await docker.call("POST", `/containers/${id}/wait`);
  const output = await docker.call("GET", `/containers/${id}/logs?stdout=1&stderr=1`);
  await docker.call("DELETE", `/containers/${id}`);
  return output.replaceAll("\r\n", "\n");
}

describe.each(["containerd", "classic"] as const)("a docker daemon with its %s image store", (store) => {
  let docker: Docker;
  let progress: string;

  beforeAll(async () => {
    docker = await lab.docker(store);
    const words = ["build", "--progress=plain", "--provenance=false", "--network=host", "--load"];
    const what = ["--file=project.toml", `--platform=${platforms[store].join(",")}`, `--tag=${image}`, "."];
    const options = { cwd: app.directory, env: docker.environment };
    progress = (await lab.buildx([...words, ...what], options)).stderr;
  });

  it("holds the image that BuildKit makes, whose label holds true digests", async () => {
    const inspected: Inspected = JSON.parse(await docker.call("GET", `/images/${image}/json`));
    if (store === "containerd") {
      const wanted = platforms.containerd.map((one) => digestOf(lab, name, one));
      expect(await manifestsIn(docker)).toEqual(await Promise.all(wanted));
    } else {
      expect(inspected.Id).toBe(await imageId(lab, name, platform));
    }
    const layers = inspected.RootFS.Layers;
    const predicted = predictedDigests({ config: inspected.Config });
    expect(predicted.length).toBeGreaterThan(6);
    expect(layers.slice(-predicted.length)).toEqual(predicted);
  });

  it("is found out to merge layers, or not", () => {
    expect(/\] image$/m.test(progress)).toBe(store === "containerd");
    expect(/\] add layer 1$/m.test(progress)).toBe(store === "classic");
  });

  it("runs it", async () => {
    const { stdout } = await lab.execute(name, platform);
    expect(stdout).toContain("first.txt");
    expect(await run(docker)).toBe(stdout);
  });
});
