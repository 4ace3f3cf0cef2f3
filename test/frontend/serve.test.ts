import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { type FakeScript, usualPong } from "../helpers/fake-buildkit.ts";
import { serveCall, usualImages, usualProject } from "../helpers/frontend.ts";

const options = { filename: "project.toml", platform: "linux/amd64" };

/** A client with one file for the build. */
function client(text: string, more: FakeScript = {}): FakeScript {
  const files = { "project.toml": text };
  return { directories: { dockerfile: files, context: files }, images: usualImages(), ...more };
}

/** What the client is told of a call that fails. */
async function errorOf(
  values: Readonly<Record<string, string>>,
  script: FakeScript,
): Promise<{ readonly code: number; readonly message: string }> {
  const { answer, exitCode } = await serveCall({ ...options, ...values }, script);
  expect(exitCode).toBe(0);
  if (answer?.error === undefined) throw new Error("the call did not fail");
  return answer.error;
}

describe("before anything is solved, a call is refused", () => {
  it("that an old BuildKit could not carry out, with what it lacks", async () => {
    const pong = {
      frontendApiCaps: [
        ...(usualPong.frontendApiCaps ?? []).filter(
          ({ id }) => id !== "frontend.inputs" && id !== "proto.refarray",
        ),
        { id: "proto.refarray", enabled: false },
      ],
      llbCaps: (usualPong.llbCaps ?? []).filter(({ id }) => id !== "exec.mount.cache.content"),
    };
    const { answer, fake } = await serveCall(options, client(usualProject, { pong }));
    expect(answer?.error?.message).toMatch(
      /BuildKit is too old.*: it lacks proto\.refarray, frontend\.inputs, exec\.mount\.cache\.content\. \[frontend\/buildkit-too-old\]/,
    );
    expect(answer?.error?.message).toContain("v0.17.0 or later is needed");
    expect(fake.solved).toEqual([]);
  });

  it("that a BuildKit which says nothing of itself could not carry out", async () => {
    const { message } = await errorOf({}, client(usualProject, { pong: {} }));
    expect(message).toMatch(/^error: BuildKit is too old for this frontend: it lacks solve\.base, /);
  });

  it("though one without MergeOp is no reason", async () => {
    const pong = {
      frontendApiCaps: usualPong.frontendApiCaps ?? [],
      llbCaps: (usualPong.llbCaps ?? []).filter(({ id }) => id !== "mergeop" && id !== "diffop"),
    };
    const { answer } = await serveCall(
      { ...options, requestid: "frontend.targets" },
      client(usualProject, { pong }),
    );
    expect(answer?.error).toBeUndefined();
  });

  it("that asks a question of which we know nothing", async () => {
    const { answer, fake } = await serveCall(
      { ...options, requestid: "frontend.convertllb" },
      client(usualProject),
    );
    expect(answer?.error?.message).toMatch(
      /frontend\.convertllb is not supported. Supported: frontend\.outline, .*\[frontend\/unknown-request\]/,
    );
    expect(fake.solved).toEqual([]);
  });
});

describe("a target that no stage has", () => {
  it("is refused with the names of all, and the likely one, before a stage is built", async () => {
    const { answer, fake } = await serveCall({ ...options, target: "exprot" }, client(usualProject));
    expect(answer?.error?.message).toContain(
      "There is no target exprot. The targets are: tool, source, builder, detect, detection, detected, cached, restore, build, export, cache-files, cache, rootfs, syft, sbom-files, sbom, grype, vulnerability-db-files, vulnerability-db, scan-config, scan-files, scan, artifacts, export-scanned, gate, app.",
    );
    expect(answer?.error?.message).toContain("Did you mean `export`?");
    expect(answer?.error?.message).toContain("[frontend/unknown-target]");
    expect(fake.solved.filter(({ frontend }) => frontend !== "")).toEqual([]);
  });

  it("has no likely one where nothing is near", async () => {
    const { message } = await errorOf({ target: "0" }, client(usualProject));
    expect(message).toContain("fix: Leave `--target` out");
  });
});

it.each(["-1", "1.5", "yesterday"])("SOURCE_DATE_EPOCH=%s is refused", async (epoch) => {
  const { message } = await errorOf({ "build-arg:SOURCE_DATE_EPOCH": epoch }, client(usualProject));
  expect(message).toContain(`SOURCE_DATE_EPOCH must be a number of seconds since 1970, not "${epoch}".`);
  expect(message).toContain("[frontend/bad-epoch]");
});

describe("the user's faults come back as answers", () => {
  it.each([
    [
      "no file and no builder",
      {},
      { directories: { dockerfile: {}, context: {} } },
      "[frontend/no-descriptor]",
    ],
    ["an unknown option", { "build-arg:CNB_BULDER": "x" }, client(usualProject), "[cli/build-arg-unknown]"],
    [
      "no such builder",
      { "build-arg:CNB_BUILDER": "acme/none:1" },
      client(usualProject),
      "[plan/image-not-found]",
    ],
    ["a platform that the images lack", { platform: "linux/s390x" }, client(usualProject), "[plan/"],
    ["no platform", { platform: "linux amd64" }, client(usualProject), "[cli/bad-platform]"],
    [
      "caches that are no JSON",
      { "cache-imports": "x" },
      client(usualProject),
      "[frontend/bad-cache-imports]",
    ],
    [
      "a label of the lifecycle's",
      { "label:io.buildpacks.lifecycle.metadata": "{}" },
      client(usualProject),
      "[frontend/label-reserved]",
    ],
    ["broken TOML", {}, client("[_\n"), "project.toml:1"],
    [
      "a label that is not JSON",
      {},
      client(usualProject, {
        images: Object.fromEntries(
          Object.entries(usualImages()).map(([name, config]) => [
            name,
            JSON.stringify({
              ...JSON.parse(config),
              config: {
                ...JSON.parse(config).config,
                Labels: { "io.buildpacks.builder.metadata": "{not json" },
              },
            }),
          ]),
        ),
      }),
      "[builder/label-unreadable]",
    ],
  ])("%s", async (_, values, script, text) => {
    const { code, message } = await errorOf(values, script);
    expect(message).toContain(text);
    expect(code).toBe(Code.InvalidArgument);
  });

  it("with the lines of the file", async () => {
    const { answer } = await serveCall(options, client("[_]\nschema-version = 3\n"));
    const detail = answer?.error?.details[0];
    expect(detail?.typeUrl).toBe("github.com/moby/buildkit/errdefs.Source+json");
    expect(JSON.parse(Buffer.from(detail?.value ?? []).toString())).toMatchObject({
      ranges: [{ start: { line: 2 } }],
    });
  });
});

describe("what BuildKit answers wrongly becomes an error, not a wait:", () => {
  it.each(["Ping", "Inputs", "Solve", "ReadFile"])("a failed %s is handed on", async (method) => {
    const failure = (name: string) =>
      name === method ? { code: Code.Unknown, message: "disk full" } : undefined;
    const { message } = await errorOf({}, client(usualProject, { failure }));
    expect(message).toContain("disk full");
  });

  it("a Solve without a Ref", async () => {
    const { message, code } = await errorOf({}, client(usualProject, { solve: () => ({}) }));
    expect(code).toBe(Code.Internal);
    expect(message).toContain("BuildKit answered a graph with nothing");
  });

  it("an image without a config", async () => {
    const { message } = await errorOf({}, client(usualProject, { resolve: () => ({ config: "" }) }));
    expect(message).toContain("[frontend/bad-config]");
  });
});

describe("a call whose client goes away", () => {
  it.each(["solve", "readFile", "warn"] as const)("during `%s` ends, without an answer", async (method) => {
    let hangUp = (): void => undefined;
    const never = () => {
      setTimeout(() => hangUp(), 20);
      return new Promise<never>(() => undefined);
    };
    const script = client(`${usualProject}exlude = 1\n`, { [method]: never });
    const { exitCode, answer, log } = await serveCall(options, script, (fake) => {
      hangUp = fake.hangUp;
    });
    expect({ exitCode, answer }).toEqual({ exitCode: 1, answer: undefined });
    expect(log).toMatchObject([expect.stringMatching(/^BuildKit did not take the answer: [^\n]*$/)]);
  });
});

it("warnings reach BuildKit before the answer does, however long they take", async () => {
  const order: string[] = [];
  const script = client(`${usualProject}exlude = 1\n`, {
    warn: () =>
      new Promise((resolve) =>
        setTimeout(() => {
          order.push("warning");
          resolve();
        }, 50),
      ),
    return: () => void order.push("answer"),
  });
  const { fake } = await serveCall({ ...options, target: "nowhere" }, script);
  expect(order).toEqual(["warning", "answer"]);
  expect(Buffer.from(fake.warned[0]?.short ?? []).toString()).toContain("[descriptor/unknown-key]");
});

it("an option that does nothing is said to do nothing", async () => {
  const values = { ...options, target: "nowhere", "no-cache": "bulid", filenam: "x" };
  const { fake } = await serveCall(values, client(usualProject));
  expect(fake.warned.map(({ short }) => Buffer.from(short).toString())).toEqual([
    expect.stringContaining("[frontend/unknown-option]"),
    expect.stringContaining("[frontend/unknown-stage]"),
  ]);
});

it("an answer that BuildKit refuses is told to the log, in one line", async () => {
  const refused = client(usualProject, {
    failure: (method) => (method === "Return" ? { code: Code.InvalidArgument, message: "no" } : undefined),
  });
  const { exitCode, log } = await serveCall({ ...options, requestid: "frontend.targets" }, refused);
  expect(exitCode).toBe(1);
  expect(log).toEqual([
    `BuildKit did not take the answer: ${new ConnectError("no", Code.InvalidArgument).message}`,
  ]);
});
