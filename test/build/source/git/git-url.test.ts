import { describe, expect, it } from "vitest";
import {
  isGitUrl,
  parseGitUrl,
  repositoryName,
  withoutCredentials,
} from "../../../../src/build/source/git/git-url.ts";

describe("isGitUrl", () => {
  it.each([
    "https://git.example/app.git",
    "https://git.example/app.git#main:web",
    "https://git.example/app.git?branch=main",
    "git@git.example:team/app.git",
    "git@git.example:team/app",
    "git://git.example/app",
    "ssh://git@git.example/app",
    "github.com/team/app",
  ])("is one: %s", (text) => expect(isGitUrl(text)).toBe(true));

  it.each(["https://files.example/app.tar.gz", "app.git", "./github.com/team", "/srv/app.git", "-"])(
    "is none: %s",
    (text) => expect(isGitUrl(text)).toBe(false),
  );
});

describe("parseGitUrl", () => {
  const url = { kind: "url", isLocal: false };
  it.each([
    ["https://g.example/a.git", { remote: "https://g.example/a.git", directory: "" }],
    ["https://g.example/a.git#v1", { remote: "https://g.example/a.git", ref: "v1", directory: "" }],
    ["https://g.example/a.git#v1:b/c", { remote: "https://g.example/a.git", ref: "v1", directory: "b/c" }],
    ["https://g.example/a.git#:b", { remote: "https://g.example/a.git", directory: "b" }],
    [
      "https://g.example/a.git#refs/heads/x:/b/",
      { remote: "https://g.example/a.git", ref: "refs/heads/x", directory: "b" },
    ],
    [
      "https://g.example/a.git?branch=x&subdir=b",
      { remote: "https://g.example/a.git", ref: "x", directory: "b" },
    ],
    ["https://g.example/a.git?tag=x", { remote: "https://g.example/a.git", ref: "x", directory: "" }],
    ["https://g.example/get?repo=a", { remote: "https://g.example/get?repo=a", directory: "" }],
    ["git@g.example:t/a.git#x", { remote: "git@g.example:t/a.git", ref: "x", directory: "" }],
    ["github.com/t/a", { remote: "https://github.com/t/a", directory: "" }],
    ["https://u:p%40w@g.example:8443/a", { remote: "https://u:p%40w@g.example:8443/a", directory: "" }],
    ["http://[::1]:80/a#a/-b", { remote: "http://[::1]:80/a", ref: "a/-b", directory: "" }],
    ["ssh://git@g.example:22/~u/a", { remote: "ssh://git@g.example:22/~u/a", directory: "" }],
    ["deploy@g_1.example:a", { remote: "deploy@g_1.example:a", directory: "" }],
    ["git@[2001:db8::1]:a", { remote: "git@[2001:db8::1]:a", directory: "" }],
    ["ssh://me%40corp@g.example/a", { remote: "ssh://me%40corp@g.example/a", directory: "" }],
    ["https://u:p[w@g.example/a", { remote: "https://u:p[w@g.example/a", directory: "" }],
    ["git://bücher.example/a", { remote: "git://bücher.example/a", directory: "" }],
    ["/srv/a", { remote: "/srv/a", directory: "", isLocal: true }],
    ["../a b#x", { remote: "../a b", ref: "x", directory: "", isLocal: true }],
    ["file:///srv/a", { remote: "file:///srv/a", directory: "", isLocal: true }],
  ])("%s", (text, expected) => expect(parseGitUrl(text)).toEqual({ ...url, ...expected }));

  const dashed = "begins with a dash";
  const noName = "its branch, tag or commit has an invalid name";
  const noTransport = "it is neither an https, http, ssh or git URL nor USER@HOST:PATH";
  it.each([
    ["https://g.example/a.git#x:../b", "its directory is outside the repository"],
    ["https://g.example/a.git#x:b/../../c", "its directory is outside the repository"],
    ["https://g.example/a.git?branch=x#y", "it names more than one branch, tag or commit"],
    ["https://g.example/a.git?subdir=x#:y", "it names more than one directory"],
    ["https://g.example/a.git?branch=x&other=y", "its query has keys other than"],
    ["", "it names no repository"],
    ["#x", "it names no repository"],
    // An option of git's.
    ["--upload-pack=x", `it ${dashed}`],
    ["-x@g.example:a", `it ${dashed}`],
    ["https://g.example/a#--upload-pack=id", `its branch, tag or commit ${dashed}`],
    ["https://g.example/a?ref=--upload-pack%3Did", `its branch, tag or commit ${dashed}`],
    ["https://g.example/a?ref=%2d-upload-pack=id", `its branch, tag or commit ${dashed}`],
    ["https://g.example/a?commit=-x", `its branch, tag or commit ${dashed}`],
    ["https://g.example/a#x:-b", `its directory ${dashed}`],
    ["https://g.example/a#x:/-b", `its directory ${dashed}`],
    ["https://g.example/a?subdir=%2Db", `its directory ${dashed}`],
    // One of ssh's.
    ["ssh://-oProxyCommand=id/a", `its user or host ${dashed}`],
    ["ssh://%2DoProxyCommand=id/a", `its user or host ${dashed}`],
    ["ssh://git@-oProxyCommand=id/a", `its user or host ${dashed}`],
    ["ssh://git@%2doProxyCommand=id/a", `its user or host ${dashed}`],
    ["ssh://-l@g.example/a", `its user or host ${dashed}`],
    ["git@-oProxyCommand=id:a", noTransport],
    ["git@g.example:-u", noTransport],
    ["git://-x/a", `its user or host ${dashed}`],
    ["https://-x/a", `its user or host ${dashed}`],
    // A program, or a transport that nobody has asked for.
    ["ext::sh -c id", "it has a space"],
    ["ext::id", "ext:: names a program"],
    ["fd::17/a", "fd:: names a program"],
    ["foo::https://g.example/a", "foo:: names a program"],
    ["ftp://g.example/a", noTransport],
    ["git+ssh://g.example/a", noTransport],
    ["HTTPS://g.example/a", noTransport],
    ["file://g.example/a", noTransport],
    ["bundle.git", noTransport],
    ["g.example:a", noTransport],
    ["C:\\a", "it has a backslash"],
    // Lines for git's conversation with its helpers, and for a terminal.
    ["https://g.example%0ahost=h.example/a", "it has a control character"],
    ["https://u%0d:p@g.example/a", "it has a control character"],
    ["https://g.example/a\nb", "it has a control character"],
    ["https://g.example/a\u202eb", "it has a control character"],
    ["git@g.example:a\tb", "it has a control character"],
    ["file:///a%00b", "it has a control character"],
    ["https://g.example/a#x:b\u0007", "its directory has a control character"],
    ["https://g.example/a b", "it has a space"],
    // More than a name.
    ["https://g.example/a?ref=main:refs/heads/x", noName],
    ["https://g.example/a#+main", noName],
    ["https://g.example/a#^main", noName],
    ["https://g.example/a#refs/heads/*", noName],
    ["https://g.example/a#main~1", noName],
    ["https://g.example/a#main@{1}", noName],
    ["https://g.example/a#a..b", noName],
    ["https://g.example/a#a b", noName],
    ["https://g.example/a#@", noName],
    ["https://g.example/a#x:.git/hooks", "its directory is in .git"],
    ["https://g.example/a#x:b/.GIT", "its directory is in .git"],
    // Who reads which host in it, git or curl?
    ["https://u:p@x@g.example/a", noTransport],
    ["https://g.example\\@h.example/a", "it has a backslash"],
    ["https://g.example:443\\@h.example/a", "it has a backslash"],
    ["git@g.example:a\\b", "it has a backslash"],
    ["https://g.example?@h.example/a", noTransport],
    ["https://g.example:65536/a", noTransport],
    ["ssh://g.example:65536/a", noTransport],
    ["git@1.2.3.4.5:a", noTransport],
    ["git@[127.0.0.1:22]:a", noTransport],
    ["git@[127.1]:a", noTransport],
    ["git@[g.example]:a", noTransport],
    ["ssh://git@[127.0.0.1]/a", noTransport],
    ["https://[1:2]/a", noTransport],
    ["[h.example]x@g.example:a", noTransport],
    ["ssh://[h.example]x@g.example/a", noTransport],
    ["ssh://h.example%2Fx@g.example/a", "another host"],
    ["ssh://%5bh.example%5dx@g.example/a", "another host"],
    ["ssh://git%3ax@g.example/a", "another host"],
    ["ssh://git@g.example/a@[h.example]/b", "another host"],
    ["ssh://git@g.example/a%40%5bh.example]/b", "another host"],
    ["git://g.example/a@[h.example]/b", "another host"],
    ["git@g.example:a@[h.example]:b", "another host"],
    ["https://u@g.example:port/a", noTransport],
    ["ssh://git:password@g.example/a", "ssh does not accept a password in a URL"],
    ["git://u@g.example/a", noTransport],
  ])("refuses %j", (text, reason) =>
    expect(parseGitUrl(text)).toMatchObject({ kind: "refused", reason: expect.stringContaining(reason) }),
  );

  it.each([
    "https://user:se#cret@g.example/a",
    "https://user:se/cret@g.example/a",
    "https://user:se?cret@g.example/a",
    "https://user:se@cret@g.example/a",
    "https://user:se:cret@g.example/a b",
    "https:/user:secret@g.example/a",
    "user:secret@g.example/a",
    "ssh://user:secret@g.example/a",
    "https://user:secret@g.example/a.git#main:../x",
    "ftp://user:secret@g.example/a",
  ])("shows nothing of the password in %s", (text) => {
    const read = parseGitUrl(text);
    expect(read).toMatchObject({ kind: "refused", shown: expect.stringContaining("g.example/a") });
    expect(read.kind === "refused" && read.shown).not.toMatch(/se|cret/);
  });
});

it("names an image by the repository", () => {
  expect(repositoryName("https://g.example/team/Shop.git")).toBe("Shop");
  expect(repositoryName("git@g.example:shop.git")).toBe("shop");
  expect(repositoryName("https://g.example/shop/?x=y")).toBe("shop");
});

it("shows no user and no password of a URL", () => {
  expect(withoutCredentials("https://user:token@g.example/a")).toBe("https://g.example/a");
  expect(withoutCredentials("git@g.example:a")).toBe("git@g.example:a");
  expect(withoutCredentials("https://user:to@ken@g.example/a@b")).toBe("https://g.example/a@b");
  expect(withoutCredentials("ssh://git:password@g.example/a")).toBe("ssh://git@g.example/a");
  expect(withoutCredentials("ssh://git:pass@word@g.example/a")).toBe("ssh://git@g.example/a");
  expect(withoutCredentials("https://g.example/a@b")).toBe("https://g.example/a@b");
});
