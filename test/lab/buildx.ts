import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { buildkitHost } from "./buildkitd.ts";
import { readJson } from "./json-file.ts";
import { inState } from "./paths.ts";
import { buildxBuilder, labEnvironment, type Programs } from "./programs.ts";

/** Registers our buildkitd with docker-buildx, once: the record lies in the lab's own configuration directory. */
export async function registerBuilder(programs: Programs): Promise<void> {
  const record = join(inState("docker/buildx/instances"), buildxBuilder);
  const known = readJson<{ readonly Nodes?: readonly { readonly Endpoint?: string }[] }>(record);
  if (known?.Nodes?.[0]?.Endpoint === buildkitHost) return;
  mkdirSync(inState("docker"), { recursive: true });
  const options = { env: labEnvironment() };
  await execa(programs["docker-buildx"], ["rm", buildxBuilder], { ...options, reject: false });
  await execa(
    programs["docker-buildx"],
    ["create", "--name", buildxBuilder, "--driver", "remote", buildkitHost],
    options,
  );
}
