import { building, type OptionRow } from "../option.ts";

/** What runs a build: buildx, a BuildKit that runs already, or one that is started for the build. */
export const engineNames = ["buildx", "buildkit", "daemonless"] as const;

/** What runs a build, and how it is reached. */
export const engineOptions = {
  engine: {
    flag: "--engine <name>",
    form: "text",
    choices: ["auto", ...engineNames],
    usual: "auto",
    text: "Build engine",
    doors: building,
  },
  buildxBuilder: {
    flag: "--buildx-builder <name>",
    form: "text",
    text: "Buildx builder instance (default: BUILDX_BUILDER, otherwise the current one)",
    doors: building,
  },
  buildkitHost: {
    flag: "--buildkit-host <address>",
    form: "text",
    text: "Address of BuildKit: unix://, tcp:// or ssh://; of several, separated by commas, the app's own (default: BUILDKIT_HOST)",
    doors: building,
  },
  buildkitTlsDir: {
    flag: "--buildkit-tls-dir <directory>",
    form: "text",
    text: "Directory with ca.pem, cert.pem and key.pem for BuildKit (default: BUILDKIT_TLS_DIR)",
    doors: building,
  },
  buildkitTlsServerName: {
    flag: "--buildkit-tls-server-name <name>",
    form: "text",
    text: "Server name in BuildKit's certificate (default: the host of its address)",
    doors: building,
  },
  stateDir: {
    flag: "--state-dir <directory>",
    form: "text",
    text: "State directory of the daemonless engine (default: ~/.local/share/cnb-dockerfile/buildkit)",
    doors: building,
  },
  programs: {
    variable: "CNB_DOCKERFILE_PROGRAMS",
    form: "text",
    text: "Directory with the BuildKit binaries, or their archives, for the daemonless engine",
    doors: building,
  },
  programList: {
    variable: "CNB_DOCKERFILE_PROGRAM_LIST",
    form: "text",
    text: "JSON file that lists the archives of those binaries, instead of the built-in list",
    doors: building,
  },
  programMirror: {
    variable: "CNB_DOCKERFILE_PROGRAM_MIRROR",
    form: "text",
    text: "Base URL to download those archives from, instead of GitHub",
    doors: building,
  },
  frontendImage: {
    flag: "--image <image>",
    variable: "CNB_DOCKERFILE_IMAGE",
    form: "text",
    text: "Helper image in a registry (default: CNB_DOCKERFILE_IMAGE, otherwise one that is installed, built locally or released)",
    doors: building,
  },
  dryRun: {
    flag: "--dry-run",
    form: "switch",
    text: "Print the engine's commands without running them",
    doors: building,
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
