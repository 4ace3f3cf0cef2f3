import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../helpers/directory.ts";

const checkout = join(import.meta.dirname, "..", "..", "..");
/** Nobody: a phase is never root. */
const user = 65534;

/** The bundled program and Node.js in a directory that everybody may enter, wherever the checkout lies. */
const place = mkdtempSync(join(tmpdir(), "cnb-dockerfile-test-"));
const program = join(place, "export.mjs");
const native = join(place, "image", "own");
const start = [`${native}/ld`, "--library-path", `${native}/lib`, `${native}/node`, program] as const;

beforeAll(() => {
  chmodSync(place, 0o755);
  copyFileSync(join(checkout, "dist", "export.mjs"), program);
  execFileSync(process.execPath, [program, "native", "--to=/own", `--root=${join(place, "image")}`]);
}, 60_000);
afterAll(() => rmSync(place, { recursive: true, force: true }));

let directory: string;
beforeEach(() => {
  directory = temporaryDirectory();
  chmodSync(directory, 0o755);
  for (const name of ["restored", "layers"]) makeDirectory(name);
});

function makeDirectory(name: string): string {
  const path = join(directory, name);
  mkdirSync(path, { recursive: true });
  chownSync(path, user, user);
  return path;
}

function put(name: string, text: string, mode = 0o644): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  chownSync(path, user, user);
  chmodSync(path, mode);
  return path;
}

/** Runs `phase` as that user. */
function phase(words: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const [loader, ...rest] = start;
  return spawnSync(loader, [...rest, "phase", ...words], {
    ...{ cwd: "/", uid: user, gid: user, encoding: "utf8" },
    ...{ env: { PATH: "/usr/bin:/bin", ...env }, timeout: 20_000, killSignal: "SIGKILL" },
  });
}
const copies = (flag = "copy") => `--${flag}=${join(directory, "restored")}:${join(directory, "layers")}`;

describe("a phase", () => {
  it("finds what was copied, and is what the process becomes", () => {
    put("restored/a", "text");
    const { status, stdout, stderr } = phase([
      copies(),
      ...["--", "sh", "-c", 'cat "$1/a"; echo " $2 $PPID"; exit 51', "sh"],
      ...[join(directory, "layers"), "--help"],
    ]);
    expect(stderr).toBe("");
    // The shell is a child of this process: nothing of ours stands between.
    expect(stdout).toBe(`text --help ${process.pid}\n`);
    expect(status).toBe(51);
  });

  it("is waited for where more is to be done, with its exit code and its signals", () => {
    const open = `--open=${join(directory, "layers")}`;
    expect(phase([open, "--", "sh", "-c", "exit 52"]).status).toBe(52);
    expect(phase([open, "--", "sh", "-c", "kill -TERM $$"]).status).toBe(128 + 15);
    const handedOn = "trap 'echo ended; exit 7' TERM; kill -TERM $PPID; while :; do sleep 0.01; done";
    expect(phase([open, "--", "sh", "-c", handedOn])).toMatchObject({ status: 7, stdout: "ended\n" });
  });

  it("keeps modes, times, hard links, symlinks, and holes", () => {
    const modes = [0o644, 0o755, 0o600, 0o4755, 0o2711, 0o1777, 0o444];
    for (const mode of modes) put(`restored/${mode.toString(8)}`, "x", mode);
    const time = 1_234_567_890.123456;
    for (const mode of modes) utimesSync(join(directory, "restored", mode.toString(8)), time, time);
    linkSync(join(directory, "restored", "644"), join(directory, "restored", "again"));
    symlinkSync("nowhere", join(directory, "restored", "link"));
    truncateSync(put("restored/sparse", ""), 2 ** 26);
    makeDirectory("restored/deep/er");
    chmodSync(makeDirectory("restored/deep"), 0o2750);
    utimesSync(join(directory, "restored", "deep"), 77, 77);
    expect(phase([copies(), "--", "true"]).stderr).toBe("");
    const at = (name: string) => lstatSync(join(directory, "layers", name));
    for (const mode of modes) {
      expect(at(mode.toString(8)).mode & 0o7777).toBe(mode);
      expect(Math.abs(at(mode.toString(8)).mtimeMs - time * 1000)).toBeLessThan(0.01);
    }
    expect(at("again").ino).toBe(at("644").ino);
    expect(at("link").isSymbolicLink()).toBe(true);
    expect(at("sparse")).toMatchObject({ size: 2 ** 26 });
    expect(at("sparse").blocks).toBeLessThan(2048);
    expect([at("deep").mode & 0o7777, at("deep").mtimeMs]).toEqual([0o2750, 77_000]);
    expect(at("deep/er").isDirectory()).toBe(true);
  });

  it("takes the place of files that are there", () => {
    put("restored/a", "new");
    put("layers/a", "older", 0o400);
    put("outside", "kept");
    put("restored/link", "file");
    symlinkSync("../outside", join(directory, "layers", "link"));
    expect(phase([copies(), "--", "/bin/true"]).stderr).toBe("");
    const read = (name: string) => readFileSync(join(directory, name), "utf8");
    expect([read("layers/a"), read("layers/link"), read("outside")]).toEqual(["new", "file", "kept"]);
  });

  it("gives a later one what its owner may not read, with its modes", () => {
    const modes = [0o000, 0o200, 0o311];
    const left =
      'cd "$1"; for mode in 000 200 311; do mkdir d$mode; echo $mode >d$mode/f; chmod $mode d$mode/f d$mode; done';
    const restored = join(directory, "restored");
    expect(phase([`--open=${restored}`, "--", "sh", "-c", left, "sh", restored]).stderr).toBe("");
    expect(phase([copies("opened"), "--", "true"]).stderr).toBe("");
    for (const mode of modes) {
      const name = join(directory, "layers", `d${mode.toString(8).padStart(3, "0")}`);
      expect([name, statSync(name).mode & 0o7777]).toEqual([name, mode]);
      expect(statSync(join(name, "f")).mode & 0o7777).toBe(mode);
      expect(readFileSync(join(name, "f"), "utf8").trim()).toBe(mode.toString(8).padStart(3, "0"));
    }
    expect(execFileSync("ls", ["-A", join(directory, "layers")], { encoding: "utf8" })).toBe(
      "d000\nd200\nd311\n",
    );
  });

  it("opens what is closed by itself, where it may", () => {
    put("restored/closed", "text", 0o000);
    chmodSync(makeDirectory("restored/shut"), 0o000);
    expect(phase([copies(), "--", "/bin/true"]).status).toBe(1);
    rmSync(join(directory, "layers"), { recursive: true });
    makeDirectory("layers");
    expect(phase([copies("closed"), "--", "/bin/true"]).stderr).toBe("");
    const modes = ["closed", "shut"].map((name) => statSync(join(directory, "layers", name)).mode & 0o7777);
    expect(modes).toEqual([0, 0]);
  });

  it("heeds a list of modes in what it opened itself, and in nothing else", () => {
    const list = "restored/.cnb-dockerfile-modes.json";
    put("restored/tool", "x", 0o755);
    put(list, '{"/tool":2541}');
    expect(phase([copies(), "--", "/bin/true"]).stderr).toBe("");
    expect(statSync(join(directory, "layers", "tool")).mode & 0o7777).toBe(0o755);
    expect(readFileSync(join(directory, "layers", ".cnb-dockerfile-modes.json"), "utf8")).toBe(
      '{"/tool":2541}',
    );
    // What a link leads to is read by nobody.
    rmSync(join(directory, list));
    symlinkSync(put("secret", "not JSON"), join(directory, list));
    const { status, stderr } = phase([copies("opened"), "--", "/bin/true"]);
    expect([status, stderr]).toEqual([0, ""]);
    // What lies there when a phase ends is not written over or through.
    const open = phase([
      `--open=${join(directory, "restored")}`,
      "--",
      "chmod",
      "0",
      join(directory, "restored/tool"),
    ]);
    expect([open.status, readFileSync(join(directory, "secret"), "utf8")]).toEqual([1, "not JSON"]);
  });

  it("may have as many files open as without us", () => {
    const given = { CNB_DOCKERFILE_OPEN_FILES: "123", PWD: "/", SHLVL: "1" };
    expect(phase(["--", "sh", "-c", "ulimit -Sn"], given).stdout).toBe("123\n");
    expect(phase(["--", "env"], given).stdout).toBe("PATH=/usr/bin:/bin\n");
  });

  it("has the builder image's variables, of which none reached us", () => {
    const { stdout } = phase(["--hidden=H_", "--", "env"], {
      H_NODE_OPTIONS: "--bad-option",
      NODE_OPTIONS: "",
      H_LD_PRELOAD: "",
      LD_PRELOAD: "",
      OTHER: "x",
    });
    const names = stdout.split("\n").filter((line) => /^(?:H_|NODE_|LD_|OTHER)/.test(line));
    expect(names.sort()).toEqual(["NODE_OPTIONS=--bad-option", "OTHER=x"]);
  });

  it("does not begin where something cannot be copied, which is named", () => {
    const { status, stdout, stderr } = phase(["--copy=/nowhere/a:/nowhere/b", "--", "echo", "begun"]);
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("/nowhere/a");
  });

  it("that the builder image does not have is named", () => {
    const { status, stderr } = phase(["--", "/nowhere/builder"]);
    expect([status, stderr.includes("/nowhere/builder")]).toEqual([1, true]);
  });

  it("is named, or the call is wrong", () => {
    expect(phase([]).stderr).toContain("-- PROGRAM is missing");
    expect(phase(["--copy=/a:/b:/c", "--", "true"]).stderr).toContain("FROM:TO");
  });
});

describe("Node.js in a directory of its own", () => {
  it("starts there with its own loader, with no new privileges, and in an image by its usual path", () => {
    expect(phase(["--", "grep", "NoNewPrivs", "/proc/self/status"]).stdout).toBe("NoNewPrivs:\t1\n");
    const usual = spawnSync("chroot", [join(place, "image"), process.execPath, "-p", "process.version"], {
      encoding: "utf8",
    });
    expect([usual.stdout, usual.stderr]).toEqual([`${process.version}\n`, ""]);
  });
});
