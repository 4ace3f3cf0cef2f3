import { building, type OptionRow, onEngine } from "../option.ts";

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
    doors: onEngine,
  },
  buildxBuilder: {
    flag: "--buildx-builder <name>",
    form: "text",
    text: "Buildx builder instance (default: BUILDX_BUILDER, otherwise the current one)",
    doors: onEngine,
  },
  buildkitHost: {
    flag: "--buildkit-host <address>",
    form: "text",
    text: "Address of BuildKit: unix://, tcp:// or ssh://; of several, separated by commas, the app's own (default: BUILDKIT_HOST)",
    doors: onEngine,
  },
  buildkitTlsDir: {
    flag: "--buildkit-tls-dir <directory>",
    form: "text",
    text: "Directory with ca.pem, cert.pem and key.pem for BuildKit (default: BUILDKIT_TLS_DIR)",
    doors: onEngine,
  },
  buildkitTlsServerName: {
    flag: "--buildkit-tls-server-name <name>",
    form: "text",
    text: "Server name in BuildKit's certificate (default: the host of its address)",
    doors: onEngine,
  },
  stateDir: {
    flag: "--state-dir <directory>",
    form: "text",
    text: "State directory of the daemonless engine (default: ~/.local/share/cnb-dockerfile/buildkit)",
    doors: onEngine,
  },
  programs: {
    variable: "CNB_DOCKERFILE_PROGRAMS",
    form: "text",
    text: "Directory with the BuildKit binaries, or their archives, for the daemonless engine",
    doors: onEngine,
  },
  programList: {
    variable: "CNB_DOCKERFILE_PROGRAM_LIST",
    form: "text",
    text: "JSON file that lists the archives of those binaries, instead of the built-in list",
    doors: onEngine,
  },
  programMirror: {
    variable: "CNB_DOCKERFILE_PROGRAM_MIRROR",
    form: "text",
    text: "Base URL to download those archives from, instead of GitHub",
    doors: onEngine,
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
