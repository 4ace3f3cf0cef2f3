import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { CompileError, type Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import { askHelper } from "../../../src/registry/login/credential-helper.ts";
import { findCredentials } from "../../../src/registry/login/credentials.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { neighbour, neighbourTest } from "../../helpers/neighbour.ts";
import { oddNames } from "../../helpers/odd-names.ts";
import { describeStarting } from "../../helpers/starting.ts";

let home: string;
let warnings: Diagnostic[];
beforeEach(() => {
  home = temporaryDirectory();
  warnings = [];
  vi.stubEnv("HOME", home);
  vi.stubEnv("PATH", `${join(home, "bin")}:${process.env.PATH}`);
  const variables = [
    "DOCKER_AUTH_CONFIG",
    "DOCKER_CONFIG",
    "REGISTRY_AUTH_FILE",
    "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME",
  ];
  for (const name of variables) vi.stubEnv(name, undefined);
  return () => vi.unstubAllEnvs();
});

/** Writes a file below the home. Out: its path. */
function write(path: string, content: unknown): string {
  const file = join(home, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

/** Puts a helper on the PATH, which notes what it is asked. In: what its shell does then. */
function helper(name: string, script: string): void {
  const file = write(
    `bin/docker-credential-${name}`,
    `#!/bin/sh\n{ echo "$1"; cat; } > "$HOME/asked"\n${script}\n`,
  );
  chmodSync(file, 0o755);
}

const answer = (username: string, secret: string) =>
  `echo '${JSON.stringify({ ServerURL: "x", Username: username, Secret: secret })}'`;
const auth = (username: string) => ({ auth: Buffer.from(`${username}:pass:word`).toString("base64") });
const find = (host: string, repository = "acme/app") =>
  findCredentials(host, repository, (warning) => warnings.push(warning));
/** Name that the found password belongs to. */
async function user(host: string, repository?: string): Promise<string | undefined> {
  const { secret } = await find(host, repository);
  return secret?.kind === "password" ? secret.username : undefined;
}

it("a registry's host can be called whatever it is called", async () => {
  const hosts = oddNames.filter((name) => /^[a-z]+$/.test(name));
  const auths = Object.fromEntries(hosts.map((name) => [name, auth(`of-${name}`)]));
  write(".docker/config.json", { auths });
  for (const name of hosts) expect(await user(name)).toBe(`of-${name}`);
});

describe("a file in its usual place", () => {
  const entry = { auths: { a: auth("somebody") } };
  const usual = [".docker/config.json", "run/containers/auth.json", ".config/containers/auth.json"];
  /** Puts a file into a place, and nothing into the others. */
  const put = (path: string) => {
    vi.stubEnv("XDG_RUNTIME_DIR", join(home, "run"));
    return write(path, entry);
  };
  const codes = () => warnings.map(({ code, location }) => [code, location?.file]);

  it.each(usual)("is read where we alone could have written it: %s", async (path) => {
    put(path);
    expect(await user("a")).toBe("somebody");
    expect(warnings).toEqual([]);
  });

  it.each(usual)(
    "is not read where every user could write it, or put one there, which is told once: %s",
    async (path) => {
      for (const [shared, mode] of [
        [path, 0o666],
        [dirname(path), 0o777],
        // Whoever comes first has the name.
        [dirname(path), 0o1777],
      ] as const) {
        home = temporaryDirectory();
        vi.stubEnv("HOME", home);
        warnings = [];
        const file = put(path);
        chmodSync(join(home, shared), mode);
        expect(await user("a")).toBeUndefined();
        expect(await user("a")).toBeUndefined();
        expect(codes()).toEqual([["registry/shared-credentials", file]]);
      }
    },
  );

  neighbourTest("is not read where its directory is another user's, or one above it", async () => {
    for (const path of usual) {
      for (const theirs of [dirname(path), path.split("/")[0] ?? ""]) {
        home = temporaryDirectory();
        vi.stubEnv("HOME", home);
        warnings = [];
        const file = put(path);
        chownSync(join(home, theirs), neighbour, neighbour);
        expect(await user("a")).toBeUndefined();
        expect(codes()).toEqual([["registry/shared-credentials", file]]);
        expect(warnings[0]?.message).toContain(`belongs to user ${neighbour}`);
      }
    }
  });

  neighbourTest("is read where root has put another user's file, as a container's mount does", async () => {
    chownSync(put(".docker/config.json"), neighbour, neighbour);
    expect(await user("a")).toBe("somebody");
  });

  it("is not looked at where a variable names a file: that is the user's choice", async () => {
    for (const [variable, path] of [
      ["DOCKER_CONFIG", "shared/config.json"],
      ["REGISTRY_AUTH_FILE", "shared/auth.json"],
    ] as const) {
      const file = write(path, entry);
      chmodSync(file, 0o666);
      chmodSync(dirname(file), 0o777);
      vi.stubEnv(variable, variable === "DOCKER_CONFIG" ? dirname(file) : file);
      expect(await user("a")).toBe("somebody");
      vi.stubEnv(variable, undefined);
    }
    expect(warnings).toEqual([]);
  });
});

describe("an entry of auths", () => {
  const docker = (auths: unknown) => write(".docker/config.json", { auths });

  it.each([
    ["auth", auth("me"), { kind: "password", username: "me", password: "pass:word" }],
    [
      "username and password",
      { username: "me", password: "pw" },
      { kind: "password", username: "me", password: "pw" },
    ],
    ["identitytoken", { ...auth("00000000"), identitytoken: "id" }, { kind: "identity", token: "id" }],
    ["registrytoken", { registrytoken: "reg" }, { kind: "registry", token: "reg" }],
    ["nothing", {}, undefined],
    ["null", null, undefined],
  ])("can hold %s", async (_, entry, secret) => {
    docker({ "registry.example": entry });
    expect((await find("registry.example")).secret).toEqual(secret);
  });

  it.each([
    ["docker.io", "https://index.docker.io/v1/"],
    ["docker.io", "docker.io"],
    ["docker.io", "index.docker.io"],
    ["docker.io", "registry-1.docker.io"],
    ["docker.io", "https://registry-1.docker.io/v2/"],
    ["registry.example", "https://registry.example"],
    ["registry.example", "http://registry.example/v1/"],
    ["registry.example", "registry.example/v2/"],
    ["registry.example:5000", "registry.example:5000"],
  ])("for %s may be called %s", async (host, key) => {
    docker({ [key]: auth("me") });
    const { source, secret } = await find(host);
    expect(secret).toMatchObject({ username: "me" });
    expect(source).toContain(JSON.stringify(key));
  });

  it("for another host or port does not count", async () => {
    docker({
      "registry.example:5000": auth("port"),
      "my-registry.example": auth("other"),
      "registry.example.com": auth("com"),
    });
    expect(await user("registry.example")).toBeUndefined();
  });

  it("is chosen by the longest path, whole components only", async () => {
    docker({
      "registry.example": auth("host"),
      "registry.example/acme": auth("acme"),
      "registry.example/acme/app": auth("app"),
    });
    expect(await user("registry.example", "acme/app")).toBe("app");
    expect(await user("registry.example", "acme/app/deep")).toBe("app");
    expect(await user("registry.example", "acme/application")).toBe("acme");
    expect(await user("registry.example", "other/app")).toBe("host");
  });
});

describe("places", () => {
  /** In the order in which they are asked. */
  const places: readonly [string, () => void][] = [
    [
      "DOCKER_AUTH_CONFIG",
      () => vi.stubEnv("DOCKER_AUTH_CONFIG", JSON.stringify({ auths: { a: auth("DOCKER_AUTH_CONFIG") } })),
    ],
    [
      ".docker/config.json",
      () => void write(".docker/config.json", { auths: { a: auth(".docker/config.json") } }),
    ],
    [
      "REGISTRY_AUTH_FILE",
      () => vi.stubEnv("REGISTRY_AUTH_FILE", write("own.json", { auths: { a: auth("REGISTRY_AUTH_FILE") } })),
    ],
    [
      "XDG_RUNTIME_DIR",
      () =>
        vi.stubEnv(
          "XDG_RUNTIME_DIR",
          dirname(dirname(write("run/containers/auth.json", { auths: { a: auth("XDG_RUNTIME_DIR") } }))),
        ),
    ],
    [
      ".config/containers/auth.json",
      () =>
        void write(".config/containers/auth.json", { auths: { a: auth(".config/containers/auth.json") } }),
    ],
  ];

  it.each(places.map(([name], index) => [name, index] as const))(
    "%s comes before all that follow",
    async (name, index) => {
      for (const [, set] of places.slice(index)) set();
      expect(await user("a")).toBe(name);
    },
  );

  it("that lack the registry are passed over", async () => {
    for (const [, set] of places) set();
    write(".docker/config.json", { auths: { b: auth("b") } });
    vi.stubEnv("DOCKER_AUTH_CONFIG", "{}");
    expect(await user("a")).toBe("REGISTRY_AUTH_FILE");
  });

  it("follow DOCKER_CONFIG and XDG_CONFIG_HOME", async () => {
    vi.stubEnv("DOCKER_CONFIG", dirname(write("elsewhere/config.json", { auths: { a: auth("docker") } })));
    expect(await user("a")).toBe("docker");
    vi.stubEnv("DOCKER_CONFIG", join(home, "nowhere"));
    vi.stubEnv(
      "XDG_CONFIG_HOME",
      dirname(dirname(write("xdg/containers/auth.json", { auths: { a: auth("xdg") } }))),
    );
    expect(await user("a")).toBe("xdg");
  });

  it("are all named where none has anything, and the way to log in", async () => {
    expect(await find("ghcr.io")).toEqual({
      source: `no credentials were found for it in ${home}/.docker/config.json, ${home}/.config/containers/auth.json`,
      login: "docker login ghcr.io",
    });
    expect((await find("docker.io")).login).toBe("docker login");
  });

  it("of podman are mended by podman", async () => {
    const file = write(".config/containers/auth.json", { auths: { a: auth("me") } });
    expect(await find("a")).toMatchObject({
      source: `the credentials of ${file} (auths, "a")`,
      login: "podman login a",
    });
    expect((await find("b")).login).toBe("podman login b");
  });
});

describe("a damaged place", () => {
  it.each([
    ["is not JSON", '{"auths": {"a": {"auth": "s3cret"', "it is not JSON"],
    ["is of another form", '{"auths": {"a": {"auth": 7, "password": "s3cret"}}}', "(auths.a.auth)"],
    ["is a text", '"s3cret"', "it does not have the format"],
    [
      "has an entry that is no login",
      `{"auths": {"a": {"auth": "${Buffer.from("s3cret").toString("base64")}"}}}`,
      'its entry "a" is not the base64 of NAME:PASSWORD',
    ],
  ])("%s, and the message shows nothing of it", async (_, text, reason) => {
    const file = write(".docker/config.json", text);
    const error: unknown = await find("a").catch((fault: unknown) => fault);
    if (!(error instanceof CompileError)) throw error;
    expect(error.diagnostics).toMatchObject([{ code: "registry/bad-credential-file", location: { file } }]);
    expect(error.diagnostics[0]?.message).toContain(reason);
    expect(JSON.stringify(error.diagnostics)).not.toMatch(/s3cret|czNjcmV0/);
  });

  it("is pointed at by line and column", async () => {
    write(".docker/config.json", '{\n  "auths": {,}\n}');
    await expect(find("a")).rejects.toMatchObject({ diagnostics: [{ location: { line: 2, column: 13 } }] });
  });

  it("can be a variable", async () => {
    vi.stubEnv("DOCKER_AUTH_CONFIG", "s3cret");
    await expect(find("a")).rejects.toMatchObject({
      diagnostics: [{ location: { file: "DOCKER_AUTH_CONFIG" } }],
    });
  });
});

describeStarting("a credential helper", () => {
  it("is asked for its host", async () => {
    const file = write(".docker/config.json", { credHelpers: { "registry.example": "mine" } });
    helper("mine", answer("me", "pw"));
    expect(await find("registry.example")).toEqual({
      secret: { kind: "password", username: "me", password: "pw" },
      source: `the credentials that docker-credential-mine gave (${file}, credHelpers.registry.example)`,
      login: "docker login registry.example",
    });
    expect(readFileSync(join(home, "asked"), "utf8")).toBe("get\nregistry.example");
    expect(await user("other.example")).toBeUndefined();
  });

  it("for all hosts is asked where a host has none of its own, for Docker Hub by its old address", async () => {
    write(".docker/config.json", { credHelpers: { "registry.example": "none" }, credsStore: "store" });
    helper("store", answer("store", "pw"));
    expect(await user("docker.io")).toBe("store");
    expect(readFileSync(join(home, "asked"), "utf8")).toBe("get\nhttps://index.docker.io/v1/");
  });

  it("comes before entries of the same file, which count where it has nothing", async () => {
    write(".docker/config.json", { credsStore: "store", auths: { a: auth("entry") } });
    helper("store", answer("store", "pw"));
    expect(await user("a")).toBe("store");
    helper("store", 'echo "credentials not found in native keychain"; exit 1');
    expect(await user("a")).toBe("entry");
    expect(warnings).toEqual([]);
  });

  it("may hold an identity token", async () => {
    write(".docker/config.json", { credsStore: "store" });
    helper("store", answer("<token>", "id"));
    expect((await find("a")).secret).toEqual({ kind: "identity", token: "id" });
  });

  it.each([
    ["is missing", "", "the program is not on the PATH"],
    ["fails", 'echo "s3cret"; echo "the vault is locked" >&2; exit 3', "exit code 3: the vault is locked"],
    ["speaks no JSON", "echo s3cret", "its output is not JSON"],
    ["speaks other JSON", 'echo \'{"Password": "s3cret"}\'', "its output has no Username or Secret"],
  ])("that %s is a warning, and the next place is asked", async (_, script, reason) => {
    const file = write(".docker/config.json", { credHelpers: { a: "mine" } });
    write(".config/containers/auth.json", { auths: { a: auth("podman") } });
    if (script !== "") helper("mine", script);
    expect(await user("a")).toBe("podman");
    expect(warnings).toMatchObject([
      { code: "registry/helper-failed", severity: "warning", location: { file, keyPath: "credHelpers.a" } },
    ]);
    expect(warnings[0]?.message).toContain(`docker-credential-mine returned no credentials for a: ${reason}`);
    expect(JSON.stringify(warnings)).not.toContain("s3cret");
  });

  it("that fails is named where nothing else was found", async () => {
    write(".docker/config.json", { credsStore: "gone" });
    expect((await find("a")).source).toMatch(/no credentials were found .*; docker-credential-gone failed$/);
  });

  it("is not waited for longer than its time", async () => {
    helper("slow", "exec sleep 20");
    expect(await askHelper("slow", "a", 200)).toEqual({ kind: "failed", reason: "no response within 0.2 s" });
  });

  it.each(["../evil", "a/b", ""])("is never a path: %j", async (name) => {
    expect(await askHelper(name, "a")).toMatchObject({ kind: "failed" });
  });

  it("need not read what it is asked", async () => {
    const file = write("bin/docker-credential-deaf", `#!/bin/sh\n${answer("me", "pw")}\n`);
    chmodSync(file, 0o755);
    expect(await askHelper("deaf", "a")).toMatchObject({ kind: "found" });
  });
});
