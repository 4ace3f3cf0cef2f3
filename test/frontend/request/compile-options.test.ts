import { describe, expect, it } from "vitest";
import { ownImageName, readCompileOptions } from "../../../frontend/request/compile-options.ts";
import { codesOf, faultsOf } from "../../helpers/errors.ts";
import { frontendOptions } from "../../helpers/frontend.ts";
import { oddNames } from "../../helpers/odd-names.ts";

const platforms = [{ os: "linux", architecture: "amd64" }];

/** In: build arguments by name. */
function optionsOf(args: Readonly<Record<string, string>>, descriptorPath?: string) {
  const values = Object.entries(args).map(([name, value]) => [`build-arg:${name}`, value] as const);
  return readCompileOptions(frontendOptions(Object.fromEntries(values)), platforms, descriptorPath);
}

describe("build arguments", () => {
  it.each([
    ["CNB_BUILDER", "builder", "acme/builder:24"],
    ["CNB_RUN_IMAGE", "runImage", "acme/run:24"],
    ["CNB_PLATFORM_API", "platformApi", "0.14"],
    ["CNB_PROCESS_TYPE", "processType", "worker"],
    ["CNB_CACHE_ID", "cacheId", "shop"],
    ["CNB_EXEC_ENV", "execEnv", "test"],
    ["CNB_PREVIOUS_IMAGE", "previousImage", "acme/app:latest"],
  ] as const)("%s is the option %s", (name, option, value) => {
    expect(optionsOf({ [name]: value })[option]).toBe(value);
    expect(optionsOf({})).not.toHaveProperty(option);
  });

  it.each([
    [{ BUILDKIT_CONTEXT_KEEP_GIT_DIR: "1" }, true],
    [{ BUILDKIT_CONTEXT_KEEP_GIT_DIR: "1", CNB_KEEP_GIT_DIR: "false" }, false],
    [{ BUILDKIT_CONTEXT_KEEP_GIT_DIR: "maybe" }, false],
    [{ CNB_KEEP_GIT_DIR: "true" }, true],
    [{}, false],
  ])("with %j the buildpacks see .git: %s", (args, sees) => {
    expect(optionsOf(args).keepGitDirectory).toBe(sees);
  });

  it("CNB_KEEP_MODES and CNB_WORKSPACE_MODE say which modes the app has", () => {
    expect(optionsOf({ CNB_KEEP_MODES: "false", CNB_WORKSPACE_MODE: "755" })).toMatchObject({
      keepModes: false,
      workspaceMode: "0755",
    });
    for (const name of ["keepModes", "workspaceMode"]) expect(optionsOf({})).not.toHaveProperty(name);
    const [fault] = faultsOf(() => optionsOf({ CNB_WORKSPACE_MODE: "0644" }));
    expect(fault).toMatchObject({
      code: "plan/bad-workspace-mode",
      location: { file: "--build-arg CNB_WORKSPACE_MODE" },
    });
  });

  it("of another name are variables, whatever they are called", () => {
    const given = Object.fromEntries(oddNames.map((name) => [name, "x"]));
    expect(optionsOf(given).buildEnv).toEqual(oddNames.map((name) => ({ name, value: "x" })));
  });

  it("CNB_SECRETS declares secrets, with blanks as people like them", () => {
    const { secrets } = optionsOf({ CNB_SECRETS: "TOKEN, NPM_TOKEN," });
    expect(secrets.map(({ name }) => name)).toEqual(["TOKEN", "NPM_TOKEN"]);
  });

  it("CNB_VOLUMES declares directories and caches", () => {
    expect(optionsOf({ CNB_VOLUMES: "/opt/a; m2:/home/cnb/.m2:rw" }).volumes).toMatchObject([
      { kind: "directory", target: "/opt/a" },
      { kind: "cache", name: "m2", target: "/home/cnb/.m2" },
    ]);
    expect(codesOf(() => optionsOf({ CNB_VOLUMES: "/home/me/.m2:/home/cnb/.m2:rw" }))).toEqual([
      "frontend/bad-volume",
    ]);
  });

  it("CNB_DOCKERFILE_HANDED_URIS says which uris of the descriptor are handed over", () => {
    const pairs = [
      ["../acme", "context://local-buildpack-1"],
      ["__proto__", "./own"],
    ];
    const text = JSON.stringify(pairs);
    expect([...(optionsOf({ CNB_DOCKERFILE_HANDED_URIS: text }).handedUris ?? [])]).toEqual(pairs);
    for (const bad of ["../acme", "{}", '["a"]', '[["a"]]', '[["a", 1]]']) {
      expect(codesOf(() => optionsOf({ CNB_DOCKERFILE_HANDED_URIS: bad }))).toEqual([
        "frontend/bad-handed-uris",
      ]);
    }
  });

  it("CNB_SSH declares an ssh agent", () => {
    expect(optionsOf({ CNB_SSH: "default" }).ssh).toMatchObject({ name: "default" });
    expect(optionsOf({}).ssh).toBeUndefined();
  });

  it("CNB_BINDINGS declares bindings", () => {
    const { bindings } = optionsOf({
      CNB_BINDINGS: "db=postgresql:username,password; maven=maven:settings.xml",
    });
    expect(bindings).toMatchObject([
      { name: "db", type: "postgresql", keys: ["username", "password"] },
      { name: "maven", type: "maven", keys: ["settings.xml"] },
    ]);
  });

  it.each([
    ["SOURCE_DATE_EPOCH", "0"],
    ["BUILDKIT_SYNTAX", "acme/frontend"],
    ["https_proxy", "http://proxy.example"],
  ])("%s stays BuildKit's own", (name, value) => {
    expect(optionsOf({ [name]: value }).buildEnv).toEqual([]);
  });

  it("every other one is a build-time variable", () => {
    expect(optionsOf({ NODE_ENV: "production" }).buildEnv).toEqual([
      { name: "NODE_ENV", value: "production" },
    ]);
  });

  it("are all looked at before anything is refused", () => {
    const faults = faultsOf(() => optionsOf({ CNB_BULDER: "x", "A/B": "x", CNB_BINDINGS: "db" }));
    expect(faults.map(({ code, location }) => [code, location?.file])).toEqual([
      ["cli/build-arg-unknown", "--build-arg CNB_BULDER"],
      [expect.stringMatching(/^descriptor\//), "--build-arg A/B"],
      ["cli/bad-binding", "--build-arg CNB_BINDINGS"],
    ]);
    expect(faults[0]?.hint).toContain("CNB_BUILDER");
  });

  it("declare no secret whose name cannot be a variable's", () => {
    expect(codesOf(() => optionsOf({ CNB_SECRETS: "a/b" }))).toEqual(["descriptor/declared-name"]);
  });
});

it("the compiler is told what the frontend knows: platforms, its own image, where the descriptor lies", () => {
  expect(optionsOf({}, "sub/project.toml")).toMatchObject({
    platforms,
    descriptorPath: "sub/project.toml",
    tool: { kind: "image", reference: ownImageName },
  });
  expect(optionsOf({})).not.toHaveProperty("descriptorPath");
});
