import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { build, doors, generate } from "../steps.ts";

const platform = "linux/amd64";
/** Asks the agent for its keys, and keeps how many there are. Source: the ssh agent's protocol, "Requesting a list of keys". */
const script = `
mkdir -p "$1/keys"
printf '\\0\\0\\0\\1\\013' |
  curl --silent --max-time 1 --unix-socket "$SSH_AUTH_SOCK" telnet://agent |
  od --address-radix=n --skip-bytes=5 --read-bytes=4 --format=u1 | tr --delete ' \\n' > "$1/keys/count"
printf '[types]\\nlaunch = true\\n' > "$1/keys.toml"
`;
const descriptor = `[_]
schema-version = "0.2"
id = "e2e.ssh"

[[io.buildpacks.group]]
id = "e2e/ssh"
[io.buildpacks.group.script]
api = "0.10"
shell = "/bin/bash"
inline = '''${script}'''

[io.github.cnb-dockerfile]
ssh = "default"
`;
let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
let directory: string;
let key: string;

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("procfile");
  writeFileSync(join(app.directory, "project.toml"), descriptor);
  directory = mkdtempSync(join(tmpdir(), "cnb-dockerfile-ssh-"));
  key = join(directory, "key.pem");
  const { privateKey } = generateKeyPairSync("ed25519");
  writeFileSync(key, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
});
afterAll(async () => {
  app.remove();
  rmSync(directory, { recursive: true, force: true });
  await lab.close();
});

describe.each(Object.entries(doors))(
  "an ssh agent that a project asks for, in a build by %s,",
  (_, words) => {
    const name = () => `${lab.registry}/e2e/ssh:1`;
    const run = async (more: readonly string[]) => {
      // Or the step of another door answers, which saw an agent.
      writeFileSync(join(app.directory, "first.txt"), String(Math.random()));
      const dockerfile = await generate(app.directory, ["--builder", lab.images.builder, ...words()]);
      return build(lab, {
        ...{ directory: app.directory, dockerfile, platforms: [platform], name: name(), words: more },
      });
    };

    it("reaches the buildpacks, as their user", async () => {
      const { log, exitCode } = await run([`--ssh=default=${key}`]);
      expect(exitCode, log).toBe(0);
      const { stdout } = await lab.execute(name(), platform, {
        entrypoint: "/cnb/lifecycle/launcher",
        args: ["cat /layers/e2e_ssh/keys/count; ls -A /run/buildkit 2>/dev/null || true"],
      });
      expect(stdout.trim()).toBe("0001");
    });

    it("has to be there", async () => {
      const { log, exitCode } = await run([]);
      expect(exitCode).not.toBe(0);
      expect(log).toMatch(/ssh/i);
      expect(log).not.toContain("exit code: 51");
    });
  },
);
