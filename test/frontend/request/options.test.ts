import { describe, expect, it } from "vitest";
import {
  dockerfileArguments,
  dockerfileOptions,
  optionsWith,
  readFrontendOptions,
} from "../../../frontend/request/options.ts";
import { frontendEnv, frontendOptions } from "../../helpers/frontend.ts";

describe("the environment of a frontend", () => {
  it("holds one option a variable, whose value may have `=` in it", () => {
    const env = { ...frontendEnv({ filename: "project.toml", "build-arg:A": "b=c" }), PATH: "/bin" };
    expect(readFrontendOptions(env)).toEqual({
      values: { filename: "project.toml", "build-arg:A": "b=c" },
      sessionId: "session",
    });
  });

  it("has them in one order, whatever order BuildKit numbers them in", () => {
    const texts = ["build-arg:B=1", "build-arg:A=2", "target=app", "build-arg:C=3"];
    const orders = [texts, texts.toReversed()].map((list) => {
      const env = Object.fromEntries(
        list.map((text, index) => [`BUILDKIT_FRONTEND_OPT_${index}`, text] as const),
      );
      return Object.keys(readFrontendOptions(env).values);
    });
    expect(orders[0]).toEqual(orders[1]);
  });

  it("has options of one kind, by the name behind the prefix", () => {
    const options = frontendOptions({ "label:a": "1", "label:b:c": "2", labels: "3" });
    expect(optionsWith(options, "label:")).toEqual({ a: "1", "b:c": "2" });
  });
});

describe("BuildKit's own Dockerfile frontend", () => {
  it.each([
    ["--add-host", "add-hosts", "db=10.0.0.1"],
    ["--cgroup-parent", "cgroup-parent", "builds"],
    ["--network", "force-network-mode", "none"],
    ["--no-cache", "no-cache", ""],
    ["--no-cache-filter", "no-cache", "build,detect"],
    ["--pull", "image-resolve-mode", "pull"],
    ["--shm-size", "shm-size", "134217728"],
    ["--ulimit", "ulimit", "nofile=1024:1024"],
    ["--memory", "memory", "1073741824"],
    ["--cpu-quota", "cpuquota", "50000"],
    ["--build-context of an image", "context:builder", "docker-image://acme/builder:24"],
    ["--build-context of a directory", "context:shared", "local:shared"],
    ["what stands behind a context", "input-metadata:base", "{}"],
    ["--cache-from", "cache-imports", "[]"],
    ["a bake file's context", "contextkey", "context1"],
    ["a bake file's session", "local-sessionid:context1", "other"],
    ["a proxy", "build-arg:https_proxy", "http://proxy.example"],
    ["a proxy in capitals", "build-arg:NO_PROXY", "localhost"],
    ["the namespace of cache mounts", "build-arg:BUILDKIT_CACHE_MOUNT_NS", "team"],
    ["a kept .git", "build-arg:BUILDKIT_CONTEXT_KEEP_GIT_DIR", "1"],
    ["git's advice", "build-arg:BUILDKIT_GIT_ADVICE", "1"],
    ["a label, for a stage that is built as it is", "label:team", "shop"],
  ])("is told of %s", (_, name, value) => {
    expect(dockerfileOptions(frontendOptions({ [name]: value }))).toEqual({ [name]: value });
  });

  it.each([
    ["the file, which is ours", "filename"],
    ["where the file lies, which switches inputs off", "dockerfilekey"],
    ["a context on the net, for which it would ignore the inputs", "context"],
    ["its subdirectory", "contextsubdir"],
    ["the stage, which we name ourselves", "target"],
    ["the platforms, which we name ourselves", "platform"],
    ["whether there is to be an index", "multi-platform"],
    ["a question, which is for us", "requestid"],
    ["what it needs to answer it", "frontend.caps"],
    ["our own name, by which it would call us again", "source"],
    ["the line with our name", "cmdline"],
    ["our name as an argument", "build-arg:BUILDKIT_SYNTAX"],
    ["attestations, which are of the whole build", "attest:sbom"],
    ["a variable for the buildpacks", "build-arg:NODE_ENV"],
    ["an option of ours", "build-arg:CNB_BUILDER"],
  ])("is not told of %s", (_, name) => {
    expect(dockerfileOptions(frontendOptions({ [name]: "x" }))).toEqual({});
  });
});

it("arguments for a Dockerfile that people may have changed are all but those by which it would build another thing", () => {
  const args = {
    "build-arg:A": "1",
    "build-arg:BUILDKIT_DOCKERFILE_CHECK": "skip=all",
    "build-arg:TARGETOS": "x",
  };
  const others = {
    "build-arg:BUILDKIT_SYNTAX": "us",
    "build-arg:BUILDKIT_MULTI_PLATFORM": "1",
    "label:a": "1",
  };
  expect(dockerfileArguments(frontendOptions({ ...args, ...others }))).toEqual(args);
});
