import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { startDaemon } from "./daemon.ts";
import { inState, socketDirectory } from "./paths.ts";
import { architectures } from "./tool-list.ts";

/** Where this checkout's buildkitd listens. */
export const buildkitHost = `unix://${join(socketDirectory, "buildkitd.sock")}`;

/** What a start leaves of earlier builds. A whole run of the tests adds up to 20 GB, of which nothing goes before the next start unless the disk is full. */
const keptMB = 5_000;

/** Starts buildkitd: root, runc, overlayfs, host network, two platforms, the lab's registry as plain http. */
export async function startBuildkitd(
  programs: { readonly buildkitd: string; readonly buildctl: string },
  registry: string,
  tied: boolean,
): Promise<void> {
  mkdirSync(socketDirectory, { recursive: true, mode: 0o700 });
  const config = inState("buildkitd.toml");
  writeFileSync(config, configuration(registry));
  await startDaemon({
    name: "buildkitd",
    program: programs.buildkitd,
    arguments: ["--config", config],
    tied,
    isReady: () => listsWorkers(programs.buildctl),
  });
  // Now, when nobody builds, and not by itself: see below.
  await execa(programs.buildctl, ["--addr", buildkitHost, "prune", `--keep-storage=${keptMB}`]);
}

export async function listsWorkers(buildctl: string): Promise<boolean> {
  const answer = await execa(buildctl, ["--addr", buildkitHost, "debug", "workers"], {
    reject: false,
    timeout: 10_000,
  });
  return answer.exitCode === 0 && architectures.every((name) => answer.stdout.includes(`linux/${name}`));
}

function configuration(registry: string): string {
  const platforms = architectures.map((name) => `"linux/${name}"`).join(", ");
  return `root = "${inState("buildkit")}"
insecure-entitlements = ["network.host"]

[grpc]
  address = ["${buildkitHost}"]

# BuildKit's own place for it is one for all that run on a machine.
[otel]
  socketPath = "${join(socketDirectory, "otel.sock")}"

[worker.oci]
  enabled = true
  snapshotter = "overlayfs"
  networkMode = "host"
  platforms = [${platforms}]
  # Nothing that a test may ask for twice should go in between.
  gc = false

[worker.containerd]
  enabled = false

[registry."${registry}"]
  http = true
  insecure = true
`;
}
