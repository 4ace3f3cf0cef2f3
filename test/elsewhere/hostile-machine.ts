import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { getuid } from "node:process";
import { checkout } from "../lab/paths.ts";

/** A user of a machine on which everything is set that can be. */
export interface HostileMachine {
  /** Words before a command that have it run there. */
  readonly prefix: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Programs of the machine that were started nevertheless. */
  readonly started: () => readonly string[];
  /** As if none had been started. */
  readonly forget: () => void;
  readonly remove: () => void;
}

/** Files of the user's home. None of it is true of any test. */
const homeFiles: Readonly<Record<string, string>> = {
  ".gitconfig":
    '[user]\n\tname = Nobody\n[init]\n\tdefaultBranch = trunk\n[commit]\n\tgpgSign = true\n[core]\n\tautocrlf = true\n\thooksPath = /hooks\n[url "https://mirror.example/"]\n\tinsteadOf = https://\n[protocol "file"]\n\tallow = never\n',
  ".config/git/config": "[core]\n\tfsmonitor = true\n",
  ".docker/config.json":
    '{ "auths": { "127.0.0.1": {} }, "credsStore": "hostile", "credHelpers": { "registry.example": "hostile" }, "currentContext": "elsewhere", "proxies": { "default": { "httpProxy": "http://127.0.0.1:9" } } }\n',
  ".config/containers/auth.json": '{ "credHelpers": { "registry.example": "hostile" } }\n',
  ".config/cnb-dockerfile/config.toml":
    'builder = "hostile.example/builder"\nregistry-mirror = ["docker.io=hostile.example"]\n',
  ".pack/config.toml":
    'default-builder-image = "hostile.example/builder"\nexperimental = true\n[[run-images]]\nimage = "hostile.example/run"\n',
  ".npmrc": "registry=http://127.0.0.1:9/\nignore-scripts=true\n",
  ".netrc": "machine registry.example login hostile password hostile\n",
};

/** Programs that tests must not take from a machine; started, they leave their name and fail. */
const programs = [
  ...[
    "git",
    "docker",
    "docker-buildx",
    "buildctl",
    "buildkitd",
    "runc",
    "pack",
    "go",
    "openssl",
    "tar",
    "sh",
    "bash",
  ],
  ...["docker-credential-hostile", "docker-credential-desktop", "podman", "strace", "npm", "python3"],
];

/**
 * Makes one. As root, it is an ordinary user's, on a file system of its own in which `/nowhere` and `/nonexistent` are there; the
 * checkout can be read there, and `node_modules` written. In: the Node.js that is to run.
 */
export function makeHostileMachine(): HostileMachine {
  const place = realpathSync(mkdtempSync(join(tmpdir(), "cnb-dockerfile-hostile-")));
  const at = (...names: string[]) => join(place, ...names);
  const home = at("a home");
  for (const [name, text] of Object.entries(homeFiles)) write(join(home, name), text);
  for (const name of programs) {
    write(at("bin", name), `#!/bin/sh\n: >'${at("started")}/${name}'\necho hostile\nexit 99\n`);
    chmodSync(at("bin", name), 0o755);
  }
  for (const name of ["started", "temporary"]) mkdirSync(at(name));
  // As on a Mac: a link, and a blank in its name.
  symlinkSync(at("temporary"), at("a link"));
  const isRoot = getuid?.() === 0;
  if (isRoot) {
    for (const name of ["", "started", "temporary", "a home"]) chownSync(at(name), ordinary, ordinary);
    for (const name of readdirSync(home, { recursive: true, encoding: "utf8" }))
      chownSync(join(home, name), ordinary, ordinary);
    write(at("enter.sh"), enter);
  }
  return {
    prefix: isRoot
      ? ["unshare", "--mount", "/bin/sh", at("enter.sh"), at("namespace"), checkout, String(ordinary)]
      : ["/bin/sh", "-c", 'umask 077; exec "$@"', "sh"],
    env: {
      ...{ HOME: home, TMPDIR: at("a link"), PATH: `${at("bin")}:${process.env.PATH}`, USER: "hostile" },
      ...{ LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8", LANGUAGE: "tr", TZ: "Asia/Kathmandu" },
      ...{ TERM: "xterm-256color", COLORTERM: "truecolor", COLUMNS: "20", LINES: "3", FORCE_COLOR: "3" },
      ...{
        XDG_CONFIG_HOME: join(home, ".config"),
        XDG_CACHE_HOME: "/nonexistent",
        XDG_STATE_HOME: "/nonexistent",
      },
      ...{ XDG_RUNTIME_DIR: home, XDG_DATA_HOME: "/nonexistent" },
      ...{ DOCKER_CONFIG: join(home, ".docker"), DOCKER_HOST: "tcp://127.0.0.1:9", DOCKER_TLS_VERIFY: "1" },
      ...{ DOCKER_CONTEXT: "elsewhere", DOCKER_AUTH_CONFIG: "{", REGISTRY_AUTH_FILE: join(home, ".netrc") },
      ...{
        DOCKER_DEFAULT_PLATFORM: "linux/s390x",
        BUILDX_BUILDER: "hostile",
        BUILDKIT_HOST: "tcp://127.0.0.1:9",
      },
      ...{ BUILDKIT_PROGRESS: "rawjson", SOURCE_DATE_EPOCH: "1", PACK_HOME: join(home, ".pack") },
      ...{
        CNB_DOCKERFILE_CONFIG: join(home, ".config/cnb-dockerfile/config.toml"),
        CNB_DOCKERFILE_IMAGE: "hostile.example/own",
      },
      ...{
        CNB_DOCKERFILE_NODE_IMAGE: "hostile.example/node",
        CNB_DOCKERFILE_PROGRAMS: "/nowhere",
        CNB_BUILDER: "hostile",
      },
      ...{
        CNB_CACHE_SCOPE: "hostile",
        BUILDKIT_LOCAL_CACHE_IMPORT: "/nowhere",
        BUILDKIT_LOCAL_CACHE_EXPORT: "/nowhere",
      },
      ...{
        HTTP_PROXY: "http://127.0.0.1:9",
        HTTPS_PROXY: "http://127.0.0.1:9",
        http_proxy: "http://127.0.0.1:9",
      },
      ...{ https_proxy: "http://127.0.0.1:9", ALL_PROXY: "socks5://127.0.0.1:9", NO_PROXY: "" },
      ...{ SSL_CERT_FILE: "/nowhere/file", SSL_CERT_DIR: "/nowhere" },
      ...{
        GIT_DIR: home,
        GIT_WORK_TREE: home,
        GIT_INDEX_FILE: home,
        GIT_CONFIG_GLOBAL: join(home, ".gitconfig"),
      },
      ...{
        GIT_CONFIG_COUNT: "1",
        GIT_CONFIG_KEY_0: "core.bare",
        GIT_CONFIG_VALUE_0: "true",
        GIT_ASKPASS: "/nowhere/file",
      },
      ...{ npm_config_registry: "http://127.0.0.1:9/", npm_config_offline: "true" },
    },
    started: () => readdirSync(at("started")),
    forget: () => {
      for (const name of readdirSync(at("started"))) rmSync(at("started", name));
    },
    remove: () => rmSync(place, { recursive: true, force: true }),
  };
}

/** A user who need not exist. */
const ordinary = 4_243;

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/**
 * Runs a command as an ordinary user, above the machine's own files: a change goes with it. In: a directory, the checkout, the
 * user, the command. `node_modules` keeps what vitest notes of a run.
 */
const enter = `set -e
place=$1 checkout=$2 user=$3
shift 3
mkdir -p "$place"
mount -t tmpfs tmpfs "$place"
mkdir "$place/upper" "$place/work" "$place/machine"
mount -t overlay overlay -o "lowerdir=/,upperdir=$place/upper,workdir=$place/work" "$place/machine"
for name in /*; do
  if mountpoint -q "$name"; then mount --rbind "$name" "$place/machine$name"; fi
done
# What goes in and out.
mount --rbind "$(dirname "$place")" "$place/machine$(dirname "$place")"
[ -e "$place/machine$checkout/package.json" ] || mount --rbind "$checkout" "$place/machine$checkout"
for name in nowhere nonexistent; do
  mkdir -m 777 "$place/machine/$name"
  echo hostile >"$place/machine/$name/file"
done
for name in "$checkout" "$(dirname "$1")"; do
  while [ "$name" != / ]; do
    chmod o+rx "$place/machine$name"
    name=$(dirname "$name")
  done
done
for name in node_modules node_modules/.vite node_modules/.vite/vitest node_modules/.vite-temp; do
  mkdir -p "$place/machine$checkout/$name"
  chmod 777 "$place/machine$checkout/$name"
done
exec chroot "$place/machine" setpriv --reuid="$user" --regid="$user" --clear-groups --bounding-set=-all /bin/sh -c 'cd "$1"; shift; umask 077; exec "$@"' sh "$checkout" "$@"
`;
