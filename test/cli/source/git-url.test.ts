import { describe, expect, it } from "vitest";
import {
  isGitUrl,
  parseGitUrl,
  repositoryName,
  withoutCredentials,
} from "../../../src/cli/source/git-url.ts";

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
    ["/srv/a", { remote: "/srv/a", directory: "" }],
  ])("%s", (text, url) => expect(parseGitUrl(text)).toEqual(url));

  it.each([
    "https://g.example/a.git#x:../b",
    "https://g.example/a.git#x:b/../../c",
    "https://g.example/a.git?branch=x#y",
    "https://g.example/a.git?branch=x&other=y",
    "--upload-pack=x",
    "",
    "#x",
  ])("refuses %s", (text) => expect(parseGitUrl(text)).toBeUndefined());
});

it("names an image by the repository", () => {
  expect(repositoryName("https://g.example/team/Shop.git")).toBe("Shop");
  expect(repositoryName("git@g.example:shop.git")).toBe("shop");
  expect(repositoryName("https://g.example/shop/?x=y")).toBe("shop");
});

it("shows no user and no password of a URL", () => {
  expect(withoutCredentials("https://user:token@g.example/a")).toBe("https://g.example/a");
  expect(withoutCredentials("git@g.example:a")).toBe("git@g.example:a");
  expect(withoutCredentials("ssh://git:password@g.example/a")).toBe("ssh://git@g.example/a");
  expect(withoutCredentials("https://g.example/a@b")).toBe("https://g.example/a@b");
});
