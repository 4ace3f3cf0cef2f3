import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { identityToken, type PrivateRegistry, startPrivateRegistry, user } from "../private-registry.ts";
import { build, cnbDockerfile, generate } from "../steps.ts";

let lab: Lab;
let builderDigest: string;
let app: ReturnType<typeof copySampleApp>;
/** The user's home: logins and caches. */
let home: string;

beforeAll(async () => {
  lab = await startLab();
  builderDigest = (await lab.crane(["digest", lab.images.builder])).stdout;
});
afterAll(() => lab.close());
beforeEach(() => {
  app = copySampleApp("procfile");
  home = mkdtempSync(join(tmpdir(), "cnb-dockerfile-home-"));
});
afterEach(() => {
  app.remove();
  rmSync(home, { recursive: true, force: true });
});

function logIn(config: unknown): void {
  mkdirSync(join(home, ".docker"), { recursive: true });
  writeFileSync(join(home, ".docker", "config.json"), JSON.stringify(config));
}

/** Puts `docker-credential-lab` on the user's PATH. */
function writeHelper(username: string, secret: string): void {
  const answer = JSON.stringify({ ServerURL: "x", Username: username, Secret: secret });
  writeExecutable("docker-credential-lab", `read server\necho '${answer}'\n`);
}

function writeExecutable(name: string, script: string): void {
  writeFileSync(join(home, name), `#!/bin/sh\n${script}`);
  chmodSync(join(home, name), 0o755);
}

/** Runs `generate` with the lab's builder, by another registry's name, as a user with this home. */
function generateFrom(host: string, words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const builder = lab.images.builder.replace(lab.registry, host);
  const user = {
    HOME: home,
    DOCKER_CONFIG: "",
    DOCKER_AUTH_CONFIG: "",
    XDG_CACHE_HOME: "",
    XDG_RUNTIME_DIR: "",
    PATH: `${home}:${process.env.PATH}`,
  };
  return cnbDockerfile(app.directory, ["generate", "--builder", builder, ...words], { ...user, ...env });
}

const basic = Buffer.from(`${user.name}:${user.password}`).toString("base64");

describe.each(["token", "basic"] as const)("a registry with TLS of its own CA and a login by %s", (auth) => {
  let registry: PrivateRegistry;
  beforeAll(async () => {
    registry = await startPrivateRegistry(lab, auth);
  });
  afterAll(() => registry.close());
  beforeEach(() => {
    registry.tokenRequests.length = 0;
  });

  it("is read with the login of a credential helper", async () => {
    logIn({ credHelpers: { [registry.host]: "lab" } });
    writeHelper(user.name, user.password);
    const { stdout, stderr, exitCode } = await generateFrom(registry.host, [
      "--registry-ca",
      registry.authority.certFile,
    ]);
    expect(stderr).not.toContain("error:");
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`${registry.host}/lab/builder:1@${builderDigest} AS builder`);
    // Logged in once for the image, whatever its platforms.
    expect(registry.tokenRequests).toEqual(auth === "token" ? ["GET robot"] : []);
    expect(stdout + stderr).not.toMatch(new RegExp(`${user.password}|${basic}`));
  });

  it.each([["SSL_CERT_FILE"], ["NODE_EXTRA_CA_CERTS"]])(
    "is read with docker's login and the CA of %s",
    async (variable) => {
      logIn({ auths: { [registry.host]: { auth: basic } } });
      const { stdout, stderr } = await generateFrom(registry.host, [], {
        [variable]: registry.authority.certFile,
      });
      expect(stdout, stderr).toContain(`@${builderDigest} AS builder`);
    },
  );

  it("is read by the name of another registry, whose mirror it is", async () => {
    logIn({ auths: { [registry.host]: { auth: basic } } });
    const words = [
      "--registry-mirror",
      `registry.example=${registry.host}`,
      "--insecure-registry",
      registry.host,
    ];
    const { stdout, stderr } = await generateFrom("registry.example", words);
    expect(stdout, stderr).toContain(`FROM registry.example/lab/builder:1@${builderDigest} AS builder`);
  });

  it("is refused without the CA, and nobody is told the login", async () => {
    logIn({ auths: { [registry.host]: { auth: basic } } });
    const { stderr, exitCode } = await generateFrom(registry.host, []);
    expect(stderr).toContain("it was signed by an unknown CA");
    expect(stderr).toContain(`--insecure-registry ${registry.host}`);
    expect(exitCode).toBe(1);
    expect(registry.tokenRequests).toEqual([]);
  });

  it.each([
    ["without a login", {}, "no credentials were found"],
    [
      "with the wrong one",
      {
        DOCKER_AUTH_CONFIG: (host: string) =>
          JSON.stringify({ auths: { [host]: { username: "robot", password: "wrong" } } }),
      },
      "the credentials of DOCKER_AUTH_CONFIG",
    ],
  ])("refuses access %s, and the message says what was used", async (_, env, says) => {
    const variables = Object.entries(env).map(([name, value]) => [name, value(registry.host)]);
    const ca = ["--registry-ca", registry.authority.certFile];
    const { stderr, exitCode } = await generateFrom(registry.host, ca, Object.fromEntries(variables));
    expect(stderr).toContain(
      `${registry.host} denied access to ${registry.host}/lab/builder:1 (HTTP 401); ${says}`,
    );
    expect(stderr).toContain(`docker login ${registry.host}`);
    expect(stderr).not.toContain("wrong");
    expect(exitCode).toBe(1);
  });

  if (auth === "basic") return;

  it("is read with an identity token, which a helper keeps", async () => {
    logIn({ credsStore: "lab" });
    writeHelper("<token>", identityToken);
    const { stdout, stderr } = await generateFrom(registry.host, [
      "--registry-ca",
      registry.authority.certFile,
    ]);
    expect(stdout, stderr).toContain(`@${builderDigest} AS builder`);
    expect(registry.tokenRequests).toEqual(["POST refresh_token"]);
  });
});

describe("a builder that is in no registry", () => {
  it("is read from an OCI layout, as the run image is, and built by the command that the Dockerfile shows", async () => {
    const layouts = { builder: join(home, "acme's builder"), run: join(home, "run") };
    await lab.crane(["pull", "--format=oci", lab.images.builder, layouts.builder]);
    await lab.crane(["pull", "--format=oci", lab.images.runBase, layouts.run]);
    const file = join(app.directory, "Dockerfile");
    await generate(app.directory, [
      ...["--builder", `oci-layout://${layouts.builder}`, "--run-image", `oci-layout://${layouts.run}`],
      ...["--platform", "linux/amd64", "--process-type", "web", "-o", file],
    ]);
    const dockerfile = readFileSync(file, "utf8");
    expect(dockerfile).toMatch(
      new RegExp(`^FROM oci-layout\\.invalid/\\S+@${builderDigest} AS builder$`, "m"),
    );
    expect(dockerfile).toMatch(/^FROM oci-layout\.invalid\/\S+ AS rootfs$/m);

    const command = /^# {3}(docker buildx build .*)$/m.exec(dockerfile)?.[1] ?? "";
    const name = `${lab.registry}/e2e/from-layouts:${Date.now()}`;
    // The lab has docker's plugin alone.
    writeExecutable("docker", 'shift\nexec docker-buildx "$@"\n');
    const { exitCode, stderr } = await execa(
      "/bin/sh",
      ["-c", command.replace("--tag NAME", `--tag ${name}`)],
      {
        cwd: app.directory,
        env: { ...lab.environment, PATH: `${home}:${lab.environment.PATH}` },
        reject: false,
      },
    );
    expect(exitCode, stderr).toBe(0);
    const web = await lab.execute(name, "linux/amd64", { env: { PORT: "8080" } });
    expect(web.stdout).toContain("web on 8080");

    // Without its options no other image takes the place of one.
    const request = { directory: app.directory, dockerfile, platforms: ["linux/amd64"] };
    expect((await build(lab, request)).log).toContain("oci-layout.invalid");
  });

  it("is read from a docker daemon", async () => {
    const { DOCKER_HOST } = (await lab.docker()).environment;
    const socketPath = DOCKER_HOST.replace("unix://", "");
    const [name = "", tag = ""] = lab.images.builder.split(/:(?=[^/]*$)/);
    await post(socketPath, `/images/create?fromImage=${encodeURIComponent(name)}&tag=${tag}`);
    const words = ["generate", "--builder", `docker-daemon://${lab.images.builder}`];
    const { stdout, stderr } = await cnbDockerfile(app.directory, words, { DOCKER_HOST });
    expect(stdout, stderr).toContain(`FROM ${lab.images.builder}@${builderDigest} AS builder`);
    expect(stdout).toContain("--platform linux/amd64 ");
    const missing = ["generate", "--builder", "docker-daemon://acme/nowhere:1"];
    const { stderr: told, exitCode } = await cnbDockerfile(app.directory, missing, { DOCKER_HOST });
    expect(told).toContain("acme/nowhere:1 does not exist");
    expect(exitCode).toBe(1);
  });
});

/** Waits for the whole answer, which ends when the daemon is done. */
function post(socketPath: string, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path, method: "POST" }, (response) => {
      response.resume().on("end", resolve).on("error", reject);
    })
      .on("error", reject)
      .end();
  });
}
