import { describe, expect, it } from "vitest";
import type { BuildOrder } from "../../../src/build/build-order.ts";
import { withSecretsVersion } from "../../../src/build/handed/with-secrets-version.ts";
import type { BuildRequest } from "../../../src/engines/build-request.ts";

const key = "0123456789abcdef0123456789abcdef";
const withKey = { TOKEN: "one", CNB_DOCKERFILE_SECRETS_KEY: key };

interface Asked {
  readonly told?: Readonly<Record<string, string>>;
  readonly id?: string;
  readonly secrets?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** The version of a project that declares one secret, and codes of warnings. */
function versionOf({ told = {}, id, secrets = ["id=TOKEN"], env = withKey }: Asked) {
  const codes: string[] = [];
  const lines = [
    ...(id === undefined ? [] : ["[_]", 'schema-version = "0.2"', `id = "${id}"`]),
    ...["[io.github.cnb-dockerfile]", 'secrets = ["TOKEN"]'],
  ];
  const request = withSecretsVersion(
    {
      buildArguments: Object.entries(told).map(([name, value]) => ({ name, value })),
      secrets,
    } as Partial<BuildRequest> as BuildRequest,
    { handed: {}, env, shown: { isDryRun: false } } as BuildOrder,
    { kind: "project", text: lines.join("\n"), file: { name: "project.toml" } } as never,
    ({ code }) => codes.push(code),
  );
  const version = request.buildArguments.find(({ name }) => name === "CNB_SECRETS_VERSION")?.value;
  return { version, codes };
}

describe("a request with a version of its secrets", () => {
  const place = (text: string) => ({ CNB_DOCKERFILE_SOURCE_PLACE: text });
  const source = (text: string) => ({ CNB_DOCKERFILE_SOURCE: text });
  const scope = (text: string) => ({ CNB_CACHE_SCOPE: text });

  it.each<[string, Asked, Asked]>([
    ["two directories", { told: place("a1") }, { told: place("b2") }],
    [
      "an id that another directory has, too",
      { id: "shop", told: place("a1") },
      { id: "shop", told: place("b2") },
    ],
    [
      "an id that another repository has, too",
      { id: "shop", told: source("https://git.example/acme/shop") },
      { id: "shop", told: source("https://git.example/evil/shop") },
    ],
    ["two scopes", { id: "shop", told: scope("one") }, { id: "shop", told: scope("two") }],
  ])("tells no one that the secrets of two apps are equal: %s", (_, one, other) => {
    expect(versionOf(one).version).toMatch(/^[0-9a-f]{64}$/);
    expect(versionOf(one).version).not.toBe(versionOf(other).version);
  });

  it("has the same one in every clone, and within a scope in every fork", () => {
    const [https, ssh] = ["https://git.example/acme/shop.git", "git@git.example:acme/shop"];
    expect(versionOf({ told: source(https) })).toEqual(versionOf({ told: source(ssh) }));
    expect(versionOf({ id: "shop", told: { ...source(https), ...scope("ci") } })).toEqual(
      versionOf({ id: "shop", told: { ...source("https://git.example/fork/shop"), ...scope("ci") } }),
    );
  });

  it("needs no key, and warns of none, where no secret is offered, as while a cache is moved", () => {
    expect(versionOf({ secrets: [], env: { CI: "true" } })).toEqual({ version: undefined, codes: [] });
    expect(versionOf({ env: { CI: "true", TOKEN: "one", XDG_DATA_HOME: "" } }).version).toBeUndefined();
  });
});
