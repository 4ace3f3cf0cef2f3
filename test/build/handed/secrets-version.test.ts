import { execFileSync } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { secretsVersion } from "../../../src/build/handed/secrets-version.ts";
import { absent } from "../../helpers/absent.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";

const key = "0123456789abcdef0123456789abcdef";
const env = { TOKEN: "one", PASSWORD: "two" };
const texts = ["id=TOKEN", "id=db.password,env=PASSWORD"];
const ids = ["TOKEN", "db.password"];
const versionOf = (more: Partial<Parameters<typeof secretsVersion>[0]> = {}) =>
  secretsVersion({ ids, texts, env, key, app: "shop", ...more });

describe("the version of a build's secrets", () => {
  it("is the same for the same values, wherever they come from and in whichever order", () => {
    const path = join(temporaryDirectory(), "token");
    writeFileSync(path, "one");
    expect(versionOf()).toMatch(/^[0-9a-f]{64}$/);
    expect(versionOf({ texts: texts.toReversed() })).toBe(versionOf());
    expect(versionOf({ texts: [`id=TOKEN,src=${path}`, ...texts.slice(1)] })).toBe(versionOf());
  });

  it.each([
    ["a value", { env: { ...env, TOKEN: "other" } }],
    ["which secret has which value", { env: { TOKEN: "two", PASSWORD: "one" } }],
    ["where one secret ends and the next begins", { env: { TOKEN: "onetw", PASSWORD: "o" } }],
    ["a secret that is gone", { texts: texts.slice(1) }],
    ["the key", { key: `${key}0` }],
    ["the app", { app: "shop2" }],
  ])("changes with %s", (_, more) => {
    expect(versionOf(more)).not.toBe(versionOf());
  });

  it("does not change with secrets that no buildpack sees, nor with those that are not there or can be read only once", () => {
    const pipe = join(temporaryDirectory(), "pipe");
    execFileSync("mkfifo", [pipe]);
    const others = [...texts, "id=GIT_AUTH_TOKEN,env=TOKEN", `id=missing,src=${absent}`];
    const all = [...ids, "missing", "pipe"];
    expect(versionOf({ ids: all, texts: [...others, `id=pipe,src=${pipe}`] })).toBe(versionOf());
    const loop = join(temporaryDirectory(), "loop");
    symlinkSync("loop", loop);
    expect(versionOf({ ids: all, texts: [...texts, `id=missing,src=${loop}`] })).toBe(versionOf());
    expect(versionOf({ ids, texts: [`id=missing,src=${absent}`] })).toBeUndefined();
  });
});
