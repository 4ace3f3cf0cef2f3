import { expect, it } from "vitest";
import { parse } from "yaml";
import { composeFile } from "../../../src/cli/targets/compose-file.ts";
import type { ProjectTarget } from "../../../src/cli/targets/project-target.ts";
import { faultsOf } from "../../helpers/errors.ts";

const target = (name: string, more: Partial<ProjectTarget> = {}): ProjectTarget => ({
  ...{ name, directory: `/repository/services/${name}`, file: "project.toml", platforms: [] },
  ...{ buildArguments: new Map(), secrets: [] },
  ...more,
});

it("has a service for each project, and each secret once", () => {
  const token = { id: "NPM_TOKEN", variable: "NPM_TOKEN" };
  const text = composeFile(
    [
      target("api", {
        platforms: ["linux/amd64"],
        buildArguments: new Map([["BUILDKIT_SYNTAX", "ghcr.io/x/y:1"]]),
        secrets: [token, { id: "db.password" }],
        ssh: "default",
      }),
      target("web", { secrets: [token] }),
    ],
    "/repository",
  );
  expect(text).toMatchInlineSnapshot(`
    "# Made by \`cnb-dockerfile generate\`, which replaces this file. Remove this line to have it ask for --force.
    #
    #   docker compose build                builds every project
    #   docker compose up                   starts them
    #   REGISTRY=registry.example/acme/ TAG=1.2.3 docker compose build --push

    services:
      api:
        image: "\${REGISTRY:-}api:\${TAG:-latest}"
        build:
          context: "./services/api"
          dockerfile: "project.toml"
          args:
            BUILDKIT_SYNTAX: "ghcr.io/x/y:1"
          platforms:
            - "linux/amd64"
          secrets:
            - "NPM_TOKEN"
            - "db.password"
          ssh:
            - "default"
      web:
        image: "\${REGISTRY:-}web:\${TAG:-latest}"
        build:
          context: "./services/web"
          dockerfile: "project.toml"
          secrets:
            - "NPM_TOKEN"
    secrets:
      NPM_TOKEN:
        environment: "NPM_TOKEN"
      db.password:
        file: "./secrets/db.password"
    "
  `);
});

it("keeps every value, whatever it holds, and leaves nothing to be interpolated", () => {
  const values = [
    `$HOME \${x} $$`,
    "yes",
    "1.0",
    "a: b # c",
    "line\nline\n",
    "'\"",
    "*x &y !z",
    "\u0001",
    " ",
  ];
  const text = composeFile(
    [target("api", { buildArguments: new Map(values.map((value, index) => [`A${index}`, value])) })],
    "/repository",
  );
  const read = (version: "1.1" | "1.2") => Object.values(parse(text, { version }).services.api.build.args);
  for (const version of ["1.1", "1.2"] as const) {
    expect(read(version)).toEqual(values.map((value) => value.replaceAll("$", "$$$$")));
  }
});

it.each(["on", "NO", "y", "2026-11-30", "0b1", "1_000", "12-30", "true"])(
  "names %s by a text for every reader",
  (name) => {
    const text = composeFile(
      [
        target(name.toLowerCase().replace("_", "-"), {
          buildArguments: new Map([[name, "x"]]),
          secrets: [{ id: name }],
        }),
      ],
      "/repository",
    );
    // Go's library reads a date where no other one does.
    expect(text).toMatch(new RegExp(`^ {8}"${name}": "x"$`, "m"));
    for (const version of ["1.1", "1.2"] as const) {
      const { services, secrets } = parse(text, { version, mapAsMap: false });
      expect(Object.keys(services)).toEqual([name.toLowerCase().replace("_", "-")]);
      expect(Object.keys(secrets)).toEqual([name]);
    }
  },
);

it("refuses a secret whose name compose does not allow", () => {
  const odd = target("api", { secrets: [{ id: "mirrors.sha256:abc" }, { id: "fine" }] });
  const faults = faultsOf(() => composeFile([odd], "/repository"));
  expect(faults).toMatchObject([{ code: "cli/compose-secret" }]);
});
