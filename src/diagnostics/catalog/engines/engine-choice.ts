import { error, warning } from "../entry.ts";

/** Faults of choosing who runs a build, and of the places where results go. */
export const engineChoiceCatalog = {
  "engines/none": error<{ reasons: readonly string[]; remedies: readonly string[] }>({
    summary: "No engine can run the build",
    message: ({ reasons }) => `No engine can run the build: ${reasons.join("; ")}.`,
    hint: ({ remedies }) =>
      remedies.length === 1 ? `${sentence(remedies[0] ?? "")}.` : `Try one of these: ${remedies.join("; ")}.`,
  }),
  "engines/registry-flags": warning<{ flag: string; engine: string }>({
    summary: "The engine ignores a registry flag",
    message: ({ flag, engine }) => `${flag} has no effect on ${engine}, which has its own registry settings.`,
    hint: () =>
      'Set it in BuildKit\'s configuration, `[registry."HOST"]` in buildkitd.toml, or build with `--engine daemonless`.',
  }),
  "engines/node-skipped": warning<{ reason: string; next: string }>({
    summary: "A BuildKit of several does not answer",
    message: ({ reason, next }) => `${reason}. The build uses ${next} instead.`,
    hint: () =>
      "The app's caches are on the first one. With `--cache-image`, the build starts from the app's cached layers on every BuildKit.",
  }),
  "engines/plain-tcp": warning<{ hosts: string; engine: "buildx" | "buildkit" | "daemonless" }>({
    summary: "The connection to BuildKit has no TLS",
    message: ({ hosts }) =>
      `The connection to BuildKit at ${hosts} has no TLS: anyone on the network path can read the source, secrets and registry logins, and change the build.`,
    hint: ({ engine }) =>
      engine === "buildx"
        ? "Create the instance again with certificates, `docker buildx create --driver remote --driver-opt cacert=FILE,cert=FILE,key=FILE`. For a Docker daemon, set DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, or use ssh://."
        : "Give BuildKit certificates and pass their directory with `--buildkit-tls-dir` or BUILDKIT_TLS_DIR, or use ssh://.",
  }),
  "engines/push-without-name": error<Record<never, never>>({
    summary: "An image to push has no name",
    message: () => "An image without a name cannot be pushed.",
    hint: () => "Name it: `--tag registry.example/NAME:TAG`.",
  }),
  "engines/no-docker": error<{ engine: string }>({
    summary: "The engine cannot load an image into Docker",
    message: ({ engine }) => `Cannot load the image into Docker: ${engine} is not connected to it.`,
    hint: () =>
      "Leave `--load` out to get a file, or use `--buildx-builder` to choose a buildx instance that runs in Docker.",
  }),
  "engines/docker-holds-one": error<{ platformCount: number }>({
    summary: "Docker's classic image store cannot hold a multi-platform image",
    message: ({ platformCount }) =>
      `Docker's classic image store holds one platform, but the build has ${platformCount}.`,
    hint: () =>
      "Leave `--load` out to get a file, push the image, or switch Docker to the containerd image store.",
  }),
  "engines/frontend-unloadable": error<{ reason: string }>({
    summary: "The helper image cannot be loaded into Docker",
    message: ({ reason }) => `The helper image cannot be loaded into Docker: ${reason}.`,
    hint: () =>
      "Name a helper image in a registry with `--image`, create an instance with `docker buildx create --use`, or switch Docker to the containerd image store.",
  }),
  "engines/no-output-directory": error<{ path: string; directory: string }>({
    summary: "The output directory does not exist",
    message: ({ path, directory }) => `Cannot write ${path}: the directory ${directory} does not exist.`,
    hint: ({ directory }) => `Create it with \`mkdir -p ${directory}\`.`,
  }),
  "engines/output-unwritable": error<{ path: string; reason: string; kept: readonly string[] }>({
    summary: "An output cannot be written",
    message: ({ path, reason }) => `Cannot write ${path}: ${reason}. The previous output is unchanged.`,
    hint: ({ kept }) =>
      kept.length === 0
        ? "Choose another path with `--output`, or fix the cause."
        : `The finished output is in ${kept.join(" and ")} until the next build to that path. Fix the cause and rename it.`,
  }),
};

/** With a capital letter at its beginning. */
function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
