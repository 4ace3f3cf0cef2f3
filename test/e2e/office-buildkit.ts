import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import type { Lab } from "../lab/lab.ts";
import { inState } from "../lab/paths.ts";
import { until } from "../lab/process.ts";

/** A BuildKit besides the lab's own, in an office: what it pulls and pushes goes through a proxy. */
export interface OfficeBuildkit {
  /** For buildx, over the lab's: which BuildKit to build in. */
  readonly environment: Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
}

export interface Office {
  readonly proxy: string;
  /** Registry whose TLS the proxy signs. */
  readonly registry: string;
  /** File with the proxy's CA. */
  readonly caFile: string;
}

/** Starts one without any cache, as its operator would set it up there. */
export async function startOfficeBuildkit(lab: Lab, office: Office): Promise<OfficeBuildkit> {
  mkdirSync(inState("work"), { recursive: true });
  // Under the lab's state: mounts that a kill leaves there are swept by the next start.
  const data = mkdtempSync(inState("work", "office-"));
  const directory = mkdtempSync(join(tmpdir(), "cnb-dockerfile-office-"));
  const address = `unix://${join(directory, "buildkitd.sock")}`;
  const config = join(directory, "buildkitd.toml");
  writeFileSync(config, configuration(office, data, address));
  // Ends with this process, also when that is interrupted.
  const daemon = execa(lab.tools.buildkitd, ["--config", config], {
    // The certificate variable is for downloads; registries have their own setting.
    env: { HTTPS_PROXY: office.proxy, NO_PROXY: "", SSL_CERT_FILE: office.caFile },
    reject: false,
    all: true,
  });
  const close = async () => {
    daemon.kill();
    await daemon;
    for (const place of [data, directory]) rmSync(place, { recursive: true, force: true });
  };
  const answers = async () =>
    (await execa(lab.tools.buildctl, ["--addr", address, "debug", "workers"], { reject: false })).exitCode ===
    0;
  if (!(await until(answers, 60_000))) {
    await close();
    throw new Error(`buildkitd does not answer: ${(await daemon).all}`);
  }
  const environment = { BUILDX_CONFIG: join(directory, "buildx"), BUILDX_BUILDER: "office" };
  await lab.buildx(["create", "--name", "office", "--driver", "remote", address], { env: environment });
  return { environment, close };
}

function configuration({ registry, caFile }: Office, data: string, address: string): string {
  return `root = "${data}"

[grpc]
  address = ["${address}"]

[worker.oci]
  enabled = true
  snapshotter = "overlayfs"
  networkMode = "host"

[worker.containerd]
  enabled = false

[registry."${registry}"]
  ca = ["${caFile}"]
`;
}
