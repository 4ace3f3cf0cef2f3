import { expect, it } from "vitest";
import { checkOptionUse } from "../../../frontend/request/option-use.ts";
import type { Recipe } from "../../../frontend/request/recipe.ts";
import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import { readGenerated } from "../../../src/dockerfile/read/generated.ts";
import { readDockerfile } from "../../../src/dockerfile/read/read-dockerfile.ts";
import { codesOf } from "../../helpers/errors.ts";
import { frontendOptions, usualDockerfile } from "../../helpers/frontend.ts";

const recipe: Recipe = {
  dockerfile: readDockerfile(usualDockerfile),
  app: readGenerated("Dockerfile", readDockerfile(usualDockerfile)).app,
  isGenerated: false,
};

/** Code and text of each warning. */
function warnings(values: Readonly<Record<string, string>>, isGenerated = false): string[] {
  const found: Diagnostic[] = [];
  checkOptionUse(frontendOptions(values), { ...recipe, isGenerated }, (warning) => found.push(warning));
  return found.map(({ code, message, hint = "" }) => `${code}: ${message} ${hint}`);
}

// Everything that is set in buildx 0.37, `build/opt.go`, `build/git.go` and `build/build.go`, and in buildctl.
it.each([
  ...[
    "add-hosts",
    "attest:provenance",
    "attest:sbom",
    "build-arg:https_proxy",
    "cache-imports",
    "cgroup-parent",
  ],
  ...["cmdline", "context", "context:builder", "context:builder::linux/amd64", "contextkey", "contextsubdir"],
  ...["cpuperiod", "cpuquota", "cpusetcpus", "cpusetmems", "cpushares", "dockerfilekey", "filename"],
  ...["force-network-mode", "frontend.caps", "hostname", "image-resolve-mode", "input-metadata:base"],
  ...["input:context", "input:git_state_app", "label:team", "local-sessionid:context", "memory", "memswap"],
  ...["multi-platform", "no-cache", "platform", "requestid", "sharedkey:localdir:app", "shm-size", "source"],
  ...["target", "ulimit", "vcs:localdir:context", "vcs:revision", "vcs:source"],
])("a client's own option %s is known", (name) => {
  expect(warnings({ [name]: "" })).toEqual([]);
});

// The Dockerfile reference's, but for the one below.
it.each([
  ...[
    "BUILDKIT_BUILD_NAME",
    "BUILDKIT_CACHE_MOUNT_NS",
    "BUILDKIT_CONTEXT_KEEP_GIT_DIR",
    "BUILDKIT_GIT_ADVICE",
  ],
  ...["BUILDKIT_INLINE_CACHE", "BUILDKIT_MULTI_PLATFORM", "BUILDKIT_SANDBOX_HOSTNAME", "BUILDKIT_SYNTAX"],
  ...["SOURCE_DATE_EPOCH", "HTTPS_PROXY", "no_proxy", "NODE_ENV", "CNB_BUILDER"],
])("the build argument %s does something", (name) => {
  expect(warnings({ [`build-arg:${name}`]: "1" })).toEqual([]);
});

it.each([
  ["BUILDKIT_DOCKERFILE_CHECK", "Leave it out."],
  ["BUILDKIT_MULTIPLATFORM", "Did you mean `BUILDKIT_MULTI_PLATFORM`?"],
  ["TARGETARCH", "Leave it out."],
])("the build argument %s does nothing, but for a Dockerfile in which people may use it", (name, hint) => {
  const values = { [`build-arg:${name}`]: "1" };
  expect(warnings(values)).toEqual([
    expect.stringMatching(
      new RegExp(`^frontend/argument-without-effect: ${name} is .*${hint.replace("?", "\\?")}`),
    ),
  ]);
  expect(warnings(values, true)).toEqual([]);
});

it("an option that nobody knows is named, with the likely one", () => {
  expect(warnings({ platfrom: "linux/arm64" })).toEqual([
    "frontend/unknown-option: The option platfrom is unknown and has no effect. Did you mean `platform`?",
  ]);
  expect(warnings({ "x-of-tomorrow": "" })[0]).toContain("a newer version of this frontend may support it");
});

it.each([
  ["", []],
  ["build", []],
  ["Detect,RESTORE", []],
  ["build,bulid", ["frontend/unknown-stage: There is no stage bulid "]],
])("--no-cache-filter %j", (filter, expected) => {
  expect(warnings({ "no-cache": filter })).toEqual(expected.map((text) => expect.stringContaining(text)));
});

it.each(["io.buildpacks.lifecycle.metadata", "io.buildpacks.build.metadata"])(
  "the label %s is refused",
  (name) => {
    expect(codesOf(() => warnings({ [`label:${name}`]: "{}" }))).toEqual(["frontend/label-reserved"]);
  },
);
