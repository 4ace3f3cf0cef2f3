import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { containerdSocket } from "../../lab/dockerd.ts";
import { serveFiles } from "../../lab/file-server.ts";
import type { Lab } from "../../lab/lab.ts";
import { serveSsh } from "../../lab/ssh-server.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { archivedImages, describeProject, lastLine, runBuild, runBuildOrThrow } from "../build-steps.ts";
import { digestOf } from "../frontend-steps.ts";
import { bareSystem, copyPrograms, releases } from "../release-archives.ts";
import { type SecondBuildkit, startSecondBuildkit } from "../second-buildkit.ts";
import { startSshAgent } from "../ssh-agent.ts";

const plain = "--progress=plain";
const one = "--platform=linux/amd64";
let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
let work: string;

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("procfile");
  work = mkdtempSync(join(tmpdir(), "cnb-dockerfile-remote-"));
  describeProject(lab, app.directory, "com.example.remote");
});
afterAll(async () => {
  app.remove();
  rmSync(work, { recursive: true, force: true });
  await lab.close();
});

describe("a BuildKit behind TLS", () => {
  let buildkit: SecondBuildkit;
  let address: string;
  const certificates = (name: string) => join(work, name);

  beforeAll(async () => {
    await certify("ours", ["server", "client"]);
    await certify("others", ["client"]);
    address = `tcp://127.0.0.1:${await freePort()}`;
    buildkit = await startSecondBuildkit(lab, {
      name: "tls",
      tls: { address, directory: certificates("ours/server") },
    });
  });
  afterAll(() => buildkit.close());

  /** A CA, and a certificate with key for each of `names`, all in directories as buildctl wants them. */
  async function certify(ca: string, names: readonly string[]): Promise<void> {
    const directory = certificates(ca);
    mkdirSync(directory);
    const openssl = (...words: string[]) => execa("openssl", words, { cwd: directory });
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    await openssl(
      "req",
      "-x509",
      ...key,
      "-keyout",
      "ca.key",
      "-out",
      "ca.pem",
      "-subj",
      `/CN=${ca}`,
      "-days",
      "2",
    );
    for (const name of names) {
      mkdirSync(join(directory, name));
      await openssl(
        "req",
        ...key,
        "-keyout",
        `${name}/key.pem`,
        "-out",
        `${name}.csr`,
        "-subj",
        `/CN=${name}`,
      );
      writeFileSync(join(directory, `${name}.ext`), "subjectAltName=IP:127.0.0.1,DNS:buildkit.example\n");
      const sign = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"];
      await openssl(
        "x509",
        "-req",
        "-in",
        `${name}.csr`,
        ...sign,
        "-extfile",
        `${name}.ext`,
        "-out",
        `${name}/cert.pem`,
      );
      await openssl("x509", "-in", "ca.pem", "-out", `${name}/ca.pem`);
    }
  }

  it("builds for two clients at once, to the same image", async () => {
    const env = { BUILDKIT_HOST: address, BUILDKIT_TLS_DIR: certificates("ours/client") };
    const archives = ["first.tar", "second.tar"].map((name) => join(work, name));
    const logs = await Promise.all(
      archives.map((archive) =>
        runBuildOrThrow(
          lab,
          app.directory,
          ["--engine=buildkit", one, plain, "-o", `type=oci,dest=${archive}`, "."],
          env,
        ),
      ),
    );
    expect(logs[0]).toContain(`Building with BuildKit at ${address}`);
    const [first, second] = await Promise.all(archives.map(archivedImages));
    expect(first?.digests["linux/amd64"]).toMatch(/^sha256:/);
    expect(second?.digests).toEqual(first?.digests);
  });

  it.each([
    [
      "a certificate of another CA",
      () => ["--buildkit-tls-dir", certificates("others/client")],
      /certificate/,
    ],
    ["no certificate", () => [], /does not answer/],
    [
      "a name that is not in its certificate",
      () => [
        "--buildkit-tls-dir",
        certificates("ours/client"),
        "--buildkit-tls-server-name",
        "other.example",
      ],
      /certificate is valid for .*not other\.example/,
    ],
    [
      "certificates that are not there",
      () => ["--buildkit-tls-dir", join(work, "missing")],
      /needed files: ca\.pem/,
    ],
  ])("refuses %s, and the reason is told", async (_, flags, reason) => {
    const words = ["--engine=buildkit", "--buildkit-host", address, ...flags(), "."];
    const { exitCode, stderr } = await runBuild(lab, app.directory, words);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringMatching(reason) });
    expect(stderr).toContain("[engines/none]");
  });
});

describe("a BuildKit on another machine", () => {
  it("is reached by ssh, with the agent's key", async () => {
    const agent = await startSshAgent();
    const ssh = await serveSsh(agent.publicKey, (command) =>
      // What buildctl runs there; the machine's own BuildKit is the lab's.
      /^buildctl dial-stdio$/.test(command)
        ? [lab.tools.buildctl, "--addr", lab.buildkitHost, "dial-stdio"]
        : undefined,
    );
    try {
      // Nobody has seen this machine yet, and ssh reads its settings from the real home directory.
      const bin = join(work, "ssh");
      mkdirSync(bin);
      const options = "-o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null";
      writeFileSync(join(bin, "ssh"), `#!/bin/sh\nexec /usr/bin/ssh ${options} "$@"\n`, { mode: 0o755 });
      const log = await runBuildOrThrow(
        lab,
        app.directory,
        [one, plain, "-o", `type=oci,dest=${work}/ssh.tar`, "."],
        {
          ...{ BUILDKIT_HOST: ssh.address, SSH_AUTH_SOCK: agent.socket },
          PATH: `${bin}:${lab.environment.PATH}`,
        },
      );
      expect(log).toContain(`Building with BuildKit at ${ssh.address}: set by BUILDKIT_HOST.`);
      expect(Object.keys((await archivedImages(join(work, "ssh.tar"))).digests)).toEqual(["linux/amd64"]);
    } finally {
      await ssh.close();
      agent.close();
    }
  });

  it("needs nothing here but the package: the client is fetched", async () => {
    const place = join(work, "bare");
    await copyPrograms(lab, place);
    const list = await releases(place);
    const server = await serveFiles(list.directory);
    try {
      const file = join(place, "programs.json");
      writeFileSync(file, JSON.stringify(list.listFor(server.address)));
      const env = {
        PATH: await bareSystem(place),
        CNB_DOCKERFILE_PROGRAM_LIST: file,
        XDG_CACHE_HOME: join(place, "cache"),
      };
      const words = ["--engine=buildkit", one, plain, "-o", `type=oci,dest=${work}/bare.tar`, "."];
      expect(await runBuildOrThrow(lab, app.directory, words, env)).toContain("Downloading buildkit 0.33.1");
      expect(server.requests).toEqual(["/buildkit.tar.gz"]);
    } finally {
      await server.close();
    }
  });

  it("has settings of its own for registries, which is said where flags would change them", async () => {
    const words = ["--engine=buildkit", "--dry-run", "--insecure-registry=registry.example", "."];
    const { exitCode, stderr } = await runBuild(lab, app.directory, words);
    expect({ exitCode, says: stderr.includes("[engines/registry-flags]") }).toEqual({
      exitCode: 0,
      says: true,
    });
  });
});

describe("a BuildKit that works with a containerd", () => {
  let buildkit: SecondBuildkit;
  const namespace = "e2e-build";
  const ctr = async (...words: string[]) =>
    (await execa(lab.tools.ctr, ["--address", containerdSocket, "--namespace", namespace, ...words])).stdout;

  beforeAll(async () => {
    // It is the containerd of docker's daemon, in a namespace of its own.
    await lab.docker("containerd");
    buildkit = await startSecondBuildkit(lab, {
      name: "containerd-worker",
      containerd: { socket: containerdSocket, namespace },
    });
  });
  afterAll(async () => {
    for (const image of (await ctr("images", "ls", "-q")).split("\n").filter((name) => name !== "")) {
      await ctr("images", "rm", "--sync", image);
    }
    await buildkit.close();
  });

  it("leaves the image there, ready to run", async () => {
    const env = { BUILDKIT_HOST: buildkit.address };
    const log = await runBuildOrThrow(
      lab,
      app.directory,
      ["--engine=buildkit", one, plain, "-t", "shop/app:1", "."],
      env,
    );
    expect(lastLine(log)).toMatch(
      /^Loaded into containerd, namespace e2e-build: shop\/app:1 \(sha256:[0-9a-f]{64}\)\. Run it: nerdctl --namespace e2e-build run --rm shop\/app:1$/,
    );
    const listed = await ctr("images", "ls");
    expect(listed).toMatch(/docker\.io\/shop\/app:1\s+\S+\s+sha256:[0-9a-f]{64}/);
    const digest = /sha256:[0-9a-f]{64}/.exec(lastLine(log))?.[0] ?? "";
    expect(listed).toContain(digest);
    // The same as any other BuildKit makes.
    const name = `${lab.registry}/e2e/build-remote:1`;
    await runBuildOrThrow(lab, app.directory, [
      "--engine=buildkit",
      one,
      plain,
      "--provenance=false",
      // An index names its tag in what is attached.
      "--no-sbom-attestations",
      "-t",
      name,
      "--push",
      ".",
    ]);
    const made = await runBuildOrThrow(
      lab,
      app.directory,
      [
        ...["--engine=buildkit", one, plain, "--provenance=false", "--no-sbom-attestations"],
        ...["-t", "shop/app:2", "."],
      ],
      env,
    );
    expect(made).toContain(await digestOf(lab, name));
    const snapshots = await ctr("images", "check", "name==docker.io/shop/app:1");
    expect(snapshots).toMatch(/complete .*true/);
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
