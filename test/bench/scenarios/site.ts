import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import type { LabImages } from "../../lab/images.ts";
import type { Lab } from "../../lab/lab.ts";
import { startDelayingProxy } from "./delaying-proxy.ts";

/** Where images come from and go to. */
export interface Site {
  readonly registry: string;
  /** The lab's, by this registry's name. */
  readonly images: LabImages;
  /** The helper image, for `# syntax=`. */
  readonly syntax: string;
  /** Absent: the builder names a run image of this site. */
  readonly runImage?: string;
  readonly close: () => Promise<void>;
}

export function nearSite(lab: Lab, syntax: string): Site {
  return {
    registry: lab.registry,
    images: lab.images,
    syntax,

    close: async () => undefined,
  };
}

const oneWayMs = 30;

/**
 * The lab's registry behind a line of 60 ms, with a builder of 1 GB. It wants no login: pack refuses token servers on private
 * addresses, and loopback is one.
 */
export async function farSite(lab: Lab, syntax: string): Promise<Site> {
  const builder = await pushLargeBuilder(lab);
  const [host = "", port] = lab.registry.split(":");
  const proxy = await startDelayingProxy(() => connect(Number(port), host), oneWayMs);
  const far = (reference: string) => reference.replace(lab.registry, proxy.host);
  const images = Object.entries(lab.images).map(([name, reference]) => [name, far(reference)]);
  return {
    registry: proxy.host,
    images: { ...(Object.fromEntries(images) as unknown as LabImages), builder: far(builder) },
    syntax: far(syntax),
    runImage: far(lab.images.runBase),
    close: () => proxy.close(),
  };
}

/** The lab's builder for linux/amd64 and four layers of 250 MB that do not compress. Out: its reference. */
async function pushLargeBuilder(lab: Lab): Promise<string> {
  const { stdout: digest } = await lab.crane(["digest", lab.images.builderAmd64Only]);
  const tag = `${lab.registry}/bench/builder-1gb:${digest.slice("sha256:".length, 20)}`;
  if ((await lab.crane(["digest", tag], { reject: false })).exitCode === 0) return tag;
  const work = mkdtempSync(join(tmpdir(), "cnb-dockerfile-bench-builder-"));
  try {
    const layers: string[] = [];
    for (let index = 0; index < 4; index++) {
      const place = `tree-${index}/opt/bench/${index}`;
      mkdirSync(join(work, place), { recursive: true });
      writeFileSync(join(work, place, "large.bin"), randomBytes(250_000_000));
      const layer = join(work, `layer-${index}.tar.gz`);
      const how = ["--create", "--use-compress-program=gzip -1", "--owner=0", "--group=0"];
      await execa("tar", [...how, `--file=${layer}`, `--directory=${join(work, `tree-${index}`)}`, "."]);
      rmSync(join(work, `tree-${index}`), { recursive: true });
      layers.push(`--new_layer=${layer}`);
    }
    await lab.crane([
      "append",
      "--insecure",
      `--base=${lab.images.builderAmd64Only}`,
      ...layers,
      `--new_tag=${tag}`,
    ]);
    return tag;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
