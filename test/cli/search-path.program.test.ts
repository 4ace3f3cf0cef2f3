import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { absoluteSearchPath } from "../../src/cli/search-path.ts";
import { projectToml, workplace } from "../helpers/program.ts";

it.each([
  ["/usr/bin:/bin", "/usr/bin:/bin"],
  [".:/usr/bin", "/usr/bin"],
  ["/usr/bin:", "/usr/bin"],
  [":/usr/bin::/bin", "/usr/bin:/bin"],
  ["node_modules/.bin:/usr/bin:../bin", "/usr/bin"],
  ["", "/usr/bin:/bin"],
  [".", "/usr/bin:/bin"],
])("of %j there stays %j", (path, expected) => {
  expect(absoluteSearchPath(path)).toBe(expected);
});

describe.each([".:/usr/bin:/bin", ":/usr/sbin:/usr/bin:/bin", ".", "bin/.."])("with the PATH %j", (PATH) => {
  it.each([
    [["--engine=buildx", "."]],
    [["--engine=buildkit", "--buildkit-host=tcp://127.0.0.1:9", "."]],
    [["--engine=daemonless", "."]],
    [["-g", "http://127.0.0.1:9/shop.git"]],
  ])("no program that lies in the project is run by build %j", async (words) => {
    const { run, directory, write } = await workplace({ "project.toml": projectToml, "bin/x": "" });
    const marker = join(directory, "ran");
    for (const name of [
      ...["git", "docker", "docker-buildx", "buildctl", "buildkitd", "rootlesskit", "runc", "buildkit-runc"],
      ...["flock", "unshare", "sh", "newuidmap", "newgidmap", "getsubids", "setsid", "ssh", "mount"],
    ]) {
      write(name, "");
      writeFileSync(join(directory, name), `#!/bin/sh\n: > '${marker}'\n`, { mode: 0o755 });
    }
    const { stderr } = await run(["build", "--platform=linux/amd64", ...words], {
      // Nothing is fetched to go on with.
      env: {
        PATH,
        CNB_DOCKERFILE_IMAGE: "registry.example/x:1",
        CNB_DOCKERFILE_PROGRAM_MIRROR: "http://127.0.0.1:9",
      },
    });
    expect(existsSync(marker), stderr).toBe(false);
    expect(stderr).toMatch(/^error: /m);
  });
});
