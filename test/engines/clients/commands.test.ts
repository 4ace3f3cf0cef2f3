import { describe, expect, it } from "vitest";
import { formatCommand } from "../../../src/build/steps/format-command.ts";
import type { BuildRequest } from "../../../src/engines/build-request.ts";
import { buildctlCommand, buildctlRecords } from "../../../src/engines/clients/buildkit.ts";
import { buildxCommand } from "../../../src/engines/clients/buildx.ts";

const digest = `sha256:${"a".repeat(64)}`;
const plain: BuildRequest = {
  context: "/app",
  file: { directory: "/app", name: "project.toml" },
  platforms: [],
  tags: [],
  buildArguments: [],
  labels: [],
  annotations: [],
  outputs: [],
  noCache: false,
  noCacheFilter: [],
  pull: false,
  secrets: [],
  ssh: [],
  cacheFrom: [],
  cacheTo: [],
  buildContexts: [],
  attestations: {},
  limits: { addHosts: [], allow: [], ulimits: [] },
  progress: "auto",
};
const full: BuildRequest = {
  ...plain,
  frontend: { reference: "own.example/image:1", layout: { directory: "/pkg/image", digest } },
  platforms: [
    { os: "linux", architecture: "amd64" },
    { os: "linux", architecture: "arm64" },
  ],
  tags: ["docker.io/library/a:1", "docker.io/library/b:1"],
  buildArguments: [{ name: "A", value: "b=c" }],
  labels: ["l=1=2"],
  annotations: ["x=1", "index,manifest[linux/amd64]:y=2"],
  target: "t",
  outputs: [
    { type: "registry", attributes: {} },
    { type: "local", destination: "/out", attributes: {} },
  ],
  noCacheFilter: ["build", "detect"],
  pull: true,
  secrets: ["id=S,env=S"],
  ssh: ["default"],
  cacheFrom: ["registry.example/cache", "type=local,src=/c"],
  cacheTo: ["type=local,dest=/c,mode=max"],
  buildContexts: [
    { name: "base", value: "docker-image://registry.example/base" },
    { name: "files", value: "/files" },
    { name: "layout", value: `oci-layout:///layouts/a:1@${digest}` },
  ],
  attestations: { sbom: "true", provenance: "mode=max" },
  limits: {
    addHosts: ["host:10.0.0.1"],
    allow: ["network.host"],
    ulimits: ["nofile=1024"],
    cgroupParent: "g",
    network: "host",
    proxyNetwork: true,
    shmSize: "1024",
  },
  progress: "plain",
  metadataFile: "/m.json",
  traceFile: "/t.json",
  referenceFile: "/r",
  sourcePolicyFile: "/p.json",
};
const address = { address: "unix:///b.sock" };

describe("buildxCommand", () => {
  it("says no more than it was asked for", () => {
    expect(formatCommand(buildxCommand(["docker-buildx"], undefined, plain))).toBe(
      "BUILDX_GIT_INFO=false BUILDX_GIT_LABELS=false docker-buildx build --progress=auto --file=/app/project.toml /app",
    );
  });

  it("goes through docker where buildx is its plugin, and names the instance", () => {
    const { program, arguments: words } = buildxCommand(["docker", "buildx"], "lab", plain);
    expect([program, ...words.slice(0, 3)]).toEqual(["docker", "buildx", "build", "--builder=lab"]);
  });

  it("hands over every wish", () => {
    expect(buildxCommand(["docker-buildx"], undefined, full).arguments).toMatchInlineSnapshot(`
      [
        "build",
        "--progress=plain",
        "--file=/app/project.toml",
        "--build-arg=BUILDKIT_SYNTAX=own.example/image:1",
        "--build-context=own.example/image:1=oci-layout:///pkg/image@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "--platform=linux/amd64,linux/arm64",
        "--tag=docker.io/library/a:1",
        "--tag=docker.io/library/b:1",
        "--build-arg=A=b=c",
        "--label=l=1=2",
        "--annotation=x=1",
        "--annotation=index,manifest[linux/amd64]:y=2",
        "--target=t",
        "--output=type=registry",
        "--output=type=local,dest=/out",
        "--no-cache-filter=build",
        "--no-cache-filter=detect",
        "--pull",
        "--secret=id=S,env=S",
        "--ssh=default",
        "--cache-from=registry.example/cache",
        "--cache-from=type=local,src=/c",
        "--cache-to=type=local,dest=/c,mode=max",
        "--build-context=base=docker-image://registry.example/base",
        "--build-context=files=/files",
        "--build-context=layout=oci-layout:///layouts/a:1@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "--sbom=true",
        "--provenance=mode=max",
        "--add-host=host:10.0.0.1",
        "--allow=network.host",
        "--cgroup-parent=g",
        "--network=host",
        "--shm-size=1024",
        "--ulimit=nofile=1024",
        "--metadata-file=/m.json",
        "/app",
      ]
    `);
  });
});

describe("buildctlCommand", () => {
  it("says no more than it was asked for, but where the result comes from", () => {
    expect(formatCommand(buildctlCommand("buildctl", address, plain))).toBe(
      "buildctl --addr=unix:///b.sock build --progress=auto --frontend=dockerfile.v0 --local=context=/app --local=dockerfile=/app --opt=filename=project.toml --opt=attest:provenance=mode=min,inline-only=true",
    );
  });

  it("has no output for a result that goes nowhere", () => {
    const request = { ...plain, outputs: [{ type: "cacheonly", attributes: {} }] };
    expect(buildctlCommand("buildctl", address, request)).toEqual(
      buildctlCommand("buildctl", address, plain),
    );
  });

  it("hands over every wish as the frontend's and the exporter's options", () => {
    expect(buildctlCommand("buildctl", address, full).arguments).toMatchInlineSnapshot(`
      [
        "--addr=unix:///b.sock",
        "build",
        "--progress=plain",
        "--frontend=gateway.v0",
        "--local=context=/app",
        "--local=dockerfile=/app",
        "--oci-layout=cnb-dockerfile=/pkg/image",
        "--local=context-1=/files",
        "--oci-layout=context-2=/layouts/a",
        "--opt=filename=project.toml",
        "--opt=source=own.example/image:1",
        "--opt=cmdline=own.example/image:1",
        "--opt=context:own.example/image:1=oci-layout://cnb-dockerfile@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "--opt=platform=linux/amd64,linux/arm64",
        "--opt=build-arg:A=b=c",
        "--opt=label:l=1=2",
        "--opt=target=t",
        "--opt=no-cache=build,detect",
        "--opt=image-resolve-mode=pull",
        "--opt=attest:provenance=mode=max",
        "--opt=attest:sbom=",
        "--opt=add-hosts=host=10.0.0.1",
        "--opt=cgroup-parent=g",
        "--opt=force-network-mode=host",
        "--opt=shm-size=1024",
        "--opt=ulimit=nofile=1024:1024",
        "--opt=context:base=docker-image://registry.example/base",
        "--opt=context:files=local:context-1",
        "--opt=context:layout=oci-layout://context-2:1@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "--output=type=image,"name=docker.io/library/a:1,docker.io/library/b:1",push=true,annotation.x=1,annotation-index.y=2,annotation-manifest[linux/amd64].y=2",
        "--output=type=local,dest=/out",
        "--secret=id=S,env=S",
        "--ssh=default",
        "--allow=network.host",
        "--proxy-network",
        "--import-cache=type=registry,ref=registry.example/cache",
        "--import-cache=type=local,src=/c",
        "--export-cache=type=local,dest=/c,mode=max",
        "--metadata-file=/m.json",
        "--trace=/t.json",
        "--ref-file=/r",
        "--source-policy-file=/p.json",
      ]
    `);
  });

  it("shows the certificates of a BuildKit behind TLS", () => {
    const { arguments: words } = buildctlCommand(
      "buildctl",
      { address: "tcp://b.example:1234", tlsDirectory: "/certs", tlsServerName: "b" },
      plain,
    );
    expect(words.slice(0, 3)).toEqual([
      "--addr=tcp://b.example:1234",
      "--tlsdir=/certs",
      "--tlsservername=b",
    ]);
  });

  it.each([
    ["1024", "1024"],
    ["64m", "67108864"],
    ["1GB", "1073741824"],
    ["much", "much"],
  ])("takes the size %s for %s bytes", (shmSize, bytes) => {
    const limits = { ...plain.limits, shmSize };
    expect(buildctlCommand("buildctl", address, { ...plain, limits }).arguments).toContain(
      `--opt=shm-size=${bytes}`,
    );
  });

  it("attests nothing where that is switched off", () => {
    const words = buildctlCommand("buildctl", address, {
      ...plain,
      attestations: { provenance: "false" },
    }).arguments;
    expect(words.filter((word) => word.includes("attest"))).toEqual([]);
  });
});

it("asks BuildKit through buildctl for one build's record, and for a blob of it", () => {
  const { find, blob } = buildctlRecords("buildctl", address);
  expect(formatCommand(find("abc"))).toBe(
    `buildctl --addr=unix:///b.sock debug histories '--format={{with .Record}}{{if eq .Ref "abc"}}{{json .}}{{end}}{{end}}'`,
  );
  expect(formatCommand(blob(digest))).toBe(`buildctl --addr=unix:///b.sock debug get ${digest}`);
});
