import { describe, expect, it } from "vitest";
import { offerFaults } from "../../../src/build/handed/offered-secrets.ts";
import { projectArguments } from "../../../src/cli/build/project-arguments.ts";
import type { BuildFlags } from "../../../src/cli/flags.ts";
import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import { readDockerfile } from "../../../src/dockerfile/read/read-dockerfile.ts";
import { wholeMachine } from "../../helpers/border.ts";

const declaring = `
[_]
schema-version = "0.2"
[io.github.cnb-dockerfile]
secrets = ["NPM_TOKEN"]
ssh = "default"
[[io.github.cnb-dockerfile.bindings]]
name = "db"
type = "postgresql"
keys = ["password"]
`;
const nothing = '[_]\nschema-version = "0.2"\n';
const wants = ["NPM_TOKEN", "db.password", "default"];

/** What is missing, and what cannot be used, of a project that is built with some flags. */
function ofProject(text: string, flags: BuildFlags) {
  const { buildArguments, secrets } = projectArguments(flags, {
    source: {},
    env: { HERE: "value" },
    border: wholeMachine,
    report: () => {},
  });
  const all = [...(flags.secret ?? []), ...secrets];
  const request = {
    content: { kind: "project" as const, text },
    file: "project.toml",
    handed: flags,
    buildArguments,
    secrets: all,
  };
  return said(request);
}

function ofFile(text: string, flags: BuildFlags, kind: "generated" | "dockerfile" = "generated") {
  const secrets = flags.secret ?? [];
  const content = { kind, text, dockerfile: readDockerfile(text) };
  return said({ content, file: "Dockerfile", handed: flags, buildArguments: new Map(), secrets });
}

function said(request: Parameters<typeof offerFaults>[0]) {
  const lines = (found: readonly Diagnostic[]) =>
    found.map(({ code, message, location }) => {
      const id = /"(.*?)"/.exec(message)?.[1];
      return `${code.replace("cli/", "")} ${id} at ${location?.keyPath ?? location?.file}`;
    });
  const { missing, unusable } = offerFaults(request);
  return { missing: lines(missing), unusable: lines(unusable) };
}

describe("a project", () => {
  const at = "io.github.cnb-dockerfile";

  it("gets what it declares only where it is offered, and the error says where that is declared", () => {
    expect(ofProject(declaring, {})).toEqual({
      missing: [
        `secret-not-offered NPM_TOKEN at ${at}.secrets[0]`,
        `secret-not-offered db.password at ${at}.bindings[0]`,
        `ssh-not-offered default at ${at}.ssh`,
      ],
      unusable: [],
    });
  });

  it("has all that it wants where all is offered", () => {
    const secret = ["id=NPM_TOKEN,env=HERE", "id=db.password,src=file"];
    expect(ofProject(declaring, { secret, ssh: ["default"] })).toEqual({ missing: [], unusable: [] });
  });

  it("wants no secret of a variable that has a value on the command line", () => {
    const { missing } = ofProject(declaring, { env: ["NPM_TOKEN=public"] });
    expect(missing.filter((line) => line.includes("NPM_TOKEN"))).toEqual([]);
  });

  it.each<[string, BuildFlags, string]>([
    ["a binding of a flag", { binding: ["db=postgresql:user"] }, "secret-not-offered db.user at --binding"],
    [
      "a binding of a build argument",
      { buildArg: ["CNB_BINDINGS=db=a:b"] },
      "secret-not-offered db.b at --build-arg CNB_BINDINGS",
    ],
    [
      "a secret of a build argument",
      { buildArg: ["CNB_SECRETS=A"] },
      "secret-not-offered A at --build-arg CNB_SECRETS",
    ],
    ["certificates", { caCert: true }, "secret-not-offered ca-cert at --ca-cert"],
    [
      "an agent of a build argument",
      { buildArg: ["CNB_SSH=key"] },
      "ssh-not-offered key at --build-arg CNB_SSH",
    ],
  ])("is not built where %s is declared and not offered", (_, flags, line) => {
    expect(ofProject(nothing, flags)).toEqual({ missing: [line], unusable: [] });
  });

  it.each(["db-password", "db.password", "1TOKEN", "ca-cert"])(
    "the secret %s is of no use without a declaration",
    (id) => {
      expect(ofProject(nothing, { secret: [`id=${id},src=file`] })).toEqual({
        missing: [],
        unusable: [`secret-unusable ${id} at --secret`],
      });
    },
  );

  it.each(["TOKEN", "GIT_AUTH_TOKEN", "HTTP_AUTH_HEADER_git.example"])("the secret %s is of use", (id) => {
    expect(ofProject(nothing, { secret: [`src=file,id=${id}`] })).toEqual({ missing: [], unusable: [] });
  });

  it("is asked for its certificates by a flag", () => {
    const secret = ["id=ca-cert,src=file"];
    expect(ofProject(nothing, { secret, caCert: true })).toEqual({ missing: [], unusable: [] });
  });

  it("takes the last id of a secret that has two, as buildx does, quoted or not", () => {
    expect(ofProject(nothing, { secret: ['"id=a-b",ID=TOKEN,src=x'] }).unusable).toEqual([]);
  });

  it("that cannot be read is left to the build", () => {
    expect(ofProject("secrets = [", { secret: ["id=a-b,src=x"] })).toEqual({ missing: [], unusable: [] });
  });
});

describe("a Dockerfile", () => {
  const text = [
    "FROM scratch",
    'RUN --mount=type=secret,id=NPM_TOKEN,target=/a,required=true --mount=type=ssh,id=default,required=true ["x"]',
    "RUN --mount=type=secret,id=db.password,required=true --mount=type=secret,target=/run/optional true",
    "",
  ].join("\n");

  it("of ours says by its mounts what it wants", () => {
    expect(ofFile(text, {}).missing).toEqual([
      "secret-not-offered NPM_TOKEN at Dockerfile",
      "secret-not-offered db.password at Dockerfile",
      "ssh-not-offered default at Dockerfile",
    ]);
    const secret = wants.slice(0, 2).map((id) => `id=${id},src=x`);
    expect(ofFile(text, { secret: [...secret, "id=optional,src=x"], ssh: ["default=/sock"] })).toEqual({
      missing: [],
      unusable: [],
    });
  });

  it("of ours has no use for what no step mounts", () => {
    expect(ofFile("FROM scratch\n", { secret: ["id=TOKEN,env=A"], ssh: ["key=/sock"] }).unusable).toEqual([
      "secret-unusable TOKEN at --secret",
      "ssh-unusable key at --ssh",
    ]);
  });

  it("of ours in which a variable names an id is left to BuildKit", () => {
    const open = "FROM scratch\nARG ID\nRUN --mount=type=secret,id=$ID,required=true true\n";
    expect(ofFile(open, { secret: ["id=other,src=x"] })).toEqual({ missing: [], unusable: [] });
  });

  it("of the user's own gets what it asks for", () => {
    expect(ofFile(text, { secret: ["id=other,src=x"] }, "dockerfile")).toEqual({ missing: [], unusable: [] });
  });
});
