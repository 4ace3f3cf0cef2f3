import { describe, expect, it } from "vitest";
import type { ProjectDescriptor } from "../../src/descriptor/project-descriptor.ts";
import { parseReference } from "../../src/image/reference.ts";
import type { CompileOptions } from "../../src/plan/options.ts";
import { planLifecycle } from "../../src/plan/plan.ts";
import { builder } from "../helpers/builders.ts";
import { descriptorOf, optionsOf } from "../helpers/plan.ts";

const platform = { os: "linux", architecture: "amd64" };

/** The plan for the test builder, with what is given. */
function plan(
  descriptor: Partial<ProjectDescriptor> = {},
  options: Partial<CompileOptions> = {},
  runUser = "1002:1000",
) {
  const image = (name: string) => {
    const reference = parseReference(name);
    if (reference === undefined) throw new Error(name);
    return { reference, digest: `sha256:${"d".repeat(64)}`, available: [platform], images: [] };
  };
  return planLifecycle(
    {
      descriptor: descriptorOf({ text: "a = 1\nb = 2", ...descriptor }),
      builderImage: image("acme/builder:24"),
      builders: [builder()],
      runImage: image(`acme/run@sha256:${"d".repeat(64)}`),
      runImages: [{ platform, target: platform, path: "/bin", user: runUser }],
      entries: { group: [], pre: [], post: [], extensions: [] },
      gathered: { meanings: new Map(), modules: [], extensions: [] },
      options: optionsOf({ cacheId: "x", ...options }),
    },
    () => {},
  );
}

describe("an ssh agent", () => {
  const location = { file: "--ssh" };
  const socket = "/run/buildkit/ssh_agent.0";

  it("is led to by a variable, whatever else it was to be", () => {
    const { ssh, files } = plan(
      { buildEnv: [{ name: "SSH_AUTH_SOCK", value: "/other", location }] },
      {
        ssh: { name: "github", location },
      },
    );
    expect(ssh).toEqual({ id: "github", target: socket });
    expect(files).toEqual([
      { path: "/platform/env/SSH_AUTH_SOCK", mode: "0644", content: { format: "text", text: socket } },
    ]);
  });

  it("of the command line takes the place of the project's", () => {
    const declared = { ssh: { name: "default", location } };
    expect(plan(declared).ssh?.id).toBe("default");
    expect(plan(declared, { ssh: { name: "other", location } }).ssh?.id).toBe("other");
    expect(plan().ssh).toBeUndefined();
  });
});

describe("the plan", () => {
  it("pins both images, and names the run image without its digest for the lifecycle", () => {
    const { builder: pinned, runImage } = plan();
    expect(pinned).toBe(`acme/builder:24@sha256:${"d".repeat(64)}`);
    expect(runImage).toMatchObject({
      reference: `acme/run@sha256:${"d".repeat(64)}`,
      name: "acme/run",
      setsPath: true,
    });
  });

  it.each([
    [{}, { kind: "all" }],
    [{ include: [], exclude: [] }, { kind: "all" }],
    [{ include: ["a"] }, { kind: "include", patterns: ["a"] }],
    [{ exclude: ["a"] }, { kind: "exclude", patterns: ["a"] }],
  ])("takes of a project with %j the files of %j", (descriptor, filter) => {
    expect(plan(descriptor).workspace.filter).toEqual(filter);
  });

  it("lets options' variables win over the descriptor's", () => {
    const variable = (name: string, value: string) => ({ name, value, location: { file: "f" } });
    const { files } = plan(
      { buildEnv: [variable("A", "1"), variable("B", "2")] },
      { buildEnv: [variable("A", "3")] },
    );
    expect(files.map(({ path, content }) => [path, content])).toEqual([
      ["/platform/env/A", { format: "text", text: "3" }],
      ["/platform/env/B", { format: "text", text: "2" }],
    ]);
  });

  it("carries the text of a descriptor that the build context lacks", () => {
    expect(plan().workspace.descriptorText).toBe("a = 1\nb = 2\n");
    expect(plan({}, { descriptorPath: "project.toml" }).workspace).toEqual({
      filter: { kind: "all" },
      descriptorPath: "project.toml",
      keepModes: false,
      runsAsOther: false,
      keepGitDirectory: false,
    });
  });

  it("is plain JSON, with nothing left out when it is written down", () => {
    expect(JSON.parse(JSON.stringify(plan()))).toEqual(plan());
  });
});

describe("modes of the app", () => {
  it("are the project's wish, where whoever builds has none", () => {
    const declared = { keepModes: true, workspaceMode: "0755" };
    expect(plan(declared).workspace).toMatchObject({ keepModes: true, mode: "0755" });
    expect(plan(declared, { keepModes: false, workspaceMode: "0775" }).workspace).toMatchObject({
      keepModes: false,
      mode: "0775",
    });
    expect(plan().workspace).not.toHaveProperty("mode");
  });

  // The test builder's user is 1002.
  it.each([
    ["1001:1000", true],
    ["cnb", true],
    ["1002", false],
    ["root", false],
    ["0:0", false],
    ["", false],
  ])("matter to an app that runs as another than the build user: for %j, %s", (user, expected) => {
    expect(plan({}, {}, user).workspace.runsAsOther).toBe(expected);
  });
});
