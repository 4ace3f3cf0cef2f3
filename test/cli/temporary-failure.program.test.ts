import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../helpers/directory.ts";
import { standInEngines } from "../helpers/engine-stand-ins.ts";
import { projectToml, workplace } from "../helpers/program.ts";

const push = "failed to solve: failed to push registry.example/app:1";
const answers: [string, string, number][] = [
  [
    "503",
    `${push}: unexpected status from PUT request to https://registry.example/v2/: 503 Service Unavailable`,
    75,
  ],
  [
    "429",
    `${push}: unexpected status from HEAD request to https://registry.example/v2/: 429 Too Many Requests`,
    75,
  ],
  [
    "a reset",
    `${push}: failed to do request: Put "https://registry.example/v2/": read: connection reset by peer`,
    75,
  ],
  ["403", `${push}: unexpected status from POST request to https://registry.example/v2/: 403 Forbidden`, 1],
  [
    "a step that says 503",
    'failed to solve: process "failed to push: unexpected status: 503 x" did not complete',
    1,
  ],
];

async function place(build: string, node = "", env: Readonly<Record<string, string>> = {}) {
  const engine = standInEngines(join(temporaryDirectory(), "bin"), build, node);
  const work = await workplace({ "project.toml": projectToml });
  return (words: readonly string[]) => work.run(words, { env: { ...engine.env, ...env } });
}

describe.each(["buildx", "buildkit"])("by %s, a build that fails for the registry's", (name) => {
  const flags = [
    `--engine=${name}`,
    "--buildkit-host=tcp://127.0.0.1:9",
    "--platform=linux/amd64",
    "--progress=plain",
  ];

  it.each(answers)("%s ends with its exit code", async (_, line, exitCode) => {
    const prefix = name === "buildx" ? "ERROR: failed to build: " : "error: ";
    const run = await place(
      `echo '#1 0.1 ERROR: ${push}: unexpected status: 503 x' >&2; echo '${prefix}${line}' >&2; exit 1`,
    );
    const built = await run(["build", ...flags, "--push", "-t", "registry.example/app:1", "."]);
    expect(built.stderr).toContain(line);
    expect(built.exitCode).toBe(exitCode);
    const exported = await run(["cache", "export", "registry.example/app-cache:1", ...flags, "."]);
    expect(exported.exitCode).toBe(exitCode);
  });
});

describe("a BuildKit that is reached over TCP", () => {
  const build = async (words: readonly string[]) => {
    const run = await place(":");
    const { stderr } = await run([
      "build",
      "--engine=buildkit",
      "--output=type=oci,dest=out.tar",
      ...words,
      ".",
    ]);
    const times = stderr.match(/\[engines\/plain-tcp\]/g)?.length ?? 0;
    expect(stderr).toContain("Building with BuildKit at");
    return times;
  };

  it("without TLS is warned about once", async () => {
    expect(await build(["--buildkit-host=tcp://buildkit.example:1234"])).toBe(1);
    expect(await build(["--buildkit-host=tcp://10.0.0.7:1234", "--artifacts=found"])).toBe(1);
  });

  it.each([
    ["with TLS", ["--buildkit-host=tcp://buildkit.example:1234", "--buildkit-tls-dir=certs"]],
    ["on this machine", ["--buildkit-host=tcp://127.0.0.1:1234"]],
    ["on this machine, by IPv6", ["--buildkit-host=tcp://[::1]:1234"]],
    ["by ssh", ["--buildkit-host=ssh://buildkit.example"]],
    ["by a socket", ["--buildkit-host=unix:///run/x.sock"]],
  ])("%s is not", async (_, words) => {
    expect(await build(words)).toBe(0);
  });
});

describe("an instance of buildx", () => {
  const build = async (node: string, env = {}) => {
    const run = await place(":", node, env);
    const words = [
      "build",
      "--engine=buildx",
      "--secret=id=TOKEN,env=PATH",
      "--output=type=oci,dest=out.tar",
      ".",
    ];
    const { stderr } = await run(words);
    expect(stderr).toContain('Building with buildx builder "lab"');
    return stderr.split("\n").filter((line) => line.includes("[engines/plain-tcp]"));
  };
  const second = "Name: lab1\nEndpoint: tcp://10.0.0.7:1234\nPlatforms: linux/s390x\n";

  it("that is reached over TCP without TLS is warned about once, by its nodes", async () => {
    const [line, ...others] = await build(`Endpoint: tcp://buildkit.example:1234\n${second}`);
    expect(line).toContain("BuildKit at buildkit.example:1234, 10.0.0.7:1234 has no TLS");
    expect(others).toEqual([]);
    const options = 'Driver Options: default-load="true"';
    expect(await build(`Endpoint: tcp://buildkit.example:1234\n${options}\n`)).toHaveLength(1);
  });

  it.each([
    [
      "with TLS",
      'Endpoint: tcp://b.example:1\nDriver Options: cacert="/ca.pem" cert="/c.pem" key="/k.pem"\n',
    ],
    ["on this machine", "Endpoint: tcp://127.0.0.1:1234\n"],
    ["by a socket", "Endpoint: unix:///run/x.sock\n"],
  ])("%s is not", async (_, node) => {
    expect(await build(node, { DOCKER_HOST: "tcp://docker.example:2375" })).toEqual([]);
  });
});
