import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { workplace } from "../../helpers/program.ts";

/** Calls the program as the container does. In: its variables. Out: what it says, and its exit code. */
async function container(env: Readonly<Record<string, string>>) {
  const { run, directory } = await workplace({ Dockerfile: "FROM scratch\n" });
  const target = temporaryDirectory();
  mkdirSync(join(target, "cache"));
  const { stderr, exitCode } = await run(["container"], {
    env: {
      ...{ PLP_SOURCE_PATH: directory, PLP_BUILD_PATH: target, PLP_CACHE_PATH: join(target, "cache") },
      ...env,
    },
  });
  return { stderr, exitCode };
}

describe("a value that cannot be used is said with its variable", () => {
  it.each([
    [{ CNB_PLATFORMS: "linux/amd64,windows" }, "cli/bad-platform"],
    [{ CNB_TAG: "Shop" }, "cli/bad-tag"],
    [{ CNB_CACHE_SCOPE: "feature/x" }, "plan/bad-cache-scope"],
    [{ CNB_CA_FILE: "missing.pem" }, "registry/bad-ca-file"],
    [{ CNB_REGISTRY_MIRRORS: "docker.io" }, "registry/bad-mirror"],
    [{ CNB_INSECURE_REGISTRIES: "http://registry.example" }, "registry/bad-insecure-host"],
  ])("%o", async (env, code) => {
    const { stderr, exitCode } = await container(env);
    expect(stderr).toMatch(new RegExp(`^error: .* \\[${code}\\]\n {2}at ${Object.keys(env)[0]}\n`));
    expect(exitCode).toBe(1);
  });
});
