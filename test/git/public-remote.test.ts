import { expect, it } from "vitest";
import { publicRemote } from "../../src/git/public-remote.ts";
import { planCache } from "../../src/plan/cache.ts";

const idOf = (remote: string) =>
  planCache(undefined, { fallbackCacheId: "none" }, { git: { remote, subdirectory: "web" } }, () => undefined)
    .id;

it.each([
  ["https://git.example/acme/shop.git", "https://git.example/acme/shop.git"],
  ["https://robot:hunter2@git.example/acme/shop.git", "https://git.example/acme/shop.git"],
  ["https://hunter2@git.example:8443/shop", "https://git.example:8443/shop"],
  ["https://robot:hun@ter2@git.example/shop", "https://git.example/shop"],
  ["HTTPS://robot:hunter2@git.example/shop", "HTTPS://git.example/shop"],
  ["https://git.example/shop.git?private_token=hunter2", "https://git.example/shop.git"],
  ["https://git.example/shop.git#hunter2", "https://git.example/shop.git"],
  ["codecommit::https://robot:hunter2@git.example/shop", "codecommit::https://git.example/shop"],
  ["ssh://git@git.example/shop", "ssh://git@git.example/shop"],
  ["ssh://git:hunter2@git.example/~/shop", "ssh://git@git.example/~/shop"],
  ["git@git.example:acme/shop.git", "git@git.example:acme/shop.git"],
  ["/srv/git/shop", "/srv/git/shop"],
  ["codecommit::eu-west-1://profile@shop", "codecommit::eu-west-1://shop"],
])("%s is shown as %s, and is the same app", (remote, shown) => {
  expect(publicRemote(remote)).toBe(shown);
  expect(publicRemote(shown)).toBe(shown);
  expect(idOf(shown)).toBe(idOf(remote));
});

it("a password behind several helpers is taken away as well", () => {
  expect(publicRemote("a::b::https://hunter2@git.example/shop")).toBe("a::b::https://git.example/shop");
});
