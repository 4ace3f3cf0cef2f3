import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { planCache } from "../../src/plan/cache.ts";
import type { GitPlace, Origin } from "../../src/plan/options.ts";
import { codesOf } from "../helpers/errors.ts";
import { descriptorOf } from "../helpers/plan.ts";

interface Known {
  readonly cacheId?: string;
  readonly projectId?: string;
  readonly git?: GitPlace;
  readonly origin?: Origin;
  readonly cacheScope?: string;
  readonly file?: string;
}

function cache(known: Known, warnings: Diagnostic[] = []) {
  const { cacheId, cacheScope, projectId, git, origin, file = "project.toml" } = known;
  const descriptor = descriptorOf({ file, ...(projectId === undefined ? {} : { id: projectId }) });
  return planCache(
    descriptor,
    {
      ...(cacheId === undefined ? {} : { cacheId }),
      ...(cacheScope === undefined ? {} : { cacheScope }),
      fallbackCacheId: "app-fallback",
    },
    { ...(git === undefined ? {} : { git }), ...(origin === undefined ? {} : { origin }) },
    (warning) => warnings.push(warning),
  );
}
const ofRemote = (remote: string, subdirectory = "") => cache({ git: { remote, subdirectory } }).id;

describe("the cache's id", () => {
  const git = { remote: "https://git.example/acme/shop", subdirectory: "" };

  it("is the option's, whatever else is known", () => {
    expect(cache({ cacheId: "mine", projectId: "x", git })).toEqual({ id: "mine", derivedFrom: "option" });
  });

  it("comes from the project's id before the git remote", () => {
    expect(cache({ projectId: "com.example.shop", git })).toMatchObject({
      id: expect.stringMatching(/^com\.example\.shop-[0-9a-f]{12}$/),
      derivedFrom: "project id",
    });
  });

  it("comes from the git remote where the project has no id", () => {
    expect(cache({ git })).toMatchObject({
      id: expect.stringMatching(/^git\.example-acme-shop-[0-9a-f]{12}$/),
      derivedFrom: "git remote",
    });
  });

  it("is made up, with a warning, where nothing tells the project from others", () => {
    const warnings: Diagnostic[] = [];
    expect(cache({}, warnings)).toEqual({ id: "app-fallback", derivedFrom: "nothing" });
    expect(warnings.map(({ code }) => code)).toEqual(["plan/cache-id-unknown"]);
  });

  it.each(["", "-a", ".a", "a b", "a/b", "a,target=/", "a\n", "ä", "x".repeat(129)])(
    "cannot be %j",
    (cacheId) => {
      expect(codesOf(() => cache({ cacheId }))).toEqual(["plan/bad-cache-id"]);
    },
  );

  it("is safe in a mount option, whatever it is made from", () => {
    const text = fc.string({ unit: "binary", minLength: 1 });
    fc.assert(
      fc.property(text, text, text, (projectId, remote, subdirectory) => {
        expect(cache({ projectId }).id).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/);
        expect(ofRemote(remote, subdirectory)).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/);
      }),
    );
  });
});

describe("an id that a project chose itself", () => {
  const projectId = "com.example.shop";
  const of = (origin?: Origin, cacheScope?: string) =>
    cache({
      projectId,
      ...(origin === undefined ? {} : { origin }),
      ...(cacheScope === undefined ? {} : { cacheScope }),
    });
  const git = (remote: string): Origin => ({ kind: "git", remote });
  const shop = git("https://git.example/acme/shop.git");

  it("is another where another repository or place names it", () => {
    const ids = [
      of(),
      of(shop),
      of(git("https://git.example/mallory/shop")),
      of({ kind: "place", key: "directory:1234" }),
      of({ kind: "place", key: "directory:5678" }),
      of({ kind: "place", key: "git.example/acme/shop" }),
    ].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("is the same in every clone, however its remote is written", () => {
    expect(of(git("git@git.example:acme/shop"))).toEqual(of(shop));
    expect(of(shop)).toMatchObject({ derivedFrom: "project id" });
  });

  it("is hidden in 128 bits of a hash, since its author can try as many ids as he likes", () => {
    expect(of(shop).id).toMatch(/^com\.example\.shop-[0-9a-f]{32}$/);
  });

  it("does not count, with a warning, where nothing tells what the project is", () => {
    const warnings: Diagnostic[] = [];
    expect(cache({ projectId, origin: { kind: "unknown" } }, warnings)).toEqual({
      ...{ id: "app-fallback", derivedFrom: "nothing" },
    });
    expect(warnings.map(({ code }) => code)).toEqual(["plan/cache-id-unplaced"]);
  });

  it("counts alone within a scope, and where nobody says where the project comes from", () => {
    const within = of(shop, "acme");
    expect(within).toEqual({ ...of(), scope: { own: "acme" } });
    expect(of({ kind: "unknown" }, "acme")).toEqual(within);
    expect(of().id).toMatch(/^com\.example\.shop-[0-9a-f]{12}$/);
  });
});

describe("the scope of a cache", () => {
  it("stands beside the id, and changes none that does not come from the project", () => {
    const git = { remote: "https://git.example/acme/shop", subdirectory: "" };
    expect(cache({ git, cacheScope: "main" })).toEqual({ ...cache({ git }), scope: { own: "main" } });
    expect(cache({ cacheId: "mine", cacheScope: "pr-7:main" })).toEqual({
      ...{ id: "mine", derivedFrom: "option", scope: { own: "pr-7", base: "main" } },
    });
  });

  it("has no base where that is the scope itself", () => {
    expect(cache({ cacheId: "mine", cacheScope: "main:main" }).scope).toEqual({ own: "main" });
  });

  it.each(["A", "0", "pr-7", "a.b_c", "x".repeat(64), "a:b"])("can be %j", (cacheScope) => {
    expect(cache({ cacheId: "mine", cacheScope }).scope).toBeDefined();
  });

  it.each([
    ...["", ":", ":main", "pr-7:", "a:b:c", "-a", ".a", "a b", "a/b", "a@b", "a,target=/", "a\n", "$a", "ä"],
    ...["x".repeat(65), `a:${"x".repeat(65)}`, "a:b/c"],
  ])("cannot be %j", (cacheScope) => {
    expect(codesOf(() => cache({ cacheScope }))).toEqual(["plan/bad-cache-scope"]);
  });
});

describe("a git remote", () => {
  it.each([
    "https://git.example/acme/shop.git",
    "https://git.example/acme/shop/",
    "https://GIT.example/acme/shop",
    "https://robot:hunter2@git.example/acme/shop.git",
    "https://robot@git.example/acme/shop",
    "https://git.example:443/acme/shop",
    "ssh://git@git.example:22/acme/shop.git",
    "git@git.example:acme/shop.git",
    "git@git.example:/acme/shop",
    "git.example:acme/shop",
  ])("written %s gives the same id as any other clone's", (remote) => {
    expect(ofRemote(remote)).toBe(ofRemote("https://git.example/acme/shop"));
  });

  it.each([
    ["https://git.example/acme/other", ""],
    ["https://git.example/acme/Shop", ""],
    ["https://other.example/acme/shop", ""],
    ["https://git.example/acme/shop", "apps/a"],
    ["https://git.example/acme/shop/apps", "a"],
    ["/srv/git/acme/shop", ""],
    ["file:///srv/git/shop", ""],
    ["file:///home/me/shop", ""],
  ])("%s with the sub-directory %j shares its cache with no other", (remote, subdirectory) => {
    const others = [
      ofRemote("https://git.example/acme/shop"),
      ofRemote("https://git.example/acme/shop", "apps/b"),
      ofRemote("/elsewhere/shop"),
    ];
    expect(others).not.toContain(ofRemote(remote, subdirectory));
  });

  it.each([
    "https://robot:hunter2@git.example/acme/shop",
    "https://robot:p@hunter2@git.example/acme/shop",
    "https://hunter2@git.example/acme/shop",
    "hunter2@git.example:acme/shop",
  ])("never shows the credentials of %s", (remote) => {
    expect(ofRemote(remote)).toMatch(/^git\.example-acme-shop-/);
  });

  it("on this machine shows the last part of its path alone", () => {
    expect(ofRemote("/home/somebody/secret/shop.git")).toMatch(/^shop-[0-9a-f]{12}$/);
    expect(ofRemote("file:///home/somebody/secret/shop.git")).toBe(ofRemote("/home/somebody/secret/shop"));
  });

  it("gives an app another id than a project that has the remote for its id", () => {
    expect(cache({ projectId: "git.example/acme/shop" }).id).not.toBe(
      ofRemote("https://git.example/acme/shop"),
    );
  });
});

describe("two remotes that are not the same", () => {
  it.each([
    ["http://localhost:3000/a/b", "http://localhost:3001/a/b"],
    ["alice@server:app.git", "bob@server:app.git"],
    ["ssh://alice@server/~/app", "ssh://bob@server/~/app"],
    ["/srv/one/app.git", "/srv/two/app.git"],
    ["https://[::1]/a/b", "https://[::2]/a/b"],
  ])("%s and %s give two ids", (one, other) => {
    expect(ofRemote(one)).not.toBe(ofRemote(other));
  });

  it("are two descriptors of one directory", () => {
    const git = { remote: "https://git.example/acme/shop", subdirectory: "" };
    expect(cache({ git, file: "project.toml" }).id).not.toBe(cache({ git, file: "other.toml" }).id);
  });
});

describe("what is shown of a remote", () => {
  it.each([
    "https://user:s3cret@git.example/acme/shop",
    "persistent-https::https://user:s3cret@git.example/acme/shop",
    "https://git.example/acme/shop?private_token=s3cret",
    "https://user:pa/s3cret@git.example/acme/shop",
    "https://git.example/acme/shop#s3cret",
  ])("has no credential of %s", (remote) => {
    expect(ofRemote(remote)).not.toContain("s3cret");
  });
});
