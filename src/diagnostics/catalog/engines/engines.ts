import { error, warning } from "../entry.ts";

const otherEngines = "Or use another BuildKit: `--engine buildx`, or BUILDKIT_HOST with `--engine buildkit`.";

/** Faults of who runs a build. */
export const enginesCatalog = {
  "engines/no-program": error<{ program: string }>({
    summary: "A system program that the `daemonless` engine needs is missing",
    message: ({ program }) => `The program ${program} is not on the PATH.`,
    hint: () => `Install it, for example with \`apt-get install util-linux\` on Debian. ${otherEngines}`,
  }),
  "engines/steps-on-host-network": warning<{ reason: string }>({
    summary: "Build steps of the `daemonless` engine share this machine's network",
    message: ({ reason }) =>
      `Build steps share this machine's network, so buildpacks can reach services on its loopback addresses: ${reason}.`,
    hint: () =>
      "Install pasta (`apt-get install passt`, `dnf install passt`), or build untrusted projects on a machine where no service listens on loopback. This warning appears on the first build with a state directory.",
  }),
  "engines/policy-not-checked": warning<{ policy: string; engine: string }>({
    summary: "A policy for the build is not checked",
    message: ({ policy, engine }) => `${engine} does not check the policy in ${policy}: only buildx does.`,
    hint: () => "Build with `--engine buildx`, or with `docker buildx build`. Or remove the file.",
  }),
  "engines/policy-and-layout": error<{ policy: string }>({
    summary: "A policy of buildx needs the helper image in a registry",
    message: ({ policy }) =>
      `buildx checks the policy in ${policy}, and does not support policies for a helper image that is sent along with the build.`,
    hint: () => "Push the helper image to your registry and name it with `--image`. Or remove the policy.",
  }),
  "engines/not-linux": error<{ system: string }>({
    summary: "The `daemonless` engine needs Linux",
    message: ({ system }) => `BuildKit runs on Linux, but this is ${system}.`,
    hint: () => "Use another BuildKit: `--engine buildx`, or BUILDKIT_HOST with `--engine buildkit`.",
  }),
  "engines/no-uidmap": error<{ programs: string }>({
    summary: "The programs that map user IDs are missing",
    message: ({ programs }) => `Rootless BuildKit needs ${programs}, not found on the PATH.`,
    hint: () => `Run \`sudo apt-get install uidmap\`, or \`dnf install shadow-utils\`. ${otherEngines}`,
  }),
  "engines/uidmap-denied": error<{ reason: string }>({
    summary: "The program newuidmap is not allowed to map IDs",
    message: ({ reason }) => `The system does not allow newuidmap to map IDs: ${reason}`,
    hint: () =>
      `In a container without CAP_SYS_ADMIN, setuid is not enough. Set file capabilities in the image: \`chmod 0755 /usr/bin/newuidmap /usr/bin/newgidmap && setcap cap_setuid+ep /usr/bin/newuidmap && setcap cap_setgid+ep /usr/bin/newgidmap\`. ${otherEngines}`,
  }),
  "engines/no-sub-ids": error<{ user: string; file: string }>({
    summary: "A user has no subordinate IDs",
    message: ({ user, file }) => `${file} has no IDs for the user ${user}, so rootless BuildKit cannot run.`,
    hint: ({ user }) =>
      `Add an unused range: \`sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${user}\`.`,
  }),
  "engines/no-new-privileges": error<object>({
    summary: "Setuid programs have no effect here",
    message: () =>
      "Rootless BuildKit needs newuidmap, a setuid program, but setuid has no effect here (no_new_privs).",
    hint: () =>
      `Start the container without \`--security-opt no-new-privileges\`, or the service without NoNewPrivileges. ${otherEngines}`,
  }),
  "engines/no-user-namespaces": error<{ setting: string; value: string; allows: string }>({
    summary: "The kernel's settings forbid user namespaces",
    message: ({ setting, value }) => `Rootless BuildKit needs user namespaces, but ${setting} is ${value}.`,
    hint: ({ setting, allows }) => `Run \`sudo sysctl -w ${setting}=${allows}\`. ${otherEngines}`,
  }),
  "engines/apparmor": error<{ reason: string }>({
    summary: "AppArmor blocks user namespaces",
    message: ({ reason }) =>
      `AppArmor does not let users create user namespaces (kernel.apparmor_restrict_unprivileged_userns is 1): ${reason}`,
    hint: () =>
      `Run \`sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0\`, or install rootlesskit from your distribution, which includes a profile. ${otherEngines}`,
  }),
  "engines/filtered": error<{ reason: string }>({
    summary: "A seccomp filter blocks namespaces",
    message: ({ reason }) =>
      `This container or service filters system calls (seccomp), so namespaces cannot be created: ${reason}`,
    hint: () =>
      `Start it with \`--security-opt seccomp=unconfined --security-opt apparmor=unconfined\`, or with \`--privileged\`. ${otherEngines}`,
  }),
  "engines/namespaces-denied": error<{ reason: string; isRoot: boolean }>({
    summary: "The system does not allow namespaces",
    message: ({ reason }) => `The system does not allow the namespaces that BuildKit needs: ${reason}`,
    hint: ({ isRoot }) =>
      `${isRoot ? "Start the container with `--privileged`, or" : "Ask the machine's administrator to allow user namespaces, or"} use another BuildKit: \`--engine buildx\`, or BUILDKIT_HOST with \`--engine buildkit\`.`,
  }),
  "engines/buildkit-failed": error<{ reason: string }>({
    summary: "The BuildKit of the `daemonless` engine did not start",
    message: ({ reason }) => `BuildKit did not start: ${reason}`,
    hint: () => `The log file has its full output. ${otherEngines}`,
  }),
  "engines/state-unusable": error<{ directory: string; reason: string }>({
    summary: "BuildKit's data directory cannot be used",
    message: ({ directory, reason }) => `${directory} cannot be used for BuildKit's data: ${reason}.`,
    hint: () => "Fix it, or set XDG_DATA_HOME to a directory of your own on a local disk.",
  }),
  "engines/no-place-for-sockets": error<{ places: string; reason: string }>({
    summary: "BuildKit's sockets cannot be created",
    message: ({ places, reason }) => `BuildKit's sockets cannot be created in ${places}: ${reason}.`,
    hint: () => "Set XDG_RUNTIME_DIR to a directory of your own, with a path of at most 50 characters.",
  }),
  "engines/foreign-program": warning<{ path: string }>({
    summary: "Another user could have changed a downloaded program",
    message: ({ path }) =>
      `${path} is not run: it is not yours, or another user can change it. It is downloaded again.`,
    hint: () => "Find out who changed it, and how.",
  }),
  "engines/old-program": warning<{ program: string; version: string; oldest: string }>({
    summary: "A program on the PATH is too old",
    message: ({ program, version, oldest }) =>
      `${program} is BuildKit ${version}, but ${oldest} or later is needed. Using another one.`,
    hint: () => "Update it, or remove it from the PATH.",
  }),
  "engines/no-release": error<{ program: string; architecture: string }>({
    summary: "A program has no release for this architecture",
    message: ({ program, architecture }) =>
      `${program} is not on the PATH, and the release list has none for ${architecture}.`,
    hint: () =>
      "Install it, put it into the directory in CNB_DOCKERFILE_PROGRAMS, or set CNB_DOCKERFILE_PROGRAM_LIST to a list that has it.",
  }),
  "engines/no-programs-there": error<{ directory: string; programs: readonly string[]; archive: string }>({
    summary: "The directory in CNB_DOCKERFILE_PROGRAMS lacks a program",
    message: ({ directory, programs, archive }) =>
      `${directory} lacks ${programs.join(", ")}, and the release archive ${archive}. With CNB_DOCKERFILE_PROGRAMS set, nothing is downloaded.`,
    hint: ({ programs, archive }) =>
      `Put ${programs.length === 1 ? "the program" : "the programs"} or ${archive} there, or unset the variable.`,
  }),
  "engines/bad-mirror": error<{ text: string }>({
    summary: "The mirror for programs is not a URL",
    message: ({ text }) => `${JSON.stringify(text)} is not an http or https URL.`,
    hint: () => "Write the URL that replaces https://github.com, for example https://mirror.example/github.",
  }),
  "engines/bad-program-list": error<{ file: string; reason: string }>({
    summary: "The program list cannot be used",
    message: ({ file, reason }) => `${file} is not a program list: ${reason}.`,
    hint: () =>
      'Use this form: {"releases": [{"name": "buildkit", "version": "…", "members": {"buildkitd": "bin/buildkitd"}, "archives": {"amd64": {"url": "…", "sha256": "…"}}}]}.',
  }),
  "engines/unavailable": error<{ url: string; reason: string }>({
    summary: "A program cannot be downloaded right now",
    message: ({ url, reason }) => `Cannot download ${url}: ${reason}.`,
    hint: () =>
      "Try again. Or put the download into the directory in CNB_DOCKERFILE_PROGRAMS yourself, or set CNB_DOCKERFILE_PROGRAM_MIRROR.",
  }),
  "engines/no-download": error<{ url: string; reason: string }>({
    summary: "A program is not at its download URL",
    message: ({ url, reason }) => `Cannot download ${url}: ${reason}.`,
    hint: () =>
      "Check CNB_DOCKERFILE_PROGRAM_MIRROR and CNB_DOCKERFILE_PROGRAM_LIST, or put the archive into the directory in CNB_DOCKERFILE_PROGRAMS.",
  }),
  "engines/wrong-checksum": error<{ place: string; found: string; sha256: string }>({
    summary: "A program archive has the wrong checksum",
    message: ({ place, found, sha256 }) => `${place} has the checksum ${found}; expected ${sha256}.`,
    hint: () =>
      "Do not use it until you know why. For your own builds of these programs, set CNB_DOCKERFILE_PROGRAM_LIST to a list with their checksums.",
  }),
  "engines/bad-archive": error<{ place: string; reason: string }>({
    summary: "A program archive cannot be used",
    message: ({ place, reason }) => `${place} cannot be used: ${reason}.`,
    hint: () =>
      "Check the file and the list in CNB_DOCKERFILE_PROGRAM_LIST: `members` are paths in the archive.",
  }),
  "engines/no-room": error<{ directory: string; reason: string }>({
    summary: "Programs cannot be stored",
    message: ({ directory, reason }) => `Cannot store programs in ${directory}: ${reason}.`,
    hint: () => "Free some space, or set XDG_CACHE_HOME to another directory.",
  }),
};
