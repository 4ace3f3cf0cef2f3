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
  version: "v0.33.1",
  architecture: "amd64",
} as const;
const buildkitStamp = `github.com/moby/buildkit/version.Version=${buildkit.version}`;

/** Daemons and clients that run on this machine, by the name they have in `.lab/bin`. */
export const hostTools = [
  { ...buildkit, name: "buildctl", package: "./cmd/buildctl", stamp: buildkitStamp },
  { ...buildkit, name: "buildkitd", package: "./cmd/buildkitd", stamp: buildkitStamp },
  {
    kind: "go",
    name: "docker-buildx",
    module: "github.com/docker/buildx",
    version: "v0.37.2",
    package: "./cmd/buildx",
    architecture: "amd64",
    stamp: "github.com/docker/buildx/version.Version=v0.37.2",
  },
  {
    kind: "go",
    name: "pack",
    module: "github.com/buildpacks/pack",
    version: "v0.40.6",
    package: ".",
    architecture: "amd64",
    stamp: "github.com/buildpacks/pack/pkg/client.Version=0.40.6",
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
  // For `pack build` alone, which works in a docker daemon and nowhere else.
  { kind: "debian", name: "dockerd", package: "docker.io", version: "bookworm", path: "usr/sbin/dockerd" },
  {
    kind: "debian",
    name: "containerd",
    package: "containerd",
    version: "bookworm",
    path: "usr/bin/containerd",
  },
  {
    kind: "debian",
    name: "containerd-shim-runc-v2",
    package: "containerd",
    version: "bookworm",
    path: "usr/bin/containerd-shim-runc-v2",
  },
] as const satisfies readonly Tool[];

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

/** Every program there is to build, the daemons first: a lab can start while nothing else is ready. */
export const everyTool: readonly Tool[] = [
  ...hostTools,
  ...Object.values(lifecycleVersions).flatMap((version) =>
    architectures.flatMap((architecture) => [
      lifecycleTool("lifecycle", version, architecture),
      lifecycleTool("launcher", version, architecture),
    ]),
  ),
];
