import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { withEngine } from "../../../src/build/engine/with-engine.ts";
import { plainRequest } from "../../../src/engines/build-request.ts";
import { parsePlatform } from "../../../src/image/platform.ts";
import { defaultRegistryOptions } from "../../../src/registry/options.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { faultsOfAsync } from "../../helpers/errors.ts";
import { heardPorts } from "../../helpers/heard-ports.ts";
import { needsRoot } from "../../helpers/needs-root.ts";
import { describeStarting } from "../../helpers/starting.ts";
import { startWebServer } from "../../helpers/web-server.ts";

const request = { ...plainRequest, context: "/app", file: { directory: "/app", name: "project.toml" } };
const riscv = parsePlatform("linux/riscv64");

let asked: string[];

beforeEach(async () => {
  asked = [];
  const mirror = await startWebServer((heard, response) => {
    asked.push(heard.url ?? "");
    response.writeHead(404).end();
  });
  for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "CNB_DOCKERFILE_PROGRAMS"]) {
    vi.stubEnv(name, undefined);
    vi.stubEnv(name.toLowerCase(), undefined);
  }
  vi.stubEnv("CNB_DOCKERFILE_PROGRAM_LIST", undefined);
  vi.stubEnv("CNB_DOCKERFILE_PROGRAM_MIRROR", mirror);
  vi.stubEnv("XDG_CACHE_HOME", temporaryDirectory());
  vi.stubEnv("PATH", temporaryDirectory());
  return () => vi.unstubAllEnvs();
});

/** The command of a dry run that wants a platform, by this engine. */
async function command(choice: "buildx" | "buildkit" | "daemonless") {
  const { heard, ports } = heardPorts();
  const stateDirectory = join(temporaryDirectory(), "state");
  const order = {
    engine: {
      ...{ choice, registryFlags: [], engineFlags: [], stateDirectory },
      buildkit: { value: "unix:///nowhere.sock", saidBy: "--buildkit-host", isFlag: true },
    },
    ...{ registries: defaultRegistryOptions, shown: { isDryRun: true } },
  };
  const platforms = riscv === undefined ? [] : [riscv];
  const needs = { platforms, needsArchive: true, needsHandedFrontend: true };
  const shown = await withEngine(order, needs, ports, async (engine) =>
    engine.command({ ...request, platforms }),
  );
  return { ...shown, heard, stateDirectory };
}

describe("a dry run", () => {
  describe("without an engine", () => {
    needsRoot("do without newuidmap");

    it("downloads and starts no BuildKit of its own, and shows the command of its client", async () => {
      const path = temporaryDirectory();
      for (const program of ["flock", "unshare"]) writeFileSync(join(path, program), "", { mode: 0o755 });
      vi.stubEnv("PATH", path);
      const { program, arguments: words, stateDirectory } = await command("daemonless");
      expect(program).toBe("buildctl");
      expect(words[0]).toMatch(/^--addr=unix:\/\/\/.*\/buildkitd\.sock$/);
      expect(asked).toEqual([]);
      expect(existsSync(stateDirectory)).toBe(false);
    });
  });

  describeStarting("with buildx", () => {
    /** A program in the place of buildx, with an instance that was not started. Out: the file that a start makes. */
    function standIn(driver: string): string {
      const directory = temporaryDirectory();
      const started = join(directory, "started");
      const program = `#!/bin/sh
case " $* " in *" --bootstrap "*) : >'${started}' ;; esac
case "$1" in inspect) printf 'Name: farm\\nDriver: ${driver}\\n\\nNodes:\\nName: farm0\\nStatus: inactive\\n' ;; esac
`;
      writeFileSync(join(directory, "docker-buildx"), program, { mode: 0o755 });
      vi.stubEnv("PATH", directory);
      return started;
    }

    it.each(["docker-container", "kubernetes"])("starts no instance of the driver %s", async (driver) => {
      const started = standIn(driver);
      const { program, arguments: words } = await command("buildx");
      expect(program).toBe("docker-buildx");
      expect(words).toContain("--platform=linux/riscv64");
      expect(existsSync(started)).toBe(false);
    });

    it("says that a BuildKit elsewhere does not answer, which a build would not start either", async () => {
      standIn("remote");
      expect(await faultsOfAsync(command("buildx"))).toMatchObject({ faults: [{ code: "engines/none" }] });
    });
  });

  it("downloads no client of BuildKit, and shows its name", async () => {
    const { program, arguments: words, heard } = await command("buildkit");
    expect(program).toBe("buildctl");
    expect(words[0]).toBe("--addr=unix:///nowhere.sock");
    expect(words).toContain("--opt=platform=linux/riscv64");
    expect(heard.told[0]).toBe("buildctl is not installed; a build would download it.");
    expect(asked).toEqual([]);
  });
});
