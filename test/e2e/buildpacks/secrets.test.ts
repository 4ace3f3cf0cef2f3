import { randomUUID } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeAuthority } from "../../helpers/certificates.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { build, buildOrThrow, generate } from "../steps.ts";

const platform = "linux/amd64";
let lab: Lab;
let app: ReturnType<typeof copySampleApp>;

beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  rmSync(authorities, { recursive: true, force: true });
  await lab.close();
});
beforeEach(() => {
  app = copySampleApp("procfile");
  // A step that BuildKit has finished before would say nothing.
  write("unique.txt", randomUUID());
});
afterEach(() => app.remove());

function write(path: string, text: string, mode = 0o644): void {
  const file = join(app.directory, path);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, mode);
}

/** A buildpack in the project that notes, without showing any value, what it sees in detect and build. */
function writeProbe(directory: string, id: string): void {
  write(
    `${directory}/buildpack.toml`,
    `api = "0.10"\n[buildpack]\nid = "${id}"\nversion = "0.0.1"\n[[targets]]\nos = "linux"\n`,
  );
  const look = readFileSync(join(import.meta.dirname, "..", "..", "fixtures", "scripts", "look.sh"), "utf8");
  write(`${directory}/bin/detect`, `${look}exit 0\n`, 0o755);
  write(`${directory}/bin/build`, `${look}exit 0\n`, 0o755);
}

async function hash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Buffer.from(digest).toString("hex").slice(0, 16);
}

const authorities = mkdtempSync(join(tmpdir(), "cnb-dockerfile-secrets-"));
const values = {
  API_KEY: "hunter2-api-key-value",
  "db.password": "hunter2-binding-value\n",
  "ca-cert": makeAuthority(authorities).cert,
};
/** What tells the certificate from all others. */
const certificateLine = values["ca-cert"].split("\n")[3] ?? "";

/** Files with the secrets, beside the app; out: the words that hand them over. */
function secretWords(names: readonly (keyof typeof values)[]): string[] {
  return names.flatMap((name) => {
    const file = join(app.directory, "..", `secret-${name}`);
    writeFileSync(file, values[name]);
    return ["--secret", `id=${name},src=${file}`];
  });
}

const flags = ["--secret", "API_KEY", "--binding", "db=postgresql:password", "--ca-cert"];

describe("secrets, bindings and a CA bundle", () => {
  it("reach the buildpacks in detect and build, and nothing else", async () => {
    writeProbe("probe", "e2e/probe");
    const common = ["--builder", lab.images.builder, "--pre-buildpack", "./probe"];
    const dockerfile = await generate(app.directory, [...common, ...flags]);
    const name = `${lab.registry}/e2e/secrets:${Date.now()}`;
    const request = { directory: app.directory, dockerfile, platforms: [platform] };
    const words = secretWords(["API_KEY", "db.password", "ca-cert"]);
    const log = await buildOrThrow(lab, { ...request, name, words });

    expect(log).toContain(`build variable ${await hash(values.API_KEY)}`);
    expect(log).toContain(`build binding db/type ${await hash("postgresql")}`);
    expect(log).toContain(`build binding db/password ${await hash(values["db.password"])}`);
    const { stdout: usual } = await lab.execute(lab.images.builder, platform, {
      entrypoint: "grep",
      args: ["-c", "BEGIN", "/etc/ssl/certs/ca-certificates.crt"],
    });
    expect(Number(usual)).toBeGreaterThan(1);
    for (const variable of ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "CURL_CA_BUNDLE"]) {
      expect(log).toContain(`build ${variable} ${Number(usual) + 1} ${await hash(values["ca-cert"])}`);
    }

    // Every blob of the image, and everything that was said or written on the way.
    const { stdout: manifest } = await lab.crane(["manifest", name]);
    const { stdout: config } = await lab.crane(["config", name]);
    const contents = await lab.crane(["export", name, "-"]);
    for (const text of [dockerfile, log, manifest, config, contents.stdout]) {
      expect(text).not.toContain("hunter2");
      expect(text).not.toContain(certificateLine);
    }
    expect(certificateLine).toMatch(/^[\w+/]{64}$/);
    const files = await lab.execute(name, platform, {
      entrypoint: "/cnb/lifecycle/launcher",
      args: [
        "--",
        "/bin/sh",
        "-c",
        `grep -rlF -e hunter2 -e '${certificateLine}' /layers /workspace /cnb /run /platform 2>/dev/null; ls -d /platform /run/secrets 2>/dev/null; true`,
      ],
    });
    expect(files.stdout.trim()).toBe("");
  });

  it("that are declared and not handed over stop the build before a buildpack runs", async () => {
    writeProbe("probe", "e2e/probe");
    const dockerfile = await generate(app.directory, [
      ...["--builder", lab.images.builder, "--pre-buildpack", "./probe"],
      ...flags,
    ]);
    const { log, exitCode } = await build(lab, {
      directory: app.directory,
      dockerfile,
      platforms: [platform],
      words: secretWords(["db.password", "ca-cert"]),
    });
    expect(exitCode).not.toBe(0);
    expect(log).toMatch(/secret API_KEY.*not found/);
    expect(log).not.toContain("detect variable");
  });
});

describe("BuildKit's proxy arguments", () => {
  it("reach the buildpacks in both letter cases, are in no file and no cache key", async () => {
    writeProbe("probe", "e2e/probe");
    const dockerfile = await generate(app.directory, [
      ...["--builder", lab.images.builder, "--pre-buildpack", "./probe"],
    ]);
    const request = { directory: app.directory, dockerfile, platforms: [platform] };
    const name = `${lab.registry}/e2e/proxies:${Date.now()}`;
    const words = (port: number) => [
      ...[
        "--build-arg",
        `HTTPS_PROXY=http://hunter2.example:${port}`,
        "--build-arg",
        "NO_PROXY=intern.example",
      ],
    ];
    const log = await buildOrThrow(lab, { ...request, name, words: words(3128) });
    const proxy = "http://hunter2.example:3128";
    expect(log).toContain(`build proxies ${proxy} ${proxy} intern.example intern.example`);
    const { stdout: config } = await lab.crane(["config", name]);
    expect(config).not.toContain("hunter2");
    const again = await buildOrThrow(lab, { ...request, words: words(3129) });
    expect(again).not.toContain("build proxies");
  });
});

describe("a buildpack of the project", () => {
  it("takes the place of the builder's of the same name and version, file by file", async () => {
    write("mine/buildpack.toml", 'api = "0.10"\n[buildpack]\nid = "lab/procfile"\nversion = "2.0.1"\n');
    write("mine/bin/detect", "#!/bin/bash\nexit 0\n");
    write("mine/bin/build", '#!/bin/bash\necho "mine runs"; ls "$CNB_BUILDPACK_DIR"\n');
    const dockerfile = await generate(app.directory, [
      ...["--builder", lab.images.builder, "--buildpack", "./mine"],
    ]);
    const log = await buildOrThrow(lab, { directory: app.directory, dockerfile, platforms: [platform] });
    expect(log).toContain("mine runs");
    expect(log).not.toContain("Lab Procfile buildpack");
  });
});
