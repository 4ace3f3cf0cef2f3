import { describe, expect, it } from "vitest";
import type { SolveRequest } from "../../../frontend/generated/gateway_pb.js";
import { definitionFor, download, file, local, stateOf } from "../../../frontend/graph/llb.ts";
import { readProjectSource } from "../../../frontend/sources/project-source.ts";
import { type FakeScript, operationsOf } from "../../helpers/fake-buildkit.ts";
import { connected, frontendOptions } from "../../helpers/frontend.ts";

async function read(values: Readonly<Record<string, string>>, script: FakeScript) {
  const { fake, gateway } = connected(script);
  const source = await readProjectSource(gateway, frontendOptions(values));
  const { file: found, ignoreFile, ...rest } = source;
  return {
    fake,
    ...rest,
    name: found?.name,
    text: found && Buffer.from(found.bytes).toString(),
    ignored: ignoreFile && Buffer.from(ignoreFile).toString(),
  };
}

/** Identifier and attributes of what a Solve reads. */
function sourceOf({ definition }: SolveRequest) {
  const op = definition && operationsOf(definition)[0]?.op;
  if (op?.case !== "source") throw new Error("this Solve reads no source");
  return op.value;
}

describe("a directory of the client's", () => {
  it("holds the file that the build names, and its own list of ignored files", async () => {
    const files = { "app.toml": "a", "app.toml.dockerignore": "*.log", "project.toml": "b" };
    const source = await read(
      { filename: "app.toml" },
      { directories: { dockerfile: files, context: files } },
    );
    expect(source).toMatchObject({
      name: "app.toml",
      text: "a",
      ignored: "*.log",
      descriptorPath: "app.toml",
    });
    expect(source.context).toBeUndefined();
  });

  it("is asked for those files alone, in the session of the build", async () => {
    const files = { "project.toml": "a" };
    const { fake } = await read({}, { directories: { dockerfile: files, context: files } });
    const [first] = fake.solved.map(sourceOf);
    expect(first?.identifier).toBe("local://dockerfile");
    expect(first?.attrs).toMatchObject({
      "local.sessionid": "session",
      "local.followpaths": '["project.toml","project.toml.dockerignore"]',
    });
  });

  it("is no project without a descriptor where that is a link which leads out", async () => {
    const directories = { dockerfile: {}, context: {} };
    await expect(read({}, { directories, links: ["project.toml"] })).rejects.toMatchObject({
      diagnostics: [{ code: "files/dangling-link", location: { file: "project.toml" } }],
    });
    expect((await read({}, { directories, links: ["other"] })).name).toBeUndefined();
  });

  it("goes by the names and sessions that bake gives", async () => {
    const values = {
      dockerfilekey: "dockerfile2",
      contextkey: "context2",
      "local-sessionid:dockerfile2": "other",
      "local-sessionid:context2": "third",
    };
    const files = { "project.toml": "a" };
    const { fake, name } = await read(values, { directories: { dockerfile2: files, context2: files } });
    expect(name).toBe("project.toml");
    const [dockerfile, context] = fake.solved.map(sourceOf);
    expect([dockerfile?.identifier, dockerfile?.attrs["local.sessionid"]]).toEqual([
      "local://dockerfile2",
      "other",
    ]);
    expect([context?.identifier, context?.attrs["local.sessionid"]]).toEqual(["local://context2", "third"]);
  });

  it("may have a Dockerfile, which docker names unasked, or else a project.toml", async () => {
    const both = { Dockerfile: "FROM a AS app\n", "project.toml": "a" };
    const one = { "project.toml": "a" };
    const find = async (files: Record<string, string>) =>
      (await read({ filename: "Dockerfile" }, { directories: { dockerfile: files, context: files } })).name;
    expect(await find(both)).toBe("Dockerfile");
    expect(await find(one)).toBe("project.toml");
  });

  it("may have no such file: a builder that was named can do without", async () => {
    const source = await read({}, { directories: { dockerfile: {}, context: {} } });
    expect(source).toMatchObject({ name: undefined, ignored: undefined });
    expect(source).not.toHaveProperty("descriptorPath");
  });

  it("has no descriptor where the client hands over an empty one, unless it is the app's own", async () => {
    const empty = { "project.toml": "" };
    expect(await read({}, { directories: { dockerfile: empty, context: {} } })).toMatchObject({
      name: undefined,
      hasNoDescriptor: true,
    });
    const own = await read({}, { directories: { dockerfile: empty, context: empty } });
    expect(own).toMatchObject({ name: "project.toml", text: "", descriptorPath: "project.toml" });
    const dockerfile = await read(
      { filename: "Dockerfile" },
      { directories: { dockerfile: { Dockerfile: "" }, context: {} } },
    );
    expect(dockerfile.name).toBe("Dockerfile");
  });

  it.each([
    ["lies elsewhere", {}],
    ["is another", { "project.toml": "b" }],
  ])("is not the context's where the file there %s", async (_, context) => {
    const source = await read({}, { directories: { dockerfile: { "project.toml": "a" }, context } });
    expect(source.text).toBe("a");
    expect(source).not.toHaveProperty("descriptorPath");
  });
});

/** A State that stands for what another frontend made. */
const given = (name: string) => file("/x", name, name);
const refOf = (id: string) => ({ result: { case: "ref" as const, value: { id } } });

/** Answers each graph with the Ref that is named after its first operation's title. */
const byTitle: FakeScript["solve"] = ({ definition }) => {
  const state = definition && stateOf(definition);
  const title = state?.operations.get(state.digest)?.metadata.description["llb.customname"];
  return title === undefined || title.startsWith("[internal]") ? undefined : refOf(title);
};

describe("inputs of another frontend", () => {
  it("stand for the directory with the file, and for the context", async () => {
    const source = await read(
      {},
      {
        inputs: { dockerfile: definitionFor(given("files")), context: definitionFor(given("app")) },
        solve: byTitle,
        refs: { files: { "project.toml": "a" }, app: { "project.toml": "a" } },
      },
    );
    expect(source).toMatchObject({ text: "a", descriptorPath: "project.toml" });
    expect(source.context?.digest).toBe(given("app").digest);
  });
});

describe("a context on the net", () => {
  const address = "https://git.example/app.git#main";
  const gitIdentifier = "git://git.example/app.git#main";
  const gitSource = download(gitIdentifier, "app", "app");
  const git = local("git-stands-for-it", { sessionId: "s", sharedKeyHint: "h" }, "app");

  it("is what BuildKit's own frontend makes of its address, with the file in it", async () => {
    const { fake, text, context } = await read(
      { context: address, filename: "project.toml" },
      {
        solve: (request) =>
          request.frontend === "dockerfile.v0"
            ? { result: { case: "ref", value: { id: "net", def: definitionFor(git) } } }
            : refOf("net"),
        refs: { net: { "project.toml": "a" } },
      },
    );
    expect(text).toBe("a");
    expect(context).toBeDefined();
    expect(fake.solved[0]?.frontendOpt).toMatchObject({
      "context:cnb-context": address,
      filename: "Dockerfile",
    });
    expect(fake.solved[0]?.frontendOpt).not.toHaveProperty("context");
  });

  it.each([
    [{ "build-arg:CNB_KEEP_GIT_DIR": "true" }, "true"],
    [{ "build-arg:BUILDKIT_CONTEXT_KEEP_GIT_DIR": "1" }, "true"],
    [{}, undefined],
  ])("is fetched with .git where the buildpacks are to see it: %j", async (values, keeps) => {
    const { context } = await read(
      { context: address, ...values },
      {
        solve: (request) =>
          request.frontend === "dockerfile.v0"
            ? { result: { case: "ref", value: { id: "net", def: definitionFor(gitSource) } } }
            : refOf("net"),
        refs: { net: {} },
      },
    );
    const [operation] = operationsOf(definitionFor(context));
    expect(operation?.op.value).toMatchObject({ identifier: gitIdentifier });
    expect(operation?.op.case === "source" && operation.op.value.attrs["git.keepgitdir"]).toBe(keeps);
  });

  it("that BuildKit cannot get fails as BuildKit says", async () => {
    const failing = read(
      { context: address },
      {
        failure: (method) => (method === "Solve" ? { code: 2, message: "repository not found" } : undefined),
      },
    );
    await expect(failing).rejects.toThrow("repository not found");
  });
});
