/** A program of a Go module, built static. */
export interface GoTool {
  readonly kind: "go";
  readonly name: string;
  readonly module: string;
  /** Module version, with its `v`. */
  readonly version: string;
  /** Package directory in the module. */
  readonly package: string;
  readonly architecture: Architecture;
  /** Absent: the program takes its version from elsewhere. Variable = value, given to the linker. */
  readonly stamp?: string;
}

/** A program taken out of a Debian package; the package is not installed, so no service of it starts. */
export interface DebianTool {
  readonly kind: "debian";
  readonly name: string;
  readonly package: string;
  /** The release it comes from; which build of it, apt decides. */
  readonly version: string;
  /** Path in the package. */
  readonly path: string;
}

export type Tool = GoTool | DebianTool;
export type Architecture = "amd64" | "arm64";
export const architectures: readonly Architecture[] = ["amd64", "arm64"];

/** The lifecycles our builders are made with; the last Platform APIs they speak are 0.15 and 0.14. */
export const lifecycleVersions = { current: "0.21.14", old: "0.20.11" } as const;

const buildkit = {
  kind: "go",
  module: "github.com/moby/buildkit",
  version: "v0.34.2",
  architecture: "amd64",
} as const;
const buildkitStamp = (version: string) => `github.com/moby/buildkit/version.Version=${version}`;

/** A program of BuildKit's, of any version. */
function buildkitTool<const Name extends string>(
  name: Name,
  program: "buildkitd" | "buildctl",
  version: string,
) {
  return {
    ...{ ...buildkit, name, version },
    ...{ package: `./cmd/${program}`, stamp: buildkitStamp(version) },
  } as const;
}

/** Daemons and clients that every lab needs. */
const commonTools = [
  buildkitTool("buildctl", "buildctl", buildkit.version),
  buildkitTool("buildkitd", "buildkitd", buildkit.version),
  {
    kind: "go",
    name: "docker-buildx",
    module: "github.com/docker/buildx",
    version: "v0.38.2",
    package: "./cmd/buildx",
    architecture: "amd64",
    stamp: "github.com/docker/buildx/version.Version=v0.38.2",
  },
  {
    kind: "go",
    name: "pack",
    module: "github.com/buildpacks/pack",
    version: "v0.40.7",
    package: ".",
    architecture: "amd64",
    stamp: "github.com/buildpacks/pack/pkg/client.Version=0.40.7",
  },
  {
    kind: "go",
    name: "crane",
    module: "github.com/google/go-containerregistry",
    version: "v0.22.1",
    package: "./cmd/crane",
    architecture: "amd64",
    stamp: "github.com/google/go-containerregistry/cmd/crane/cmd.Version=v0.22.1",
  },
  // `crane registry serve` keeps manifests in memory only: what was pushed would be gone after every restart.
  {
    kind: "debian",
    name: "registry",
    package: "docker-registry",
    version: "bookworm",
    path: "usr/bin/docker-registry",
  },
] as const satisfies readonly Tool[];

const containerd = {
  kind: "go",
  module: "github.com/containerd/containerd/v2",
  version: "v2.2.1",
  architecture: "amd64",
} as const;

/** A docker daemon of today. */
export const dockerTools = [
  {
    kind: "go",
    name: "dockerd",
    module: "github.com/moby/moby/v2",
    version: "v2.0.0-beta.17",
    package: "./cmd/dockerd",
    architecture: "amd64",
    stamp: "github.com/moby/moby/v2/dockerversion.Version=2.0.0-beta.17",
  },
  { ...containerd, name: "containerd", package: "./cmd/containerd" },
  { ...containerd, name: "containerd-shim-runc-v2", package: "./cmd/containerd-shim-runc-v2" },
  { ...containerd, name: "ctr", package: "./cmd/ctr" },
] as const satisfies readonly Tool[];

/** The version that `build` downloads where there is no BuildKit: that of its list of programs, which a test compares. */
export const listedBuildkit = "v0.33.1";

/** The oldest BuildKit that our frontend works with, one between that and the lab's own, and the one that our list of programs names. */
export const olderBuildkits = [
  buildkitTool("buildkitd-oldest", "buildkitd", "v0.17.0"),
  buildkitTool("buildkitd-between", "buildkitd", "v0.21.1"),
  buildkitTool("buildkitd-listed", "buildkitd", listedBuildkit),
] as const satisfies readonly Tool[];

/** What a private BuildKit runs with: namespaces for a user and a client, of the versions that our list of programs names; networks for steps. */
export const rootlessTools = [
  buildkitTool("buildctl-listed", "buildctl", listedBuildkit),
  // `passt` by another name, by which it knows what to do.
  { kind: "debian", name: "pasta", package: "passt", version: "bookworm", path: "usr/bin/passt" },
  {
    kind: "go",
    name: "rootlesskit",
    module: "github.com/rootless-containers/rootlesskit/v3",
    version: "v3.1.0",
    package: "./cmd/rootlesskit",
    architecture: "amd64",
  },
] as const satisfies readonly Tool[];

/** What says what is in an image, and what is wrong with that; they run in build steps, in images that hold them alone. */
export const supplyChainTools = [
  {
    kind: "go",
    name: "syft",
    module: "github.com/anchore/syft",
    version: "v1.52.0",
    package: "./cmd/syft",
    architecture: "amd64",
    stamp: "main.version=1.52.0",
  },
  {
    kind: "go",
    name: "grype",
    module: "github.com/anchore/grype",
    version: "v0.110.0",
    package: "./cmd/grype",
    architecture: "amd64",
    stamp: "main.version=0.110.0",
  },
] as const satisfies readonly Tool[];

/** docker's command line, for our plugin alone: by another name, as the lab is a machine without docker. */
export const pluginTools = [
  { kind: "debian", name: "docker-cli", package: "docker.io", version: "bookworm", path: "usr/bin/docker" },
] as const satisfies readonly Tool[];

/** All that runs on this machine, by the name it has in `.lab/bin`. */
export const hostTools = [
  ...commonTools,
  ...dockerTools,
  ...olderBuildkits,
  ...rootlessTools,
  ...supplyChainTools,
  ...pluginTools,
] as const;

export type HostToolName = (typeof hostTools)[number]["name"];

/** `lifecycle` or `launcher` of one version for one architecture, as a builder image carries it. */
export function lifecycleTool(
  name: "lifecycle" | "launcher",
  version: string,
  architecture: Architecture,
): GoTool {
  return {
    kind: "go",
    name,
    module: "github.com/buildpacks/lifecycle",
    version: `v${version}`,
    package: `./cmd/${name}`,
    architecture,
    stamp: `github.com/buildpacks/lifecycle/cmd.Version=${version}`,
  };
}

/** What a lab needs to start, the daemons first; it makes the other tools when somebody asks for them. */
export const labTools: readonly Tool[] = [
  ...commonTools,
  ...Object.values(lifecycleVersions).flatMap((version) =>
    architectures.flatMap((architecture) => [
      lifecycleTool("lifecycle", version, architecture),
      lifecycleTool("launcher", version, architecture),
    ]),
  ),
];

export const everyTool: readonly Tool[] = [
  ...labTools,
  ...dockerTools,
  ...olderBuildkits,
  ...rootlessTools,
  ...supplyChainTools,
  ...pluginTools,
];

/** Of a program in `.lab/bin`, without its `v`. */
export function versionOf(name: HostToolName): string {
  return hostTools.find((tool) => tool.name === name)?.version.replace(/^v/, "") ?? "";
}
