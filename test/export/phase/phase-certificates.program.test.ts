import { execFileSync, spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { absent } from "../../helpers/absent.ts";
import { type Certificate, makeAuthority, makeCertificate } from "../../helpers/certificates.ts";

const checkout = join(import.meta.dirname, "..", "..", "..");
/** Nobody: a phase is never root. */
const user = 65534;
const usual = "/etc/ssl/certs/ca-certificates.crt";
const joined = "/dev/shm/joined.pem";

/** Root of a builder image, with our program and Node.js in it. */
const image = mkdtempSync(join(tmpdir(), "cnb-dockerfile-test-"));
const authorities = mkdtempSync(join(tmpdir(), "cnb-dockerfile-test-"));
let builders: Certificate;
let buildkits: Certificate;
let users: Certificate;

beforeAll(() => {
  chmodSync(image, 0o755);
  execFileSync(process.execPath, [
    join(checkout, "dist", "export.mjs"),
    "native",
    "--to=/own",
    `--root=${image}`,
  ]);
  copyFileSync(join(checkout, "dist", "export.mjs"), join(image, "own", "export.mjs"));
  const authority = (name: string) => {
    mkdirSync(join(authorities, name));
    return makeAuthority(join(authorities, name));
  };
  [builders, buildkits, users] = [authority("builder"), authority("buildkit"), authority("user")];
}, 60_000);
afterAll(() => {
  for (const directory of [image, authorities]) rmSync(directory, { recursive: true, force: true });
});
beforeEach(() => {
  for (const name of ["etc", "run", "dev", "var", "cnb"]) rmSync(at(name), { recursive: true, force: true });
  mkdirSync(at("dev/shm"), { recursive: true });
  chmodSync(at("dev/shm"), 0o1777);
});

const at = (path: string) => join(image, path);

function put(path: string, content: string | Buffer): string {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), content);
  return path;
}

/** Starts `phase` in the image as that user. In: its flags, variables, and the program that it becomes. */
function phase(flags: readonly string[], env: Readonly<Record<string, string>> = {}, script = "") {
  const node = ["/own/ld", "--library-path", "/own/lib", "/own/node"];
  const words = [...node, "/own/export.mjs", "phase", ...flags, "--", ...node, "-e", script];
  return spawnSync("chroot", [`--userspec=${user}:${user}`, image, ...words], {
    ...{ encoding: "utf8", env: { PATH: process.env.PATH, ...env }, timeout: 20_000, killSignal: "SIGKILL" },
  });
}

const joinThem = () =>
  phase([`--join-certificates=/run/secrets/ca-cert:${joined}`], {}, "console.log('begun')");

/** Fingerprints in the order of the file; each block has to be one that X.509 readers take. */
function fingerprints(text: string): string[] {
  const blocks = text.match(/^-----BEGIN CERTIFICATE-----\n[^-]+^-----END CERTIFICATE-----\n/gm) ?? [];
  expect(blocks.join("")).toBe(text);
  return blocks.map((block) => new X509Certificate(block).fingerprint256);
}
const of = (...certificates: readonly Certificate[]) =>
  certificates.map(({ cert }) => new X509Certificate(cert).fingerprint256);
const joinedText = () => readFileSync(at(joined), "utf8");

/** As BuildKit 0.33 writes it for a proxy network. */
const addedByBuildkit = () => `\n# buildkit proxy CA begin\n${buildkits.cert}# buildkit proxy CA end\n`;

describe("the user's CA bundle and the builder's", () => {
  it.each([
    ["Debian, Ubuntu, Alpine", usual, undefined],
    ["Fedora", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"],
    ["UBI", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", undefined],
    ["SUSE", "/etc/ssl/ca-bundle.pem", "/var/lib/ca-certificates/ca-bundle.pem"],
    ["OpenELEC", "/etc/pki/tls/cacert.pem", undefined],
    ["a bare Alpine", "/etc/ssl/cert.pem", undefined],
  ])("are one file, with what BuildKit adds to the builder's: %s", (_, path, linked) => {
    const text = `# Builder's\n${builders.cert}${addedByBuildkit()}`;
    put(linked ?? path, text);
    put("/run/secrets/ca-cert", users.cert);
    if (linked !== undefined) {
      mkdirSync(dirname(at(path)), { recursive: true });
      symlinkSync(linked, at(path));
    }
    const { status, stdout, stderr } = joinThem();
    expect([status, stdout, stderr]).toEqual([0, "begun\n", ""]);
    expect(fingerprints(joinedText())).toEqual(of(builders, buildkits, users));
    expect(readdirSync(at("/dev/shm"))).toEqual(["joined.pem"]);
    // Neither of the two is changed.
    expect(readFileSync(at(linked ?? path), "utf8")).toBe(text);
  });

  it("vouch for servers of both", () => {
    put(usual, builders.cert);
    put("/run/secrets/ca-cert", users.cert);
    expect(joinThem().stderr).toBe("");
    for (const ca of [builders, users]) {
      const { certFile } = makeCertificate({ names: "IP:127.0.0.1", ca });
      const said = execFileSync("openssl", ["verify", "-CAfile", at(joined), certFile], { encoding: "utf8" });
      expect(said).toBe(`${certFile}: OK\n`);
    }
  });

  const oneLine = (pem: string) =>
    pem.replace(/(?<=CERTIFICATE-----\n)[^-]+/, (base64) => `${base64.replaceAll("\n", "")}\n`);
  it.each<[string, (pem: string) => string]>([
    ["the line ends of Windows", (pem) => pem.replaceAll("\n", "\r\n")],
    ["no final newline", (pem) => pem.trimEnd()],
    ["a byte order mark", (pem) => `\ufeff${pem}`],
    ["a certificate in one line", oneLine],
    ["text around it, in no ASCII", (pem) => `Büro\n${pem}-----BEGIN nothing-----\nende`],
    ["a certificate that is cut off behind it", (pem) => pem + pem.slice(0, 300)],
    ["the same certificate again", (pem) => pem + pem],
  ])("are joined with %s in either", (_, written) => {
    put(usual, written(builders.cert));
    put("/run/secrets/ca-cert", written(users.cert));
    const { status, stderr } = joinThem();
    expect([status, stderr]).toEqual([0, ""]);
    expect(fingerprints(joinedText())).toEqual(of(builders, users));
  });

  it("have what is in both once", () => {
    put(usual, builders.cert + users.cert);
    put("/run/secrets/ca-cert", users.cert.replaceAll("\n", "\r\n"));
    expect(joinThem().status).toBe(0);
    expect(fingerprints(joinedText())).toEqual(of(builders, users));
  });

  it("are the user's alone where the builder has none", () => {
    put("/run/secrets/ca-cert", users.cert);
    const { status, stderr } = joinThem();
    expect([status, stderr]).toEqual([0, ""]);
    expect(fingerprints(joinedText())).toEqual(of(users));
  });

  it.each<[string, (path: string) => void]>([
    ["a FIFO", (path) => execFileSync("mkfifo", [path])],
    [
      "a link to a FIFO",
      (path) => {
        execFileSync("mkfifo", [at("/etc/pipe")]);
        symlinkSync("/etc/pipe", path);
      },
    ],
    ["a link to itself", (path) => symlinkSync(path.slice(image.length), path)],
    ["a link to nowhere", (path) => symlinkSync(absent, path)],
    ["a device", (path) => execFileSync("mknod", ["-m", "666", path, "c", "1", "5"])],
    ["a directory", (path) => mkdirSync(path)],
  ])("do not wait for %s in the builder's place, and the next place counts", (_, make) => {
    mkdirSync(dirname(at(usual)), { recursive: true });
    make(at(usual));
    put("/etc/ssl/cert.pem", builders.cert);
    put("/run/secrets/ca-cert", users.cert);
    const { status, stderr } = joinThem();
    expect([status, stderr]).toEqual([0, ""]);
    expect(fingerprints(joinedText())).toEqual(of(builders, users));
  });

  it.each<[string, (path: string) => void, string]>([
    ["is huge", (path) => truncateSync(at(put(path, builders.cert)), 2 ** 40), "it has more than 10 MiB"],
    ["is empty", (path) => put(path, ""), "it has no certificate in PEM form"],
    ["is closed", (path) => chmodSync(at(put(path, builders.cert)), 0), "EACCES: permission denied"],
    [
      "holds nothing readable",
      (path) => put(path, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
      "its certificate number 1 is damaged",
    ],
  ])("are the user's alone, with a warning, where the builder's %s", (_, make, reason) => {
    make(usual);
    put("/run/secrets/ca-cert", users.cert);
    const { status, stdout, stderr } = joinThem();
    expect([status, stdout]).toEqual([0, "begun\n"]);
    expect(stderr).toContain(
      `warning[export/builder-certificates]: The builder's CA bundle ${usual} is left out: ${reason}.`,
    );
    expect(fingerprints(joinedText())).toEqual(of(users));
  });

  it("leave a damaged certificate of the builder's out, for which tools would refuse the file", () => {
    put(usual, `-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n${builders.cert}`);
    put("/run/secrets/ca-cert", users.cert);
    expect(joinThem().status).toBe(0);
    expect(fingerprints(joinedText())).toEqual(of(builders, users));
  });

  it.each<[string, () => string | Buffer, string]>([
    ["no certificates", () => "hunter2\n", "it has no certificate in PEM form"],
    ["DER", () => new X509Certificate(users.cert).raw, "it has no certificate in PEM form"],
    ["a key", () => users.key, "it has no certificate in PEM form"],
    [
      "a damaged one",
      () => users.cert + users.cert.replace(/\n[A-Za-z0-9+/]{64}\n/, "\n"),
      "its certificate number 2 is damaged",
    ],
  ])("begin nothing where the user's holds %s", (_, content, reason) => {
    put(usual, builders.cert);
    put("/run/secrets/ca-cert", content());
    const { status, stdout, stderr } = joinThem();
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(
      `error[export/no-certificates]: The CA bundle in /run/secrets/ca-cert cannot be used: ${reason}.`,
    );
    expect(stderr).not.toContain("hunter2");
    expect(readdirSync(at("/dev/shm"))).toEqual([]);
  });

  it("are written over nothing", () => {
    put("/run/secrets/ca-cert", users.cert);
    put(`${joined}.new`, "kept");
    expect(joinThem().status).toBe(1);
    expect(readFileSync(at(`${joined}.new`), "utf8")).toBe("kept");
  });
});

describe("without a CA bundle of the user's", () => {
  const config = "/dev/shm/config";
  const show = "console.log(process.env.CNB_BUILD_CONFIG_DIR)";
  const led = (env: Readonly<Record<string, string>>) => phase([`--build-config=${config}`], env, show);
  /** Files of variables, also those that a link within the image leads to. */
  const variables = () =>
    Object.fromEntries(
      readdirSync(at(`${config}/env`)).map((name) => {
        const file = at(`${config}/env/${name}`);
        const place = lstatSync(file).isSymbolicLink() ? at(readlinkSync(file)) : file;
        return [name, readFileSync(place, "utf8")];
      }),
    );

  it.each(["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])(
    "%s leads tools with certificates of their own to the builder's",
    (name) => {
      put("/etc/ssl/cert.pem", builders.cert);
      const { status, stdout, stderr } = led({ [name]: "http://10.89.0.5:46091" });
      expect([status, stdout, stderr]).toEqual([0, `${config}\n`, ""]);
      expect(Object.keys(variables()).sort()).toEqual([
        ...["AWS_CA_BUNDLE.default", "CARGO_HTTP_CAINFO.default", "DENO_CERT.default"],
        ...["NODE_EXTRA_CA_CERTS.default", "PIP_CERT.default", "REQUESTS_CA_BUNDLE.default"],
        "SSL_CERT_FILE.default",
      ]);
      expect(new Set(Object.values(variables()))).toEqual(new Set(["/etc/ssl/cert.pem"]));
    },
  );

  it.each([
    ["the usual place", "/cnb/build-config", {}],
    ["another", "/etc/mine", { CNB_BUILD_CONFIG_DIR: "/etc/mine" }],
  ])("the builder's own variables stay, and stand above: %s", (_, place, env) => {
    put(usual, builders.cert);
    put(`${place}/env/PIP_CERT`, "/theirs.pem");
    put(`${place}/env/SSL_CERT_FILE.override`, "/theirs.pem");
    put(`${place}/env/GOFLAGS.append`, "-v");
    expect(led({ ...env, HTTPS_PROXY: "http://proxy" }).stdout).toBe(`${config}\n`);
    expect(variables()).toEqual({
      ...Object.fromEntries(
        ["NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CARGO_HTTP_CAINFO", "DENO_CERT", "AWS_CA_BUNDLE"].map(
          (name) => [`${name}.default`, usual],
        ),
      ),
      ...{ PIP_CERT: "/theirs.pem", "SSL_CERT_FILE.override": "/theirs.pem", "GOFLAGS.append": "-v" },
    });
  });

  it.each([
    ["no proxy is set", true, {}],
    ["the proxy is empty", true, { HTTPS_PROXY: "" }],
    ["the proxy is none for TLS", true, { HTTP_PROXY: "http://proxy" }],
    ["the builder has no bundle", false, { HTTPS_PROXY: "http://proxy" }],
  ])("nothing is changed where %s", (_, hasBundle, env) => {
    if (hasBundle) put(usual, builders.cert);
    const { status, stdout, stderr } = led(env);
    expect([status, stdout, stderr]).toEqual([0, "undefined\n", ""]);
    expect(existsSync(at(config))).toBe(false);
  });

  it("a bundle that cannot be used leads nobody to it, with a warning", () => {
    put(usual, "");
    const { status, stdout, stderr } = led({ HTTPS_PROXY: "http://proxy" });
    expect([status, stdout]).toEqual([0, "undefined\n"]);
    expect(stderr).toContain("warning[export/builder-certificates]");
  });
});

describe("a proxy network of BuildKit's is noted for the image's export", () => {
  const proxy = { HTTPS_PROXY: "http://10.89.0.1:1" };
  const note = "layers/.cnb-dockerfile-proxy-network";
  const run = (env: Readonly<Record<string, string>>) => {
    rmSync(at("layers"), { recursive: true, force: true });
    mkdirSync(at("layers"));
    chmodSync(at("layers"), 0o777);
    mkdirSync(at("run/restored"), { recursive: true });
    const { status, stderr } = phase(["--opened=/run/restored:/layers"], env);
    expect([status, stderr]).toEqual([0, ""]);
    return existsSync(at(note));
  };

  it("where BuildKit marks its CA in the builder's bundle", () => {
    put(usual, `${builders.cert}${addedByBuildkit()}`);
    expect(run(proxy)).toBe(true);
  });

  it("and neither with another proxy, nor without one, nor without a bundle", () => {
    put(usual, builders.cert);
    expect(run(proxy)).toBe(false);
    put(usual, `${builders.cert}${addedByBuildkit()}`);
    expect(run({})).toBe(false);
    rmSync(at("etc"), { recursive: true });
    expect(run(proxy)).toBe(false);
  });
});
