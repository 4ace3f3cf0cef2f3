import { error, warning } from "../entry.ts";

const otherEngines =
  "Or build with another BuildKit: `--engine buildx`, or BUILDKIT_HOST and `--engine buildkit`.";

/** Faults of who runs a build. */
export const enginesCatalog = {
  "engines/no-program": error<{ program: string }>({
    summary: "A program of the system is missing that a private BuildKit needs",
    message: ({ program }) => `There is no program ${program} on the PATH.`,
    hint: () => `Install it; in Debian's words \`apt-get install util-linux\`. ${otherEngines}`,
  }),
  "engines/steps-on-host-network": warning<{ reason: string }>({
    summary: "Build steps of a private BuildKit share this machine's network",
    message: ({ reason }) =>
      `Build steps share this machine's network, so buildpacks can reach services on its loopback addresses: ${reason}.`,
    hint: () =>
      "Install pasta (`apt-get install passt`, `dnf install passt`), or build untrusted projects where nothing listens on loopback. This is shown on the first build with a state directory.",
  }),
  "engines/not-linux": error<{ system: string }>({
    summary: "A private BuildKit is wanted where none can run",
    message: ({ system }) => `BuildKit runs on Linux, and this is ${system}.`,
    hint: () =>
      "Build with a BuildKit elsewhere: `--engine buildx`, or BUILDKIT_HOST and `--engine buildkit`.",
  }),
  "engines/no-uidmap": error<{ programs: string }>({
    summary: "The programs are missing that let a user make a user namespace",
    message: ({ programs }) => `A BuildKit without root needs ${programs}, and the PATH has none.`,
    hint: () => `\`sudo apt-get install uidmap\`, or \`dnf install shadow-utils\`. ${otherEngines}`,
  }),
  "engines/uidmap-denied": error<{ reason: string }>({
    summary: "The program newuidmap may not map ids",
    message: ({ reason }) => `The system does not let newuidmap map ids: ${reason}`,
    hint: () =>
      `In a container, setuid alone is too little without CAP_SYS_ADMIN. Give the programs capabilities in their image: \`chmod 0755 /usr/bin/newuidmap /usr/bin/newgidmap && setcap cap_setuid+ep /usr/bin/newuidmap && setcap cap_setgid+ep /usr/bin/newgidmap\`. ${otherEngines}`,
  }),
  "engines/no-sub-ids": error<{ user: string; file: string }>({
    summary: "A user has no subordinate ids",
    message: ({ user, file }) => `${file} gives no ids to ${user}, so a BuildKit without root cannot run.`,
    hint: ({ user }) =>
      `\`sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${user}\`, with a range that nobody has yet.`,
  }),
  "engines/no-new-privileges": error<object>({
    summary: "Setuid programs are without effect here",
    message: () =>
      "A BuildKit without root needs newuidmap, a setuid program, and here such programs are without effect (no_new_privs).",
    hint: () =>
      `Start the container without \`--security-opt no-new-privileges\`, or the service without NoNewPrivileges. ${otherEngines}`,
  }),
  "engines/no-user-namespaces": error<{ setting: string; value: string; allows: string }>({
    summary: "The kernel's settings forbid user namespaces",
    message: ({ setting, value }) =>
      `A BuildKit without root needs user namespaces, and ${setting} is ${value}.`,
    hint: ({ setting, allows }) => `\`sudo sysctl -w ${setting}=${allows}\`. ${otherEngines}`,
  }),
  "engines/apparmor": error<{ reason: string }>({
    summary: "AppArmor forbids user namespaces",
    message: ({ reason }) =>
      `AppArmor keeps users from making user namespaces (kernel.apparmor_restrict_unprivileged_userns is 1): ${reason}`,
    hint: () =>
      `\`sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0\`, or install rootlesskit from the distribution, which brings a profile. ${otherEngines}`,
  }),
  "engines/filtered": error<{ reason: string }>({
    summary: "A container's filter forbids namespaces",
    message: ({ reason }) =>
      `The container or service that this runs in filters system calls (seccomp), and namespaces cannot be made: ${reason}`,
    hint: () =>
      `Start it with \`--security-opt seccomp=unconfined --security-opt apparmor=unconfined\`, or with \`--privileged\`. ${otherEngines}`,
  }),
  "engines/namespaces-denied": error<{ reason: string; isRoot: boolean }>({
    summary: "The system does not let us make namespaces",
    message: ({ reason }) => `The system does not let us make the namespaces that BuildKit needs: ${reason}`,
    hint: ({ isRoot }) =>
      `${isRoot ? "Start the container with `--privileged`, or" : "Ask who runs the machine for user namespaces, or"} build with another BuildKit: \`--engine buildx\`, or BUILDKIT_HOST and \`--engine buildkit\`.`,
  }),
  "engines/buildkit-failed": error<{ reason: string }>({
    summary: "A private BuildKit did not start",
    message: ({ reason }) => `BuildKit did not start: ${reason}`,
    hint: () => `The file has all it said. ${otherEngines}`,
  }),
  "engines/state-unusable": error<{ directory: string; reason: string }>({
    summary: "BuildKit's data cannot be where it should",
    message: ({ directory, reason }) => `${directory} cannot be used for BuildKit's data: ${reason}.`,
    hint: () => "Mend it, or set XDG_DATA_HOME to a directory on a local disk that is yours.",
  }),
  "engines/no-place-for-sockets": error<{ places: string; reason: string }>({
    summary: "There is no place for BuildKit's sockets",
    message: ({ places, reason }) => `BuildKit's sockets cannot be in ${places}: ${reason}.`,
    hint: () => "Set XDG_RUNTIME_DIR to a directory that is yours, with a path of at most 50 characters.",
  }),
  "engines/foreign-program": warning<{ path: string }>({
    summary: "Another user could have changed a program that was fetched earlier",
    message: ({ path }) =>
      `${path} is not run: it is not a file of yours that only you can change. The program is fetched again.`,
    hint: () => "Look who changed it, and why that was possible.",
  }),
  "engines/old-program": warning<{ program: string; version: string; oldest: string }>({
    summary: "A program on the PATH is too old",
    message: ({ program, version, oldest }) =>
      `${program} is BuildKit ${version}, and ${oldest} or later is needed; another is taken.`,
    hint: () => "Update it, or take it off the PATH.",
  }),
  "engines/no-release": error<{ program: string; architecture: string }>({
    summary: "There is no release to get a program from",
    message: ({ program, architecture }) =>
      `${program} is not on the PATH, and the list of releases has none for ${architecture}.`,
    hint: () =>
      "Install it, put it into a directory that CNB_DOCKERFILE_PROGRAMS names, or have CNB_DOCKERFILE_PROGRAM_LIST name a list that has it.",
  }),
  "engines/no-programs-there": error<{ directory: string; programs: string; archive: string }>({
    summary: "The directory of programs lacks one",
    message: ({ directory, programs, archive }) =>
      `${directory} has neither all of ${programs} nor ${archive}, and nothing is fetched where CNB_DOCKERFILE_PROGRAMS is set.`,
    hint: () => "Put the release's archive there, or unset the variable.",
  }),
  "engines/bad-mirror": error<{ text: string }>({
    summary: "The mirror for programs is no address",
    message: ({ text }) => `${JSON.stringify(text)} is no http or https address.`,
    hint: () => "Write what stands in the place of https://github.com, as https://mirror.example/github.",
  }),
  "engines/bad-program-list": error<{ file: string; reason: string }>({
    summary: "The list of programs cannot be used",
    message: ({ file, reason }) => `${file} is no list of programs: ${reason}.`,
    hint: () =>
      'It looks like {"releases": [{"name": "buildkit", "version": "…", "members": {"buildkitd": "bin/buildkitd"}, "archives": {"amd64": {"url": "…", "sha256": "…"}}}]}.',
  }),
  "engines/unavailable": error<{ url: string; reason: string }>({
    summary: "A program cannot be fetched for now",
    message: ({ url, reason }) => `${url} cannot be fetched: ${reason}.`,
    hint: () =>
      "Try again; or fetch it elsewhere into a directory that CNB_DOCKERFILE_PROGRAMS names; or set CNB_DOCKERFILE_PROGRAM_MIRROR.",
  }),
  "engines/no-download": error<{ url: string; reason: string }>({
    summary: "A program is not where it should be fetched from",
    message: ({ url, reason }) => `${url} cannot be fetched: ${reason}.`,
    hint: () =>
      "Check CNB_DOCKERFILE_PROGRAM_MIRROR and CNB_DOCKERFILE_PROGRAM_LIST; or put the archive into a directory that CNB_DOCKERFILE_PROGRAMS names.",
  }),
  "engines/wrong-checksum": error<{ place: string; found: string; sha256: string }>({
    summary: "An archive of programs is not the one that it should be",
    message: ({ place, found, sha256 }) => `${place} has the checksum ${found}, and ${sha256} is expected.`,
    hint: () =>
      "Do not use it before you know why. For builds of your own, CNB_DOCKERFILE_PROGRAM_LIST names a list with their checksums.",
  }),
  "engines/bad-archive": error<{ place: string; reason: string }>({
    summary: "An archive of programs cannot be used",
    message: ({ place, reason }) => `${place} cannot be used: ${reason}.`,
    hint: () =>
      "Check the file, and the list that CNB_DOCKERFILE_PROGRAM_LIST names: its `members` are paths in the archive.",
  }),
  "engines/no-room": error<{ directory: string; reason: string }>({
    summary: "Programs cannot be kept",
    message: ({ directory, reason }) => `Programs cannot be kept in ${directory}: ${reason}.`,
    hint: () => "Make room, or set XDG_CACHE_HOME to another directory.",
  }),
};
