import process from "node:process";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";

const known = vi.hoisted(() => ({ home: "/home/known" as string | undefined }));
vi.mock("node:os", async (importOriginal) => {
  const found = (): string => {
    if (known.home === undefined) throw new Error("uv_os_homedir returned ENOENT");
    return known.home;
  };
  return {
    ...(await importOriginal<typeof import("node:os")>()),
    homedir: () => process.env.HOME ?? found(),
    userInfo: () => ({ homedir: found() }),
  };
});
// Other files may have loaded them with the real one, and are to have that again.
vi.resetModules();
const { homeDirectory, xdgDirectory } = await import("../../src/private/home-directory.ts");
afterAll(() => {
  vi.doUnmock("node:os");
  vi.resetModules();
});

afterEach(() => {
  vi.unstubAllEnvs();
  known.home = "/home/known";
});

// There HOME says nothing.
describe.skipIf(process.platform === "win32")("a home", () => {
  it.each([
    ["/home/me", "/home/me"],
    ["", "/home/known"],
    ["home", "/home/known"],
    ["./home", "/home/known"],
    [undefined, "/home/known"],
  ])("a HOME of %o is %s", (HOME, directory) => {
    vi.stubEnv("HOME", HOME);
    expect(homeDirectory()).toBe(directory);
    expect(homeDirectory({ HOME: "/home/other" })).toBe("/home/other");
  });

  it("a user whom nobody knows has the root directory", () => {
    known.home = undefined;
    vi.stubEnv("HOME", undefined);
    expect(homeDirectory()).toBe("/");
    vi.stubEnv("HOME", "");
    expect(homeDirectory()).toBe("/");
  });

  it("a relative path of XDG's is none", () => {
    for (const [text, path] of [
      ["/run/user/1", "/run/user/1"],
      ["run", undefined],
      ["", undefined],
      [undefined, undefined],
    ] as const) {
      vi.stubEnv("XDG_RUNTIME_DIR", text);
      expect(xdgDirectory("XDG_RUNTIME_DIR")).toBe(path);
    }
  });
});
