import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  cpSync,
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { request } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stderr } from "node:process";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildctlWordsOf, containerImageRequest } from "../../../own-images/own-image-requests.ts";
import { makeAuthority, makeCertificate } from "../../helpers/certificates.ts";
import { startProxy } from "../../helpers/proxy.ts";
import type { Security } from "../../lab/bundle.ts";
import type { Container } from "../../lab/container.ts";
import type { ContainerResult, Lab } from "../../lab/lab.ts";
import { until } from "../../lab/process.ts";
import { makeRootlessImage } from "../../lab/rootless-image.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { archivedImages, describeProject, type Index, readArchive, runBuildOrThrow } from "../build-steps.ts";

const platform = "linux/amd64";
const created = "org.opencontainers.image.created";
let lab: Lab;
/** The builder container's reference. */
let image: string;
/** Readable for all. */
let root: string;
let app: Place;

/** Directories of this machine, as a user mounts them. The container's user owns the last two. */
interface Place {
  readonly source: string;
  readonly build: string;
  readonly cache: string;
  readonly archive: string;
}

let serial = 0;

/** In: files of the source. */
function makePlace(files: Readonly<Record<string, string>>): Place {
  const directory = join(root, String(serial++));
  const at = (name: string) => join(directory, name);
  for (const name of ["source", "build", "cache"]) mkdirSync(at(name), { recursive: true });
  for (const name of ["build", "cache"]) chownSync(at(name), 1000, 1000);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(at("source"), name), text);
  return {
    ...{ source: at("source"), build: at("build"), cache: at("cache") },
    archive: join(at("build"), "container-image.tar"),
  };
}

/** A sample app, built by the lab's builder. */
function makeProject(sample: string, id: string): Place {
  const place = makePlace({});
  const copy = copySampleApp(sample);
  cpSync(copy.directory, place.source, { recursive: true });
  copy.remove();
  describeProject(lab, place.source, id);
  return place;
}

interface Settings {
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly security?: Security;
  readonly isBuildReadOnly?: boolean;
  readonly mounts?: readonly { readonly source: string; readonly target: string }[];
}

/** Without `--privileged`, as the image's user, from a source that is read-only. */
function options({ source, build, cache }: Place, settings: Settings) {
  const { env = {}, user, security, isBuildReadOnly = false, mounts = [] } = settings;
  return {
    // Every source lies at the same path there: without a scope or a repository, an app's id names no cache.
    env: { CNB_CACHE_SCOPE: "container", ...env },
    mounts: [
      { source, target: "/source", isReadOnly: true },
      { source: build, target: "/build", isReadOnly: isBuildReadOnly },
      { source: cache, target: "/tmp/cache" },
      ...mounts,
    ],
    ...(user === undefined ? {} : { user }),
    ...(security === undefined ? {} : { security }),
  };
}

function run(place: Place, settings: Settings = {}): Promise<ContainerResult> {
  return lab.execute(image, platform, options(place, settings), 300_000);
}

/** Throws with its words when there is no archive. Out: what it said. */
async function runOrThrow(place: Place, settings: Settings = {}): Promise<string> {
  const result = await run(place, settings);
  if (result.exitCode !== 0)
    throw new Error(`the container ended with ${result.exitCode}:\n${result.stderr}`);
  return result.stderr;
}

/** First lines of what was said of each fault. */
function faults({ stderr }: ContainerResult): string[] {
  return stderr.split("\n").filter((line) => line.startsWith("error: "));
}

function sumOf(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

/** What an archive's list says of its image. */
async function listed(archive: string): Promise<Readonly<Record<string, string>>> {
  return (await readArchive<Index>(archive, "index.json")).manifests[0]?.annotations ?? {};
}

/** What the manifest of an archive with one image says. */
async function manifestOf(archive: string) {
  const [{ digest } = { digest: "" }] = (await readArchive<Index>(archive, "index.json")).manifests;
  return readArchive<{
    readonly annotations?: Readonly<Record<string, string>>;
    readonly config: { readonly digest: string };
    readonly layers: readonly { readonly digest: string }[];
  }>(archive, `blobs/${digest.replace(":", "/")}`);
}

beforeAll(async () => {
  lab = await startLab();
  const buildkitImage = await makeRootlessImage(lab);
  image = `${lab.registry}/e2e/container:1`;
  await lab.buildctl(
    buildctlWordsOf(
      containerImageRequest(
        { tags: [image], push: true, platforms: [platform], nodeImage: lab.images.node },
        undefined,
        buildkitImage,
      ),
    ),
  );
  root = mkdtempSync(join(tmpdir(), "cnb-container-"));
  chmodSync(root, 0o755);
  app = makeProject("procfile", "com.example.container");
  writeFileSync(join(app.source, "first.txt"), String(Date.now()));
  // The image is unpacked by the first container.
  await run(makePlace({}));
});
afterAll(async () => {
  rmSync(root, { recursive: true, force: true });
  await lab.close();
});

/** The archive that `build` makes on this machine. */
async function onHost(place: Place, words: readonly string[]): Promise<string> {
  const archive = join(root, "host.tar");
  const output = `type=oci,dest=${archive}`;
  await runBuildOrThrow(lab, place.source, [
    "--engine=buildkit",
    "--progress=plain",
    ...words,
    "-o",
    output,
    ".",
  ]);
  return archive;
}

describe("a project", () => {
  it("becomes an archive, cold and with its cache, with the image that `build` makes elsewhere", async () => {
    const times: number[] = [];
    const sums: unknown[] = [];
    for (let round = 0; round < 2; round++) {
      const begin = performance.now();
      const said = await runOrThrow(app);
      times.push(Math.round(performance.now() - begin));
      expect(said).toMatch(
        /\nWritten: container-image\.tar \(sha256:[0-9a-f]{64}\)\. Run it: docker load --input container-image\.tar && /,
      );
      sums.push((await archivedImages(app.archive)).digests);
    }
    const [cold = 0, warm = 0] = times;
    stderr.write(
      `the builder container: ${cold} ms cold, ${warm} ms with its cache: ${(warm / cold).toFixed(2)} of it\n`,
    );
    expect(readdirSync(app.build)).toEqual(["container-image.tar"]);
    // By the umask, which buildctl does not heed.
    expect(statSync(app.archive).mode & 0o777).toBe(0o644);
    expect(sums[1]).toEqual(sums[0]);
    const host = await onHost(app, [`--platform=${platform}`, "--provenance=false"]);
    expect((await archivedImages(host)).digests).toEqual(sums[0]);
    expect(warm).toBeLessThan(cold / 2);
  });

  it("carries what is known of its repository, and is the image that `build` makes with these annotations", async () => {
    const repository = "https://git.example/shop/cart.git";
    const commit = "0123456789abcdef0123456789abcdef01234567";
    const withLogin = repository.replace("https://", "https://robot:secret@");
    await runOrThrow(app, { env: { GIT_REPOSITORY_URL: withLogin, GIT_SHA: commit } });
    const annotations = {
      "org.opencontainers.image.source": repository,
      "org.opencontainers.image.revision": commit,
    };
    expect(await listed(app.archive)).toMatchObject({
      ...annotations,
      [created]: expect.any(String),
      "io.containerd.image.name": "docker.io/library/cart:latest",
    });
    expect((await manifestOf(app.archive)).annotations).toEqual(annotations);
    const words = Object.entries(annotations).map(([name, value]) => `--annotation=${name}=${value}`);
    const host = await onHost(app, [`--platform=${platform}`, "--provenance=false", ...words]);
    expect((await archivedImages(app.archive)).digests).toEqual((await archivedImages(host)).digests);
  });

  it("has the builder that the container is told where it names none", async () => {
    const place = { ...makePlace({}), cache: app.cache };
    await execa("cp", ["-a", `${app.source}/.`, place.source]);
    writeFileSync(
      join(place.source, "project.toml"),
      '[_]\nschema-version = "0.2"\nid = "com.example.container"\n',
    );
    await runOrThrow(place, { env: { CNB_BUILDER: lab.images.builder } });
  });

  it("is read by docker's stores, by skopeo and by crane", async () => {
    await runOrThrow(app, { env: { CNB_TAG: "shop/web:2" } });
    const { digests } = await archivedImages(app.archive);
    const { config } = await manifestOf(app.archive);
    for (const [store, id] of [
      ["containerd", digests[platform]] as const,
      ["classic", config.digest] as const,
    ]) {
      const docker = await lab.docker(store);
      await docker.call("POST", "/images/load", createReadStream(app.archive));
      const { Id: loaded } = JSON.parse(await docker.call("GET", "/images/shop/web:2/json"));
      expect(loaded, store).toBe(id);
    }
    for (const transport of ["docker-archive", "oci-archive"]) {
      const { stdout } = await execa("skopeo", [
        "inspect",
        "--config",
        "--raw",
        `${transport}:${app.archive}`,
      ]);
      expect(`sha256:${createHash("sha256").update(stdout).digest("hex")}`, transport).toBe(config.digest);
    }
    const name = `${lab.registry}/e2e/container-app:crane`;
    await lab.crane(["push", app.archive, name]);
    const { stdout } = await lab.crane(["config", name]);
    expect(`sha256:${createHash("sha256").update(stdout).digest("hex")}`).toBe(config.digest);
    const started = await lab.execute(name, platform, { entrypoint: "web" });
    expect(started.stdout).toContain("web on");
  });

  it("of two platforms becomes an archive that skopeo and docker's containerd store read", async () => {
    const place = { ...makeProject("procfile", "com.example.container-both"), cache: app.cache };
    const env = {
      CNB_PLATFORMS: "linux/amd64, linux/arm64",
      GIT_REPOSITORY_URL: "https://git.example/shop/cart.git",
    };
    const said = await runOrThrow(place, { env });
    expect(said.trimEnd()).toMatch(
      /Copy it: skopeo copy --all oci-archive:container-image\.tar docker:\/\/cart; Docker can load it with the containerd image store$/,
    );
    const { digests, annotations } = await archivedImages(place.archive);
    const host = await onHost(place, ["--platform=linux/amd64,linux/arm64"]);
    expect(digests).toEqual((await archivedImages(host)).digests);
    expect(Object.keys(digests)).toEqual(["linux/amd64", "linux/arm64"]);
    const source = { "org.opencontainers.image.source": "https://git.example/shop/cart.git" };
    expect(annotations).toEqual(source);
    expect(await listed(place.archive)).toMatchObject({ ...source, [created]: expect.any(String) });
    const name = `${lab.registry}/e2e/container-app:both`;
    const words = [
      "copy",
      "--all",
      "--dest-tls-verify=false",
      `oci-archive:${place.archive}`,
      `docker://${name}`,
    ];
    await execa("skopeo", words);
    const { stdout } = await lab.crane(["digest", "--platform=linux/arm64", name]);
    expect(stdout.trim()).toBe(digests["linux/arm64"]);
    const docker = await lab.docker("containerd");
    await docker.call("POST", "/images/load", createReadStream(place.archive));
    await docker.call("GET", "/images/cart/json");
  });
});

/** The lab's registry as `registry.example`, with TLS and for one user only. */
async function startStrictRegistry() {
  const authority = makeAuthority();
  const { cert, key } = makeCertificate({ names: "DNS:registry.example", ca: authority });
  const login = Buffer.from("robot:open-sesame").toString("base64");
  const [hostname, port] = lab.registry.split(":");
  const server = createServer({ cert, key }, ({ method, url, headers }, response) => {
    if (headers.authorization !== `Basic ${login}`) {
      response.writeHead(401, { "www-authenticate": 'Basic realm="tests"' }).end();
      return;
    }
    const onward = request({ hostname, port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    onward.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca: authority.cert,
    login,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("a Dockerfile", () => {
  const from = () => `FROM ${lab.images.runBase}\nUSER root\n`;

  it("is built where there is no project.toml, with the commit's time and the proxies of the container", async () => {
    const place = makePlace({
      Dockerfile: `${from()}RUN echo "by $HTTPS_PROXY $no_proxy" && touch /made\n`,
    });
    const git = (...words: string[]) =>
      execa("git", ["-C", place.source, "-c", "user.name=a", "-c", "user.email=a@b.example", ...words], {
        env: { GIT_COMMITTER_DATE: "2024-02-03T04:05:06+02:00" },
      });
    await git("init", "--quiet");
    await git("add", ".");
    await git("commit", "--quiet", "--message=first");
    const { stdout: commit } = await git("rev-parse", "HEAD");
    const proxies = { HTTPS_PROXY: "http://127.0.0.1:9", no_proxy: "127.0.0.1" };
    const said = await runOrThrow(place, { env: { GIT_SHA: commit, ...proxies } });
    expect(said).toContain("by http://127.0.0.1:9 127.0.0.1");
    expect((await manifestOf(place.archive)).annotations).toEqual({
      "org.opencontainers.image.revision": commit,
      [created]: "2024-02-03T04:05:06+02:00",
    });
  });

  it("gives the same bytes on any machine where SOURCE_DATE_EPOCH is set", async () => {
    const files = { Dockerfile: `${from()}RUN mkdir /made && echo made > /made/file\n` };
    const [one, two] = [makePlace(files), makePlace(files)];
    for (const place of [one, two]) await runOrThrow(place, { env: { SOURCE_DATE_EPOCH: "1700000000" } });
    expect(sumOf(two.archive)).toBe(sumOf(one.archive));
    expect((await listed(one.archive))[created]).toBe("2023-11-14T22:13:20Z");
  });

  it("that fails leaves no archive, or that of the build before, and one line says so", async () => {
    const place = makePlace({ Dockerfile: `${from()}RUN exit 7\n` });
    const result = await run(place);
    expect(result.exitCode).toBe(1);
    expect(faults(result).at(-1)).toBe(
      "error: The build of /source/Dockerfile failed, and no archive was written. [cli/container-build-failed]",
    );
    expect(readdirSync(place.build)).toEqual([]);
    writeFileSync(place.archive, "before");
    expect((await run(place)).exitCode).toBe(1);
    expect(readdirSync(place.build)).toEqual(["container-image.tar"]);
    expect(readFileSync(place.archive, "utf8")).toBe("before");
  });

  it("may lie where the archive goes, which is no part of the next build", async () => {
    const place = makePlace({ Dockerfile: `${from()}COPY . /app\n` });
    chownSync(place.source, 1000, 1000);
    const own = { ...place, build: place.source };
    const env = { PLP_SOURCE_PATH: "/build", SOURCE_DATE_EPOCH: "1700000000" };
    const archive = join(place.source, "container-image.tar");
    await runOrThrow(own, { env });
    const first = sumOf(archive);
    await runOrThrow(own, { env });
    expect(sumOf(archive)).toBe(first);
    const below = { ...place, build: join(place.source, "out") };
    mkdirSync(below.build);
    chownSync(below.build, 1000, 1000);
    await runOrThrow(below, { env: { SOURCE_DATE_EPOCH: "1700000000" } });
    const layers = async (file: string) => (await manifestOf(file)).layers.map(({ digest }) => digest);
    const second = await layers(join(below.build, "container-image.tar"));
    await runOrThrow(below, { env: { SOURCE_DATE_EPOCH: "1700000000" } });
    expect(await layers(join(below.build, "container-image.tar"))).toEqual(second);
  });

  it("has its base image from behind a proxy, from a registry with a CA and a login of its own", async () => {
    const registry = await startStrictRegistry();
    try {
      const proxy = await startProxy(registry.host);
      const name = lab.images.runBase.replace(lab.registry, "registry.example");
      const place = makePlace({ Dockerfile: `FROM ${name}\nUSER root\nRUN echo ${Date.now()}\n` });
      const settings = join(root, "settings");
      mkdirSync(settings);
      writeFileSync(join(settings, "ca.pem"), registry.ca);
      const auths = { "registry.example": { auth: registry.login } };
      writeFileSync(join(settings, "config.json"), JSON.stringify({ auths }));
      const mounts = [{ source: settings, target: "/settings" }];
      const [ca, config] = [{ CNB_CA_FILE: "/settings/ca.pem" }, { DOCKER_CONFIG: "/settings" }];
      const attempt = async (env: object) =>
        (await run(place, { mounts, env: { HTTPS_PROXY: proxy.url, ...env } })).stderr;
      expect(await attempt(config)).toContain("certificate signed by unknown authority");
      expect(await attempt(ca)).toContain("401 Unauthorized");
      expect(await attempt({ ...ca, ...config })).toContain("Written: container-image.tar");
      // Buildpacks get the CA as well; the image is the same.
      const before = (await archivedImages(app.archive)).digests[platform];
      await runOrThrow(app, { mounts, env: ca });
      expect((await archivedImages(app.archive)).digests[platform]).toBe(before);
    } finally {
      await registry.close();
    }
  });

  it("has its base image from a mirror", async () => {
    const name = lab.images.runBase.slice(lab.registry.length + 1);
    const place = makePlace({ Dockerfile: `FROM ${name}\nUSER root\nRUN echo ${Date.now()}\n` });
    await runOrThrow(place, { env: { CNB_REGISTRY_MIRRORS: `docker.io=${lab.registry}` } });
  });

  it("whose build is killed leaves no archive, and the next one succeeds", async () => {
    const place = makePlace({
      Dockerfile: `${from()}ARG HTTPS_PROXY
RUN head -c 200000000 /dev/urandom > /large
RUN [ -z "$HTTPS_PROXY" ] || sleep 300
`,
    });
    const killed = async (moment: (container: Container) => boolean, env = {}) => {
      const container = await lab.run(image, platform, options(place, { env }));
      expect(await until(() => moment(container), 120_000), container.logs()).toBe(true);
      container.abandon();
      await container.exitCode();
      await container.stop();
    };
    await killed((container) => /RUN head.*\n/.test(container.logs()));
    expect(existsSync(place.archive)).toBe(false);
    await killed((container) => /\] RUN \[/.test(container.logs()), { HTTPS_PROXY: "http://127.0.0.1:9" });
    expect(existsSync(place.archive)).toBe(false);
    await killed(() => readdirSync(place.build).some((name) => name.endsWith(".partial")));
    // It may have become whole in the moment before.
    if (existsSync(place.archive)) await archivedImages(place.archive);
    await runOrThrow(place);
    expect(readdirSync(place.build)).toEqual(["container-image.tar"]);
  });

  it("whose container is stopped leaves nothing, and ends with 1", async () => {
    const place = makePlace({ Dockerfile: `${from()}RUN sleep 300\n` });
    const container = await lab.run(image, platform, options(place, {}));
    expect(await until(() => /RUN sleep/.test(container.logs()), 120_000)).toBe(true);
    expect(await container.stop(30_000)).toBe(1);
    expect(readdirSync(place.build)).toEqual([]);
  });
});

describe("what is missing is said in a line", () => {
  it("a source", async () => {
    const result = await run(makePlace({}), { env: { PLP_SOURCE_PATH: "/nowhere" } });
    expect(result.exitCode).toBe(1);
    expect(faults(result)).toEqual([
      "error: The source /nowhere cannot be read: no such file or directory. [cli/container-source]",
    ]);
  });

  it("a project.toml or Dockerfile", async () => {
    const place = makePlace({ "app.js": "" });
    const result = await run(place);
    expect(result.exitCode).toBe(1);
    expect(faults(result)).toEqual([
      "error: /source has neither a project.toml nor a Dockerfile. [cli/container-nothing-to-build]",
    ]);
    expect(readdirSync(place.build)).toEqual([]);
  });

  it("a build path that can be written", async () => {
    const place = makePlace({ Dockerfile: "FROM scratch\n" });
    const readOnly = await run(place, { isBuildReadOnly: true });
    chownSync(place.build, 0, 0);
    const foreign = await run(place);
    expect([readOnly.exitCode, foreign.exitCode]).toEqual([1, 1]);
    expect([...faults(readOnly), ...faults(foreign)]).toEqual(
      ["read-only file system", "permission denied"].map(
        (reason) => `error: User 1000 cannot write to /build: ${reason}. [cli/container-unwritable]`,
      ),
    );
  });

  const rights = () => makePlace({ Dockerfile: `FROM ${lab.images.runBase}\nUSER root\nRUN true\n` });

  it.each([
    ["namespaces, which docker's filter of system calls forbids", { isFiltered: true }, "engines/filtered"],
    ["capabilities of newuidmap", { keepsPrivileges: true }, "engines/no-new-privileges"],
  ])("%s", async (_, security, code) => {
    const result = await run(rights(), { security });
    expect(result.exitCode).toBe(1);
    expect(faults(result)).toEqual([expect.stringContaining(`[${code}]`)]);
  });

  it("subordinate ids of a user that the image does not know", async () => {
    const place = rights();
    for (const name of [place.build, place.cache]) chmodSync(name, 0o777);
    const result = await run(place, { user: "1234:1234" });
    expect(result.exitCode).toBe(1);
    expect(faults(result)[0]).toContain("[engines/no-sub-ids]");
  });

  it("nothing for root, beside another user's cache", async () => {
    const place = rights();
    // As a volume begins, with the owner and the mode that the image has.
    chownSync(place.cache, 0, 0);
    chmodSync(place.cache, 0o1777);
    await runOrThrow(place);
    await runOrThrow(place, { user: "0:0" });
    expect(readdirSync(place.cache).sort()).toEqual(["buildkit-0", "buildkit-1000"]);
  });

  it("no cache that is its own: another user's is left alone, and one beside it is found again", async () => {
    const place = rights();
    chownSync(place.cache, 0, 0);
    chmodSync(place.cache, 0o1777);
    const planted = join(place.cache, "buildkit-1000");
    mkdirSync(planted);
    writeFileSync(join(place.cache, "victim"), "precious");
    symlinkSync("../victim", join(planted, "lock"));
    chmodSync(planted, 0o777);
    for (const path of [planted, join(place.cache, "victim")]) chownSync(path, 1001, 1001);
    for (let build = 0; build < 2; build += 1) {
      const said = await runOrThrow(place);
      expect(said).toContain("[private/replaced]");
      expect(said).toContain("/tmp/cache/buildkit-1000 belongs to user 1001");
    }
    expect(readdirSync(planted)).toEqual(["lock"]);
    expect(readFileSync(join(place.cache, "victim"), "utf8")).toBe("precious");
    expect(readdirSync(place.cache).filter((name) => name.startsWith("buildkit-1000.private-"))).toHaveLength(
      1,
    );
  });

  it("no cache in which others could replace its own: it goes on elsewhere, and says so", async () => {
    const place = rights();
    chownSync(place.cache, 0, 0);
    chmodSync(place.cache, 0o777);
    const said = await runOrThrow(place);
    expect(said).toMatch(
      /another user could change its contents: \/tmp\/cache can be written by every user \(mode 0777\)\. Using \/tmp\/cnb-dockerfile-1000-/,
    );
    expect(readdirSync(place.cache)).toEqual([]);
  });

  it("nothing where all of /proc can be seen, and build steps then have a process namespace", async () => {
    const place = rights();
    await runOrThrow(place, { security: { showsProc: true } });
    const config = readFileSync(join(place.cache, "buildkit-1000/buildkitd.toml"), "utf8");
    expect(config).toContain("noProcessSandbox = false");
  });
});
