/** A variable that this program reads, and that no option of ours has. */
export interface EnvironmentVariable {
  readonly names: readonly string[];
  /** What it does here. */
  readonly text: string;
}

export interface VariableGroup {
  readonly title: string;
  readonly variables: readonly EnvironmentVariable[];
}

/** Variables of other programs, standards and the builder container. Those of our options are in the table. */
export const environmentVariables: readonly VariableGroup[] = [
  {
    title: "BuildKit, buildx and docker",
    variables: [
      { names: ["BUILDKIT_HOST"], text: "address of the BuildKit for `--engine buildkit`" },
      { names: ["BUILDKIT_TLS_DIR"], text: "directory with `ca.pem`, `cert.pem` and `key.pem` for it" },
      { names: ["BUILDX_BUILDER"], text: "buildx builder instance for `--engine buildx`" },
      {
        names: ["BUILDKIT_LOCAL_CACHE_IMPORT", "BUILDKIT_LOCAL_CACHE_EXPORT"],
        text: "directories for BuildKit's cache with `--engine buildkit` or `daemonless`",
      },
      {
        names: ["DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"],
        text: "the docker daemon, for `docker-daemon://` images and for the warning about connections without TLS",
      },
      { names: ["SSH_AUTH_SOCK"], text: "the ssh agent that `--ssh default` exposes" },
      { names: ["SOURCE_DATE_EPOCH"], text: "time of the image, in seconds since 1970" },
    ],
  },
  {
    title: "Registries and networks",
    variables: [
      { names: ["DOCKER_AUTH_CONFIG"], text: "registry logins as JSON, before all files" },
      { names: ["DOCKER_CONFIG"], text: "directory of docker's `config.json`" },
      { names: ["REGISTRY_AUTH_FILE"], text: "podman's `auth.json`" },
      {
        names: ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "FTP_PROXY"],
        text: "proxies for requests of this program and, in the builder container, of the build's steps; lower case works, too",
      },
      {
        names: ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR"],
        text: "files and a directory with certificates to trust beside the system's",
      },
    ],
  },
  {
    title: "Git",
    variables: [
      {
        names: ["GIT_ASKPASS", "SSH_ASKPASS", "GIT_TERMINAL_PROMPT"],
        text: "how git asks for a password, as for git itself",
      },
      { names: ["GIT_ALLOW_PROTOCOL"], text: "protocols that git may use" },
      { names: ["GIT_EXEC_PATH"], text: "where git finds its own programs" },
    ],
  },
  {
    title: "CI systems",
    variables: [
      { names: ["CI"], text: "where it is set, `build` makes no key for changed secrets by itself" },
    ],
  },
  {
    title: "The builder container",
    variables: [
      { names: ["PLP_SOURCE_PATH"], text: "the source; may be read-only. Default: `/source`" },
      { names: ["PLP_BUILD_PATH"], text: "where the archive goes. Default: `/build`" },
      { names: ["PLP_CACHE_PATH"], text: "cache for the next build. Default: `/tmp/cache`" },
      {
        names: ["GIT_REPOSITORY_URL", "GIT_SHA"],
        text: "repository and commit of the source, for annotations and the image's name",
      },
    ],
  },
  {
    title: "The terminal and your directories",
    variables: [
      { names: ["NO_COLOR", "FORCE_COLOR", "TERM"], text: "whether output has colors" },
      {
        names: ["XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"],
        text: "where caches, BuildKit's data, notes and podman's `auth.json` are. Default: below your home directory",
      },
      { names: ["XDG_RUNTIME_DIR"], text: "where podman's `auth.json` and sockets are" },
      { names: ["TMPDIR"], text: "directory for temporary files" },
      { names: ["HOME", "PATH"], text: "your home directory, and where programs are looked for" },
    ],
  },
];

/** Variables that only our own processes set for each other, and what the lifecycle and Node.js set. */
export const internalVariables: ReadonlySet<string> = new Set([
  ...["CNB_DOCKERFILE_WATCHED", "CNB_DOCKERFILE_OPEN_FILES", "CNB_DOCKERFILE_NONCE"],
  ...["CNB_DOCKERFILE_DAEMON_SCRIPT", "CNB_DOCKERFILE_ASSEMBLE", "CNB_DOCKERFILE_IMAGE_ID"],
]);
