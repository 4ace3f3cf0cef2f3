import { expect, it } from "vitest";
import { withBuildArguments } from "../../../src/cli/project/build-arguments.ts";
import { projectToml, workplace } from "../../helpers/program.ts";

it("puts every argument where it belongs", () => {
  const buildArg = [
    ...[
      "CNB_BUILDER=acme/builder",
      "CNB_RUN_IMAGE=acme/run",
      "CNB_PLATFORM_API=0.14",
      "CNB_PROCESS_TYPE=web",
    ],
    ...[
      "CNB_CACHE_ID=shop",
      "CNB_EXEC_ENV=test",
      "CNB_SECRETS=A, B",
      "CNB_BINDINGS=db=pg:user,password;c=redis:url",
    ],
    ...["CNB_BUILDPACKS=a/b, ./c", "CNB_PRE_BUILDPACKS=d/e", "CNB_POST_BUILDPACKS=f/g"],
    ...["CNB_BUILDPACK_REGISTRY=https://r.example", "CNB_RUN_IMAGE_MIRROR=ghcr.io"],
    ...["CNB_DISABLE_SYSTEM_BUILDPACKS=1", "CNB_CA_CERT=true", "CNB_KEEP_GIT_DIR=false"],
    ...["CNB_KEEP_MODES=1", "CNB_WORKSPACE_MODE=0755"],
    ...["BP_X=1=2", "TOKEN"],
  ];
  expect(withBuildArguments({ env: ["FIRST=1"], secret: ["Z"], buildArg })).toEqual({
    builder: "acme/builder",
    runImage: "acme/run",
    platformApi: "0.14",
    processType: "web",
    cacheId: "shop",
    execEnv: "test",
    secret: ["Z", "A", "B"],
    binding: ["db=pg:user,password", "c=redis:url"],
    buildpack: ["a/b", "./c"],
    preBuildpack: ["d/e"],
    postBuildpack: ["f/g"],
    buildpackRegistry: "https://r.example",
    runImageMirror: "ghcr.io",
    disableSystemBuildpacks: true,
    caCert: true,
    keepGitDir: false,
    keepModes: true,
    workspaceMode: "0755",
    env: ["FIRST=1", "BP_X=1=2", "TOKEN"],
    buildArg,
  });
});

it("refuses a switch that is neither on nor off", () => {
  expect(() => withBuildArguments({ buildArg: ["CNB_CA_CERT=perhaps"] })).toThrow(
    'cli/build-arg-not-boolean: CNB_CA_CERT must be true or false, not "perhaps".',
  );
});

it("makes the same file as the flags do, which is what is recorded in it", async () => {
  const { run, builder } = await workplace({ "project.toml": projectToml });
  const byArguments = [
    "--image=acme/helper:1",
    "--build-arg",
    `CNB_BUILDER=${builder}`,
    "--build-arg",
    "A=1",
    "--build-arg",
    "CNB_SECRETS=B",
  ];
  const byFlags = ["--image=acme/helper:1", "--builder", builder, "--env", "A=1", "--secret", "B"];
  const [{ stdout, stderr }, other] = await Promise.all([
    run(["generate", ...byArguments]),
    run(["generate", ...byFlags]),
  ]);
  expect(stderr).toBe("");
  expect(stdout).toBe(other.stdout);
  await run(["generate", ...byArguments, "-o", "Dockerfile"]);
  const checked = await run(["generate", "--check", "Dockerfile", ...byArguments]);
  expect(checked).toMatchObject({ exitCode: 0, stderr: "" });
});
