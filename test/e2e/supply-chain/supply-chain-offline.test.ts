import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Verdict } from "../../../src/scan/verdict.ts";
import { type FileServer, serveFiles } from "../../lab/file-server.ts";
import type { Lab } from "../../lab/lab.ts";
import { inState } from "../../lab/paths.ts";
import { until } from "../../lab/process.ts";
import { startLab } from "../../lab/start.ts";
import { type Advisory, makeDatabase } from "../../lab/vulnerability-database.ts";
import { copySampleApp } from "../../workspace.ts";
import { digestOf, ranSteps, writeDescriptor } from "../frontend-steps.ts";
import { type SecondBuildkit, startSecondBuildkit } from "../second-buildkit.ts";
import { generate } from "../steps.ts";
import { bash, filesBelow, readText, type SupplyChain, startSupplyChain } from "./supply-chain-steps.ts";

/** Installs an npm package without any network. */
const installer = `
[[io.buildpacks.group]]
id = "e2e/installer"
[io.buildpacks.group.script]
api = "0.10"
inline = """
mkdir -p "$1/modules/node_modules/left-behind"
printf '[types]\\\\nlaunch = true\\\\n' >"$1/modules.toml"
echo '{"name":"left-behind","version":"1.0.0","license":"MIT"}' >"$1/modules/node_modules/left-behind/package.json"
"""

[[io.buildpacks.group]]
id = "lab/procfile"
`;
const leftBehind: Advisory = {
  ...{ id: "GHSA-left-left-left", severity: "critical", ecosystem: "npm", package: "left-behind" },
  ...{ release: "", constraint: "<2.0.0", fixedIn: "2.0.0" },
};
/** What is found only later. */
const later: Advisory = { ...bash, id: "CVE-2026-1002", severity: "medium" };

let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
let chain: SupplyChain;

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("procfile");
  writeDescriptor(lab, app.directory, "com.example.supply-chain-offline", installer);
  chain = await startSupplyChain(lab, [bash, leftBehind]);
});
afterAll(async () => {
  app.remove();
  chain.remove();
  await lab.close();
});

/** Ways to the same files; out: words for buildx that say what is built, and by whom. The tools are the usual ones. */
const ways = {
  "our frontend": async () => ["--file=project.toml"],
  "a generated Dockerfile": async () => {
    const file = join(chain.place("dockerfile"), "Dockerfile");
    const words = [`--builder=${lab.images.builder}`, "--process-type=web"];
    writeFileSync(file, await generate(app.directory, words));
    return [`--file=${file}`];
  },
} as const;

/** Contexts that give the tools, from directories. */
async function toolContexts(): Promise<string[]> {
  const tools = [chain.syft, chain.grype].map(async (reference) => {
    const layout = chain.place("layout");
    await lab.crane(["pull", "--format=oci", reference, layout]);
    const [, name = "", version = ""] = /\/(anchore\/[^:]+):(.*)$/.exec(reference) ?? [];
    const digest = await digestOf(lab, reference);
    return `--build-context=docker.io/${name}:${version}=oci-layout://${layout}@${digest}`;
  });
  return Promise.all(tools);
}

/** What is said where no database can be had. A Dockerfile has the advice below the stage that BuildKit names. */
const advice: Readonly<Record<keyof typeof ways, readonly string[]>> = {
  "our frontend": [
    "frontend/no-database",
    "https://grype.anchore.io/databases/v6/latest.json",
    "network is unreachable",
    "--build-context vulnerability-db=DIRECTORY",
  ],
  "a generated Dockerfile": [
    "[vulnerability-db-files 1/2] ADD [https://grype.anchore.io/databases/v6/latest.json, ",
    "network is unreachable",
  ],
};

describe.each(["our frontend", "a generated Dockerfile"] as const)("by %s", (way) => {
  const slug = way.replaceAll(" ", "-").toLowerCase();
  let what: readonly string[];

  beforeAll(async () => {
    what = [...(await ways[way]()), ...(await toolContexts())];
  });

  /** Plain buildx, for one platform. A failed build does not throw. */
  const buildx = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    lab.buildx(
      ["build", "--progress=plain", "--provenance=false", "--platform=linux/amd64", ...what, ...words, "."],
      { cwd: app.directory, reject: false, env },
    );
  const buildxOrThrow = async (...call: Parameters<typeof buildx>) => {
    const { exitCode, stderr } = await buildx(...call);
    if (exitCode !== 0) throw new Error(`the build failed:\n${stderr}`);
    return stderr;
  };

  describe("with the network cut", () => {
    let buildkit: SecondBuildkit;
    const handedOver = () => `--build-context=vulnerability-db=${chain.database}`;

    beforeAll(async () => {
      buildkit = await startSecondBuildkit(lab, { name: `offline-${slug}`, network: "loopback of its own" });
    });
    afterAll(() => buildkit.close());

    it("there is a loopback and nothing else", async () => {
      const { stdout } = await inNetworkOf(buildkit.pid, ["ip", "-json", "link"]);
      expect(JSON.parse(stdout).map(({ ifname }: { ifname: string }) => ifname)).toEqual(["lo"]);
    });

    it("the artifacts are those of any other BuildKit, and the gate does its work", async () => {
      await using _registry = await startRegistryIn(buildkit.pid, lab);
      const [here, there] = [chain.place("here"), chain.place("there")];
      await buildxOrThrow(["--target=artifacts", handedOver(), `--output=${here}`]);
      const { environment } = buildkit;
      await buildxOrThrow(["--target=artifacts", handedOver(), `--output=${there}`], environment);
      expect(filesBelow(there)).toEqual(filesBelow(here));
      const verdict: Verdict = JSON.parse(readText(there, "verdict.json"));
      expect(verdict.worst.map(({ id }) => id)).toEqual([leftBehind.id, bash.id]);

      const name = `${lab.registry}/e2e/supply-chain-offline-${slug}:1`;
      const push = [`--tag=${name}`, "--push", handedOver()];
      const { exitCode, stderr } = await buildx([...push, "--build-arg=CNB_FAIL_ON=high"], environment);
      expect(exitCode).toBe(1);
      for (const { id } of [bash, leftBehind]) expect(stderr).toContain(id);
      await buildxOrThrow(push, environment);
      expect(await digestOf(lab, name, "linux/amd64")).toMatch(/^sha256:/);
    });

    it("without a database, it is said what to do", async () => {
      await using _registry = await startRegistryIn(buildkit.pid, lab);
      const { exitCode, stderr } = await buildx(["--target=scan"], buildkit.environment);
      expect(exitCode).toBe(1);
      for (const text of advice[way]) expect(stderr).toContain(text);
    });
  });

  it("a server without a list is named", async () => {
    await using server = await disposable(serveFiles(chain.place("empty")));
    const address = `${server.address}/latest.json`;
    const { exitCode, stderr } = await buildx([
      "--target=scan",
      `--build-arg=CNB_VULNERABILITY_DB=${address}?token=s3cret`,
    ]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(address);
    expect(stderr).toContain("invalid response status 404");
    if (way === "our frontend") expect(stderr).toContain("frontend/no-database");
  });

  it("a database from a server is fetched once, and a newer one is used at once", async () => {
    const served = chain.place("served");
    await makeDatabase(served, [bash]);
    await using server = await disposable(serveFiles(served));
    const scan = async () => {
      const place = chain.place("scanned");
      const address = `--build-arg=CNB_VULNERABILITY_DB=${server.address}/latest.json`;
      const before = server.requests.length;
      const log = await buildxOrThrow(["--target=scan", address, `--output=${place}`]);
      const verdict: Verdict = JSON.parse(readText(place, "verdict.json"));
      const isFetched = server.requests.slice(before).some((path) => path.endsWith(".tar.gz"));
      const steps = ranSteps(log).filter((title) => /"(?:scan|vulnerability-db)",/.test(title));
      return {
        ids: verdict.worst.map(({ id }) => id),
        isFetched,
        steps: steps.length,
        verdict,
      };
    };
    const first = await scan();
    expect(first).toMatchObject({ ids: [bash.id], isFetched: true, steps: 2 });
    expect(first.verdict.database.source).toContain(server.address);
    expect(await scan()).toMatchObject({ ids: [bash.id], isFetched: false, steps: 0 });
    await makeDatabase(served, [bash, later]);
    expect(await scan()).toMatchObject({ ids: [bash.id, later.id], isFetched: true, steps: 2 });
  });
});

function inNetworkOf(pid: number, command: readonly string[]) {
  return execa("nsenter", [`--net=/proc/${pid}/ns/net`, "--", ...command]);
}

/** The lab's registry once more, on the loopback of another network and with the same files. */
async function startRegistryIn(pid: number, lab: Lab): Promise<AsyncDisposable> {
  const command = [lab.tools.registry, "serve", inState("registry.json")];
  const registry = execa("nsenter", [`--net=/proc/${pid}/ns/net`, "--", ...command], {
    reject: false,
    all: true,
  });
  const isListening = async () => (await inNetworkOf(pid, ["ss", "-Hltn"])).stdout.includes(lab.registry);
  if (!(await until(isListening, 10_000))) {
    registry.kill();
    throw new Error(`the registry does not listen: ${(await registry).all}`);
  }
  return {
    [Symbol.asyncDispose]: async () => {
      registry.kill();
      await registry;
    },
  };
}

async function disposable(server: Promise<FileServer>): Promise<FileServer & AsyncDisposable> {
  const started = await server;
  return { ...started, [Symbol.asyncDispose]: () => started.close() };
}
