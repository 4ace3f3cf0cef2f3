import { error, warning } from "../entry.ts";

/** Faults of choosing who runs a build, and of the places where results go. */
export const engineChoiceCatalog = {
  "engines/none": error<{ reasons: readonly string[]; remedies: readonly string[] }>({
    summary: "No engine can run the build",
    message: ({ reasons }) => `Nothing here can run the build: ${reasons.join("; ")}.`,
    hint: ({ remedies }) => `One of these helps: ${remedies.join("; ")}.`,
  }),
  "engines/registry-flags": warning<{ flag: string; engine: string }>({
    summary: "A flag for registries has no effect on the engine",
    message: ({ flag, engine }) =>
      `${flag} does nothing to ${engine}, which has settings of its own for registries.`,
    hint: () =>
      'Write it into BuildKit\'s configuration, `[registry."HOST"]` in buildkitd.toml, or build with `--engine daemonless`.',
  }),
  "engines/plain-tcp": warning<{ hosts: string; engine: "buildx" | "buildkit" | "daemonless" }>({
    summary: "BuildKit is reached over plain TCP",
    message: ({ hosts }) =>
      `The connection to BuildKit at ${hosts} has no TLS: anyone on the network between can read the source, secrets and registry logins, and change what is built.`,
    hint: ({ engine }) =>
      engine === "buildx"
        ? "Make the instance anew with certificates, `docker buildx create --driver remote --driver-opt cacert=FILE,cert=FILE,key=FILE`; reach a docker daemon with DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, or by ssh://."
        : "Give BuildKit certificates, and name their directory with `--buildkit-tls-dir` or BUILDKIT_TLS_DIR; or use ssh://.",
  }),
  "engines/push-without-name": error<Record<never, never>>({
    summary: "An image is to be pushed and has no name",
    message: () => "An image without a name cannot be pushed.",
    hint: () => "Name it: `--tag registry.example/NAME:TAG`.",
  }),
  "engines/no-docker": error<{ engine: string }>({
    summary: "An image is to be loaded into docker, and there is none",
    message: ({ engine }) => `${engine} has no docker to load the image into.`,
    hint: () =>
      "Leave `--load` out to have a file, or name the instance of buildx in a docker with `--buildx-builder`.",
  }),
  "engines/docker-holds-one": error<{ platformCount: number }>({
    summary: "Docker's classic image store cannot hold several platforms",
    message: ({ platformCount }) =>
      `Docker's image store holds one platform, and ${platformCount} are to be loaded.`,
    hint: () =>
      "Leave `--load` out to have a file, push them, or switch docker to the containerd image store.",
  }),
  "engines/frontend-unloadable": error<{ reason: string }>({
    summary: "Our image cannot be put into a docker daemon",
    message: ({ reason }) => `The image that builds projects cannot be put into docker: ${reason}.`,
    hint: () =>
      "Name one in a registry with `--image`, make an instance with `docker buildx create --use`, or switch docker to the containerd image store.",
  }),
  "engines/no-output-directory": error<{ path: string; directory: string }>({
    summary: "The directory that a result is to be written into does not exist",
    message: ({ path, directory }) => `Cannot write ${path}: there is no directory ${directory}.`,
    hint: ({ directory }) => `Make it with \`mkdir -p ${directory}\`.`,
  }),
  "engines/output-unwritable": error<{ path: string; reason: string; kept: readonly string[] }>({
    summary: "A result cannot be given its name",
    message: ({ path, reason }) => `Cannot write ${path}: ${reason}. What was there is unchanged.`,
    hint: ({ kept }) =>
      kept.length === 0
        ? "Name another place with `--output`, or mend the cause."
        : `The finished result is in ${kept.join(" and ")} until the next build of that name. Mend the cause and rename it.`,
  }),
};
