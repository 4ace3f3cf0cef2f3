import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectToml, type Workplace, workplace } from "../helpers/program.ts";
import { standInClient } from "../helpers/stand-in-client.ts";
import { itStarting, runsInProcess } from "../helpers/starting.ts";

/** What must be nowhere but in the user's own files. */
const secret = "SECRET-OF-THE-USER";

/** A stranger's project in a home with files of the user's. In: files by path, `-> TARGET` a link. */
async function stranger(
  files: Readonly<Record<string, string>>,
): Promise<Workplace & { readonly home: string }> {
  const place = await workplace();
  const home = dirname(place.directory);
  const put = (path: string, text: string) => {
    mkdirSync(dirname(path), { recursive: true });
    if (text.startsWith("-> ")) symlinkSync(text.slice(3).replaceAll("HOME", home), path);
    else writeFileSync(path, text.replaceAll("BUILDER", place.builder).replaceAll("HOME", home));
  };
  // Each is what one of our own files could be, so that reading it would work.
  put(join(home, ".npmrc"), `//registry.example/:_authToken=${secret}\n`);
  put(
    join(home, "credentials.toml"),
    `${projectToml}\n[[io.buildpacks.build.env]]\nname = "TOKEN"\nvalue = "${secret}"\n`,
  );
  put(join(home, "Dockerfile"), `FROM scratch\nLABEL token=${secret}\n`);
  put(join(home, "ignore"), `${secret}\n`);
  put(join(home, "variables"), `TOKEN=${secret}\n`);
  put(
    join(home, "buildpack", "buildpack.toml"),
    `api = "0.10"\n[buildpack]\nid = "acme/${secret.toLowerCase()}"\nversion = "1"\n`,
  );
  put(join(home, ".ssh", "authorized_keys"), "the user's\n");
  for (const [path, text] of Object.entries(files)) put(join(place.directory, path), text);
  return { ...place, home };
}

type Door = readonly [name: string, words: readonly string[]];

/** Every door that reads a project. */
const compilers: readonly Door[] = [
  ["check", ["check"]],
  ["check --offline", ["check", "--offline"]],
  ["check --sarif", ["check", "--sarif"]],
  ["generate", ["generate"]],
  ["generate -o", ["generate", "-o", "made"]],
  ["plan", ["plan"]],
];
const builders: readonly Door[] = [
  ["build", ["build", "."]],
  ["build --dry-run", ["build", "--dry-run", "."]],
  ["cache export --dry-run", ["cache", "export", "--dry-run", "../exported", "."]],
];

const isBuild = ([command = ""]: readonly string[]) => ["build", "cache"].includes(command);

async function through(place: Workplace, words: readonly string[]) {
  const client = standInClient();
  const result = await place.run([...words, ...(isBuild(words) ? client.flags : [])], { env: client.env });
  const handedOver = existsSync(client.calls) ? readFileSync(client.calls, "utf8") : "";
  return { ...result, said: `${result.stdout}${result.stderr}`, handedOver };
}

/** Where an input is not refused, `build` starts an engine. */
const itOf = (words: readonly string[]) => (isBuild(words) ? itStarting : it);
const startable = (doors: readonly Door[]) => doors.filter(([, words]) => !runsInProcess || !isBuild(words));

/** Everything in the project that is no link. */
function written(directory: string): string {
  return readdirSync(directory, { withFileTypes: true })
    .map((entry) => {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) return written(path);
      return entry.isFile() ? readFileSync(path, "utf8") : "";
    })
    .join("\n");
}

describe.each([...compilers, ...builders])("%s", (_, words) => {
  it("refuses a project.toml that is a link to a file of the user's", async () => {
    const place = await stranger({ "project.toml": "-> ../credentials.toml" });
    const { exitCode, said, handedOver } = await through(place, words);
    expect(said).toContain("files/outside-project");
    expect(said + handedOver + written(place.directory)).not.toContain(secret);
    expect(exitCode).toBe(1);
  });

  itStarting("reads what `--root` allows, and takes no root that is not above the project", async () => {
    const place = await stranger({ "project.toml": "-> ../shared/app.toml" });
    mkdirSync(join(place.home, "shared"));
    writeFileSync(join(place.home, "shared", "app.toml"), projectToml.replace("BUILDER", place.builder));
    expect(await through(place, [...words, "--root", ".."])).toMatchObject({ exitCode: 0 });
    const { exitCode, said } = await through(place, [...words, "--root", "../shared"]);
    expect({ exitCode, says: said.includes("files/root-not-above") }, said).toEqual({
      exitCode: 1,
      says: true,
    });
  });
});

const two: readonly Door[] = [
  ["generate", ["generate"]],
  ["build", ["build", "."]],
];

describe.each(two)("%s", (_, words) => {
  it.each([
    ["whose first line would be shown", { "project.toml": "-> ../.npmrc" }],
    ["by an absolute path", { "project.toml": "-> HOME/credentials.toml" }],
    ["by a chain", { "project.toml": "-> a/b", "a/b": "-> ../c", c: "-> ../credentials.toml" }],
    ["by a directory", { "project.toml": "-> up/credentials.toml", up: "-> .." }],
    ["to nothing", { "project.toml": "-> ../nothing" }],
    ["of this process", { "project.toml": "-> /proc/self/environ" }],
  ])("refuses a project.toml that leads out %s", async (_, files) => {
    const place = await stranger(files);
    const { exitCode, said, handedOver } = await through(place, words);
    expect(said).toContain("files/outside-project");
    expect(said + handedOver + written(place.directory)).not.toContain(secret);
    expect(exitCode).toBe(1);
  });

  itStarting("takes a project.toml that is a link inside the project", async () => {
    const place = await stranger({ "project.toml": "-> config/app.toml", "config/app.toml": projectToml });
    expect(await through(place, words)).toMatchObject({ exitCode: 0 });
  });

  itStarting("takes links above the project", async () => {
    const place = await stranger({ "project.toml": projectToml });
    const moved = join(place.home, "moved");
    renameSync(place.directory, moved);
    symlinkSync("moved", place.directory);
    expect(realpathSync(place.directory)).toBe(realpathSync(moved));
    expect((await through(place, words)).exitCode).toBe(0);
  });

  it("refuses a root that is not there, and says of a link that leads nowhere that it does", async () => {
    const place = await stranger({ "project.toml": "-> nowhere" });
    const { said, exitCode } = await through(place, [...words, "--root=missing"]);
    expect(said).toContain("files/root-not-above");
    expect(exitCode).toBe(1);
    const without = await through(place, words);
    expect(without.said).toContain("files/dangling-link");
    expect(without.exitCode).toBe(1);
  });
});

interface NamingDoor {
  readonly door: string;
  /** Of the program, with the flag that names a path. */
  readonly words: (path: string) => readonly string[];
  readonly link: string;
  /** File or directory of the user's. */
  readonly target: string;
}

const build =
  (flag: (path: string) => string): NamingDoor["words"] =>
  (path) => ["build", flag(path), "."];
const token = { link: "token", target: ".npmrc" };
const key = { link: "key", target: ".ssh/authorized_keys" };
const directory = { link: "assets", target: ".ssh" };

/** Every flag that names something to read, by a name that lies in the project. */
const naming: readonly NamingDoor[] = [
  ...["check", "generate", "plan"].map((command) => ({
    door: `${command} --descriptor`,
    words: (path: string) => [command, "-d", path],
    ...{ link: "project.toml", target: "credentials.toml" },
  })),
  ...["--file", "--descriptor"].map((flag) => ({
    door: `build ${flag}`,
    words: build((path) => `${flag}=${path}`),
    ...{ link: "project.toml", target: "credentials.toml" },
  })),
  {
    door: "build --file Dockerfile",
    words: build((path) => `-f${path}`),
    ...{ link: "Dockerfile", target: "Dockerfile" },
  },
  {
    door: "generate --check",
    words: (path) => ["generate", "--check", path],
    ...{ link: "Dockerfile", target: "Dockerfile" },
  },
  {
    door: "generate --env-file",
    words: (path) => ["generate", "--env-file", path],
    ...{ link: ".env", target: "variables" },
  },
  {
    door: "build --env-file",
    words: build((path) => `--env-file=${path}`),
    link: ".env",
    target: "variables",
  },
  {
    door: "build --scan-config",
    words: build((path) => `--scan-config=${path}`),
    ...{ link: ".grype.yaml", target: ".npmrc" },
  },
  { door: "build --secret src", words: build((path) => `--secret=id=TOKEN,src=${path}`), ...token },
  {
    door: "build --secret source",
    words: build((path) => `--secret=type=file,id=TOKEN,source=${path}`),
    ...token,
  },
  { door: "build --ssh", words: build((path) => `--ssh=default=${path}`), ...key },
  { door: "build --ssh of two keys", words: build((path) => `--ssh=default=../.npmrc,${path}`), ...key },
  { door: "build --build-context", words: build((path) => `--build-context=x=${path}`), ...directory },
  {
    door: "build --build-context of a layout",
    words: build((path) => `--build-context=x=oci-layout://${path}:1@sha256:${"0".repeat(64)}`),
    ...directory,
  },
  { door: "build --vulnerability-db", words: build((path) => `--vulnerability-db=${path}`), ...directory },
  {
    door: "build --buildpack-cache-from",
    words: build((path) => `--buildpack-cache-from=${path}`),
    ...directory,
  },
  {
    door: "cache import",
    words: (path) => ["cache", "import", path.replace(/^(?!\.)/, "./"), "."],
    ...directory,
  },
  { door: "build --cache-from", words: build((path) => `--cache-from=type=local,src=${path}`), ...directory },
];

describe.each(naming)("$door", ({ words, link, target }) => {
  const files = { "project.toml": projectToml };

  async function expectRefused(place: Workplace & { readonly home: string }, path: string) {
    const { exitCode, said, handedOver } = await through(place, words(path));
    expect({ exitCode, says: said.includes("[files/outside-project]"), handedOver }, said).toEqual({
      ...{ exitCode: 1, says: true, handedOver: "" },
    });
    expect(said).toContain("--root");
    expect(said + written(place.directory)).not.toContain(secret);
  }

  it("refuses a link of the project that leads out, and hands over nothing", async () => {
    await expectRefused(await stranger({ ...files, [link]: `-> ../${target}` }), link);
    const chain = { [link]: "-> a/b", "a/b": "-> ../c", c: `-> HOME/${target}` };
    await expectRefused(await stranger({ ...files, ...chain }), `./${link}`);
  });

  it("refuses it behind a linked directory, and behind a link of the user's own", async () => {
    const place = await stranger({ ...files, sub: "-> ..", inner: `-> ../${target}` });
    symlinkSync("project/inner", join(place.home, "own"));
    await expectRefused(place, `sub/${target}`);
    await expectRefused(place, "../own");
  });

  it("refuses it by `..` behind a link, which leads elsewhere than its text says", async () => {
    await expectRefused(await stranger({ ...files, cfg: "-> ../.ssh" }), `cfg/../${target}`);
  });

  itOf(words(link))("takes what `--root` allows, and what lies outside by its own name", async () => {
    const place = await stranger({ ...files, [link]: `-> ../${target}` });
    expect((await through(place, [...words(link), "--root=.."])).said).not.toContain("[files/");
    const own = await stranger(files);
    symlinkSync(target, join(own.home, "own"));
    for (const path of [`../${target}`, "../own"]) {
      expect((await through(own, words(path))).said).not.toContain("[files/");
    }
  });
});

describe("`..` behind a link", () => {
  itStarting("leads the client where it led us, and nowhere by its text", async () => {
    const place = await stranger({
      "project.toml": projectToml,
      cfg: "-> sub/inner",
      "sub/inner/x": "",
      "sub/token": "of the project",
      "sub/cache/index.json": "{}",
      // Where the text would lead.
      token: "-> ../.npmrc",
      cache: "-> ../.ssh",
    });
    const { exitCode, said, handedOver } = await through(place, [
      ...["build", "--secret=id=A,src=cfg/../token", "--ssh=k=cfg/../token"],
      ...["--build-context=c=cfg/../cache", "--cache-from=type=local,src=cfg/../cache"],
      ...["--volume=cfg/../cache:/cached:ro", "."],
    ]);
    expect(exitCode, said).toBe(0);
    expect(handedOver).not.toContain("..");
    const sub = realpathSync(join(place.directory, "sub"));
    for (const path of [`id=A,src=${sub}/token`, `k=${sub}/token`]) {
      expect(handedOver).toContain(path);
    }
    expect(handedOver.split(`${sub}/cache`)).toHaveLength(4);
  });

  itStarting("of the user's own writes where the system says", async () => {
    const place = await stranger({ "project.toml": projectToml });
    mkdirSync(join(place.home, "elsewhere", "inner"), { recursive: true });
    symlinkSync("elsewhere/inner", join(place.home, "own"));
    const { exitCode, said, handedOver } = await through(place, [
      ...["build", "--metadata-file=../own/../metadata", "--output=type=oci,dest=../own/../app.tar"],
      ...["--cache-to=type=local,dest=../own/../cache", "."],
    ]);
    expect(exitCode, said).toBe(0);
    expect(readdirSync(join(place.home, "elsewhere")).sort()).toEqual([
      ...["app.tar", "cache", "inner", "metadata"],
    ]);
    expect(handedOver).toContain(`dest=${realpathSync(place.home)}/elsewhere/cache`);
  });

  it("that cannot be followed, or where nothing is, hides no link from who shortens it away", async () => {
    const place = await stranger({ "project.toml": projectToml, loop: "-> loop", x: "-> ../.ssh" });
    for (const path of ["loop/../x", "none/../x"]) {
      for (const flag of [
        `--cache-from=type=local,src=${path}`,
        `--secret=id=A,src=${path}/authorized_keys`,
        `--build-context=c=${path}`,
      ]) {
        const { exitCode, handedOver, said } = await through(place, ["build", flag, "."]);
        expect({ exitCode, handedOver }, said).toEqual({ exitCode: 1, handedOver: "" });
        expect(said).toMatch(/\[(?:files\/outside-project|cli\/file-unreadable)\]/);
      }
    }
  });

  it.each([
    ["generate", ["generate"]],
    ["build", ["build"]],
  ] satisfies readonly Door[])("is no way out of a repository for the source of %s", async (_, words) => {
    const place = await stranger({ ".git/HEAD": "ref: refs/heads/main\n", cfg: "-> ../private/inner" });
    mkdirSync(join(place.home, "private", "inner"), { recursive: true });
    writeFileSync(join(place.home, "private", "project.toml"), projectToml.replace("BUILDER", place.builder));
    const { exitCode, said, handedOver } = await through(place, [...words, "cfg/.."]);
    expect({ exitCode, says: said.includes("files/outside-project"), handedOver }, said).toEqual({
      ...{ exitCode: 1, says: true, handedOver: "" },
    });
  });

  it.each(["layout", "cfg/../stored"])("is no image of the user's either: %s", async (path) => {
    const place = await stranger({ "project.toml": projectToml, layout: "-> ../stored", cfg: "-> ../.ssh" });
    mkdirSync(join(place.home, "stored"));
    writeFileSync(join(place.home, "stored", "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
    writeFileSync(join(place.home, "stored", "index.json"), `{"manifests":[{"digest":"${secret}"}]}`);
    const { exitCode, said } = await through(place, ["generate", `--builder=oci-layout://${path}`]);
    expect({ exitCode, says: said.includes("files/image-outside") }, said).toEqual({
      exitCode: 1,
      says: true,
    });
    expect(said).not.toContain(secret);
  });

  it("hands over no binding of the user's", async () => {
    const place = await stranger({ "project.toml": projectToml, cfg: "-> ../.ssh" });
    mkdirSync(join(place.home, "bindings", "db"), { recursive: true });
    writeFileSync(join(place.home, "bindings", "db", "type"), "postgresql");
    const { exitCode, said, handedOver } = await through(place, [
      ...["build", "--volume=cfg/../bindings:/platform/bindings", "."],
    ]);
    expect({ exitCode, says: said.includes("files/outside-project"), handedOver }, said).toEqual({
      ...{ exitCode: 1, says: true, handedOver: "" },
    });
  });
});

itStarting(
  "a secret that is named by its id alone is a file only where no variable has its name",
  async () => {
    const place = await stranger({ "project.toml": projectToml, TOKEN: "-> ../.npmrc" });
    const client = standInClient();
    const words = ["build", "--secret=id=TOKEN", ".", ...client.flags];
    const { exitCode, stderr } = await place.run(words, { env: client.env });
    expect({ exitCode, says: stderr.includes("[files/outside-project]") }, stderr).toEqual({
      ...{ exitCode: 1, says: true },
    });
    for (const more of ["--secret=id=B,env=TOKEN", "--secret=type=env,id=B,src=TOKEN"]) {
      const taken = await place.run([...words, more], { env: { ...client.env, TOKEN: "x" } });
      expect(taken.exitCode, taken.stderr).toBe(0);
    }
  },
);

itStarting.each([
  ["BUILDKIT_LOCAL_CACHE_EXPORT", { "cache/blobs": "-> ../../.ssh" }, "files/output-link"],
  ["BUILDKIT_LOCAL_CACHE_EXPORT", { cache: "-> ../.ssh" }, "files/output-link"],
  ["BUILDKIT_LOCAL_CACHE_IMPORT", { "cache/index.json": "-> ../../.npmrc" }, "cli/cache-damaged"],
  ["BUILDKIT_LOCAL_CACHE_IMPORT", { cache: "-> ../.ssh" }, "files/outside-project"],
])("%s goes through no link of the project: %j", async (variable, links, code) => {
  const place = await stranger({ "project.toml": projectToml, ...links });
  const client = standInClient();
  const { exitCode, stderr } = await place.run(["build", ".", ...client.flags], {
    env: { ...client.env, [variable]: "cache" },
  });
  expect({ exitCode, says: stderr.includes(`[${code}]`) }, stderr).toEqual({ exitCode: 1, says: true });
  expect(existsSync(client.calls)).toBe(false);
  expect(readdirSync(join(place.home, ".ssh"))).toEqual(["authorized_keys"]);
});

it("a cache that BuildKit is to read has no links where it lies in the project", async () => {
  const place = await stranger({
    "project.toml": projectToml,
    "cache/oci-layout": "{}",
    "cache/index.json": "-> ../../.npmrc",
  });
  const { exitCode, said, handedOver } = await through(place, [
    "build",
    "--cache-from=type=local,src=cache",
    ".",
  ]);
  expect({ exitCode, says: said.includes("[cli/cache-damaged]"), handedOver }, said).toEqual({
    ...{ exitCode: 1, says: true, handedOver: "" },
  });
});

describe.each(startable([...compilers, ...builders].filter(([name]) => !name.includes(" -o"))))(
  "%s",
  (_, words) => {
    const at = (path: string) => (words.at(-1) === "." ? [...words.slice(0, -1), path] : [...words, path]);

    it("takes no directory of a stranger's repository that is a link out of it for the source", async () => {
      const place = await stranger({
        ".git/HEAD": "ref: refs/heads/main\n",
        app: "-> ../private",
        ok: "-> real",
      });
      for (const path of ["private", "project/real"]) {
        mkdirSync(join(place.home, path));
        writeFileSync(join(place.home, path, "project.toml"), projectToml.replace("BUILDER", place.builder));
      }
      const { exitCode, said, handedOver } = await through(place, at("app"));
      expect({ exitCode, says: said.includes("files/outside-project"), handedOver }, said).toEqual({
        ...{ exitCode: 1, says: true, handedOver: "" },
      });
      expect((await through(place, at("ok"))).said).not.toContain("files/outside-project");
      expect((await through(place, [...at("app"), "--root=../private"])).said).not.toContain(
        "files/outside-project",
      );
      expect((await through(place, at("../private"))).said).not.toContain("files/outside-project");
    });
  },
);

describe.each(compilers.filter(([name]) => !name.includes(" -")))("%s", (_, words) => {
  it.each([
    ["a directory", "buildpacks/own", { "buildpacks/own": "-> ../../buildpack" }],
    ["its buildpack.toml", "./own", { "own/buildpack.toml": "-> ../../buildpack/buildpack.toml" }],
    [
      "its buildpack.toml, by `..` behind a link beside a file that is its own",
      "./own",
      {
        "own/buildpack.toml": "-> up/../buildpack/buildpack.toml",
        "own/up": "-> HOME/.ssh",
        "own/buildpack/buildpack.toml": "x = 1",
      },
    ],
    [
      "its package.toml",
      "./own",
      {
        "own/buildpack.toml": 'api = "0.10"\n[buildpack]\nid = "a/b"\nversion = "1"\n',
        "own/package.toml": "-> ../../.npmrc",
      },
    ],
    ["an archive", "own.tgz", { "own.tgz": "-> ../buildpack.tgz" }],
    ["the builder's image", undefined, {}],
  ])("reads no buildpack that leads out of the project: %s", async (what, uri, files) => {
    const builder = uri === undefined ? "oci-layout://HOME/layout" : "BUILDER";
    const toml = projectToml.replace("BUILDER", builder);
    const entry = uri === undefined ? "" : `\n[[io.buildpacks.group]]\nuri = "${uri}"\n`;
    const place = await stranger({ "project.toml": toml + entry, ...files });
    writeFileSync(join(place.home, "buildpack.tgz"), secret);
    mkdirSync(join(place.home, "layout"));
    writeFileSync(join(place.home, "layout", "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
    writeFileSync(join(place.home, "layout", "index.json"), `{"manifests":[{"digest":"${secret}"}]}`);
    const { exitCode, said } = await through(place, words);
    expect(said.toLowerCase()).not.toContain(secret.toLowerCase());
    expect(said, what).toMatch(/modules\/link-outside|files\/image-outside/);
    expect(exitCode).toBe(1);
  });

  it("shows lines of the project alone", async () => {
    const place = await stranger({
      "project.toml": `${projectToml}\n[[io.buildpacks.group]]\nuri = "./own"\n`,
      "own/buildpack.toml": "-> ../../.npmrc",
    });
    expect((await through(place, words)).said).not.toContain(secret);
  });
});

it("an image in a directory is the user's to name, and its links are not the project's", async () => {
  const place = await stranger({
    "layout/oci-layout": '{"imageLayoutVersion":"1.0.0"}',
    "layout/index.json": "-> ../../.npmrc",
  });
  const { exitCode, said } = await through(place, ["generate", "--builder", "oci-layout://layout"]);
  expect({ exitCode, says: said.includes("files/image-outside") }, said).toEqual({ exitCode: 1, says: true });
  expect(said).not.toContain(secret);
});

describe("a Dockerfile of a stranger's", () => {
  it.each(builders)("that is a link to a file of the user's is refused by %s", async (_, words) => {
    const place = await stranger({ Dockerfile: "-> ../Dockerfile" });
    const { exitCode, said, handedOver } = await through(place, words);
    expect({ exitCode, says: said.includes("files/outside-project") }, said).toEqual({
      exitCode: 1,
      says: true,
    });
    expect(said + handedOver).not.toContain(secret);
  });

  itStarting.each(["Dockerfile.dockerignore", ".dockerignore"])("has no %s of the user's", async (name) => {
    const place = await stranger({ Dockerfile: "FROM scratch\n", [name]: "-> ../ignore" });
    const { exitCode, said, handedOver } = await through(place, ["build", "."]);
    expect({ exitCode, says: said.includes("files/outside-project") }, said).toEqual({
      exitCode: 1,
      says: true,
    });
    expect(said + handedOver).not.toContain(secret);
  });

  it("is told of in a size that can be read", async () => {
    const place = await stranger({});
    writeFileSync(join(place.directory, "Dockerfile"), "#".repeat(33 * 2 ** 20));
    const { exitCode, said } = await through(place, ["build", "."]);
    expect({ exitCode, says: said.includes("it is larger than 32 MiB") }, said).toEqual({
      exitCode: 1,
      says: true,
    });
  });
});

describe("a generated file of a stranger's records nothing that is then read here", () => {
  const recorded = (...words: readonly string[]) => {
    const app = { user: { uid: 1, gid: 1 }, runImage: { setsPath: false }, platformApi: "0.14" };
    const plan = { version: "0.1.0", arguments: words, cacheId: "x", platforms: ["linux/amd64"], app };
    return `# cnb-dockerfile-plan: ${JSON.stringify(plan)}\nFROM scratch\n`;
  };

  it("though it is read", async () => {
    const place = await stranger({ "project.toml": projectToml, Dockerfile: recorded("--process-type=web") });
    expect((await through(place, ["generate", "--check", "Dockerfile"])).said).toContain("[cli/stale]");
  });

  it("nor is it a link to a file of the user's", async () => {
    const place = await stranger({ "project.toml": projectToml, Dockerfile: "-> ../made/Dockerfile" });
    mkdirSync(join(place.home, "made"));
    expect((await place.run(["generate", "-o", "../made/Dockerfile", "--env", `T=${secret}`])).exitCode).toBe(
      0,
    );
    const { exitCode, said } = await through(place, ["generate", "--check", "Dockerfile"]);
    expect({ exitCode, says: said.includes("[files/outside-project]") }, said).toEqual({
      exitCode: 1,
      says: true,
    });
    expect(said).not.toContain(secret);
    // Where no link is in between, it is the user's to name.
    expect((await through(place, ["generate", "--check", "../made/Dockerfile"])).exitCode).toBe(0);
  });

  it.each([
    ["a descriptor", ["--descriptor=../.npmrc"], "files/outside-project"],
    ["an absolute descriptor", ["--descriptor=../../../../../../../../etc/passwd"], "files/outside-project"],
    ["a descriptor behind a link", ["--descriptor=up/.npmrc"], "files/outside-project"],
    ["an env file", ["--env-file=HOME/.npmrc"], "cli/check-not-generated"],
    ["a volume", ["--volume=HOME:/platform/bindings/x"], "cli/check-not-generated"],
    ["a root", ["--root=/", "--descriptor=../.npmrc"], "cli/check-not-generated"],
    ["a builder in a directory", ["--builder=oci-layout://HOME/layout"], "files/image-outside"],
    ["a registry index", ["--buildpack-registry=HOME", "--builder=BUILDER"], "files/recorded-place"],
    [
      "a registry index by its address",
      ["--buildpack-registry=file:///HOME", "--builder=BUILDER"],
      "files/recorded-place",
    ],
    ["a buildpack", ["--buildpack=../", "--builder=BUILDER"], "files/recorded-place"],
    ["a buildpack by a detour", ["--buildpack=no/../../", "--builder=BUILDER"], "files/recorded-place"],
    ["a buildpack that is not there", ["--pre-buildpack=../no", "--builder=BUILDER"], "files/recorded-place"],
    ["an absolute buildpack", ["--post-buildpack=HOME", "--builder=BUILDER"], "files/recorded-place"],
    ["a buildpack's address", ["--buildpack=file:///HOME", "--builder=BUILDER"], "files/recorded-place"],
    ["a buildpack behind a link", ["--buildpack=./up", "--builder=BUILDER"], "modules/link-outside"],
    ["a buildpack of nobody's", ["--buildpack=context://local-buildpack-1"], "modules/not-handed"],
  ])("%s", async (_, words, code) => {
    const place = await stranger({
      "project.toml": projectToml,
      Dockerfile: recorded(...words),
      up: "-> ..",
    });
    const { exitCode, said } = await through(place, ["generate", "--check", "Dockerfile"]);
    expect(said).toContain(`[${code}]`);
    expect(said).not.toContain(secret);
    expect(exitCode).toBe(1);
  });
});

itStarting.each([
  ["generate", ["generate", "--volume=./bindings:/platform/bindings"]],
  ["build", ["build", "--volume=./bindings:/platform/bindings", "."]],
] satisfies readonly Door[])(
  "%s hands over no file of the user's as a binding of the project's",
  async (_, words) => {
    const files = { "project.toml": projectToml, "bindings/db/type": "postgresql" };
    const place = await stranger({ ...files, "bindings/db/password": "-> HOME/.npmrc" });
    const { exitCode, said, handedOver } = await through(place, words);
    expect({ exitCode, says: said.includes("files/outside-project") }, said).toEqual({
      exitCode: 1,
      says: true,
    });
    expect(handedOver).toBe("");
    const linked = await stranger({ "project.toml": projectToml, bindings: "-> HOME/bindings" });
    mkdirSync(join(linked.home, "bindings", "db"), { recursive: true });
    writeFileSync(join(linked.home, "bindings", "db", "type"), "postgresql");
    writeFileSync(join(linked.home, "bindings", "db", "password"), "another app's");
    const another = await through(linked, words);
    expect(another.said).toContain("files/outside-project");
    expect({ exitCode: another.exitCode, handedOver: another.handedOver }).toEqual({
      exitCode: 1,
      handedOver: "",
    });
    const kept = await stranger({
      ...files,
      "bindings/db/password": "-> ..data/password",
      "bindings/db/..data/password": "x",
    });
    expect((await through(kept, words)).exitCode).toBe(0);
  },
);

describe("an output goes through no link of the project", () => {
  const keys = (home: string) => readFileSync(join(home, ".ssh", "authorized_keys"), "utf8");

  const layout = { "oci-layout": "{}", "index.json": '{"manifests":[]}' };
  const refuses = async (words: readonly string[], links: Readonly<Record<string, string>>) => {
    const place = await stranger({ "project.toml": projectToml, ...links });
    const { exitCode, said, handedOver } = await through(place, words);
    expect({ exitCode, says: said.includes("files/output-link") }, said).toEqual({ exitCode: 1, says: true });
    expect(said).toMatch(/at --|at \.\/out|at out/);
    // It is known before anything is built.
    expect(handedOver).toBe("");
    expect(readdirSync(join(place.home, ".ssh"))).toEqual(["authorized_keys"]);
    expect(keys(place.home)).toBe("the user's\n");
  };

  it.each([
    ["generate -o", ["generate", "-o", "out"], { out: "-> ../.ssh/authorized_keys" }],
    ["generate -o, to a new file", ["generate", "-o", "out"], { out: "-> ../.ssh/config" }],
    ["generate -o --force", ["generate", "--force", "-o", "out"], { out: "-> ../.ssh/authorized_keys" }],
    ["generate -o, below a link", ["generate", "-o", "out/config"], { out: "-> ../.ssh" }],
    ["generate -o, by a chain", ["generate", "-o", "out"], { out: "-> a/b", a: "-> ../.ssh" }],
    ["generate -o, to a circle", ["generate", "-o", "out"], { out: "-> out" }],
    ["its ignore file", ["generate", "-o", "out"], { "out.dockerignore": "-> ../.ssh/config" }],
    ["plan -o", ["plan", "-o", "out"], { out: "-> ../.ssh/authorized_keys" }],
    ["build --metadata-file", ["build", "--metadata-file=out", "."], { out: "-> ../.ssh/authorized_keys" }],
    ["build --iidfile", ["build", "--iidfile=out", "."], { out: "-> ../.ssh/authorized_keys" }],
    ["build -o type=local", ["build", "-o", "out", "."], { out: "-> ../.ssh" }],
    ["build -o type=oci", ["build", "-o", "type=oci,dest=out", "."], { out: "-> ../.ssh/authorized_keys" }],
    ["build -o type=tar", ["build", "-o", "type=tar,dest=out/x", "."], { out: "-> ../.ssh" }],
    ["build --cache-to", ["build", "--cache-to=type=local,dest=out", "."], { "out/blobs": "-> ../../.ssh" }],
    ["build --buildpack-cache-to", ["build", "--buildpack-cache-to=out/x", "."], { out: "-> ../.ssh" }],
    ["build --artifacts", ["build", "--artifacts=out", "."], { out: "-> ../.ssh" }],
    [
      "build --artifacts, in it",
      ["build", "--artifacts=out", "."],
      { "out/sbom.json": "-> ../../.ssh/authorized_keys" },
    ],
    ["cache export", ["cache", "export", "out/x", "."], { out: "-> ../.ssh" }],
    [
      "cache export, in it",
      ["cache", "export", "./out", "."],
      {
        "out/oci-layout": layout["oci-layout"],
        "out/index.json": layout["index.json"],
        "out/blobs/sha256": "-> ../../../.ssh",
      },
    ],
  ] as const)("%s", (_, words, links) => refuses(words, links));

  itStarting("build, to the file it chooses", () =>
    refuses(["build", "."], { "project.oci.tar": "-> ../.ssh/authorized_keys" }),
  );

  it.each([
    ["generate -o", ["generate", "-o", "PATH"]],
    ["plan -o", ["plan", "-o", "PATH"]],
    ["build --metadata-file", ["build", "--metadata-file=PATH", "."]],
    ["build --iidfile", ["build", "--iidfile=PATH", "."]],
    ["build -o type=local", ["build", "-o", "PATH", "."]],
    ["build -o type=oci", ["build", "-o", "type=oci,dest=PATH", "."]],
    ["build --cache-to", ["build", "--cache-to=type=local,dest=PATH", "."]],
    ["build --buildpack-cache-to", ["build", "--buildpack-cache-to=./PATH", "."]],
    ["build --artifacts", ["build", "--artifacts=PATH", "."]],
    ["cache export", ["cache", "export", "./PATH", "."]],
  ] satisfies readonly Door[])("%s, by `..` behind it", async (_, words) => {
    const place = await stranger({ "project.toml": projectToml, cfg: "-> ../.ssh", x: "-> ../.ssh" });
    // Of our own state in a home nothing is asked here.
    const inside = (path: string) => readdirSync(path).filter((name) => name !== ".cache");
    const before = [inside(place.home), inside(place.directory)];
    for (const path of ["cfg/../new", "none/../x/new"]) {
      const { exitCode, said, handedOver } = await through(
        place,
        words.map((word) => word.replace("PATH", path)),
      );
      expect({ exitCode, says: said.includes("files/output-link"), handedOver }, said).toEqual({
        ...{ exitCode: 1, says: true, handedOver: "" },
      });
      expect([inside(place.home), inside(place.directory)]).toEqual(before);
    }
    expect(readdirSync(join(place.home, ".ssh"))).toEqual(["authorized_keys"]);
  });

  it("also where the link lies in the repository above the project", async () => {
    const place = await stranger({
      "app/project.toml": projectToml,
      out: "-> ../.ssh/authorized_keys",
      ".git/HEAD": "",
    });
    const { said, exitCode } = await through(place, ["generate", "app", "-o", "out", "--force"]);
    expect({ exitCode, says: said.includes("files/output-link") }, said).toEqual({ exitCode: 1, says: true });
    expect(keys(place.home)).toBe("the user's\n");
  });

  it("but through the user's own", async () => {
    const place = await stranger({ "project.toml": projectToml });
    symlinkSync("real", join(place.home, "link"));
    expect((await through(place, ["generate", "-o", "../link"])).exitCode).toBe(0);
    expect(lstatSync(join(place.home, "link")).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(place.home, "real"), "utf8")).toContain("# Made by cnb-dockerfile");
  });
});

itStarting("names that outputs have until they are whole cannot be known before", async () => {
  // A link for each process id would be written through, if the name were no more than that.
  const files = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [
      `.project.oci.tar.${process.pid + index * 7}.partial`,
      "-> ../.ssh/authorized_keys",
    ]),
  );
  const place = await stranger({ "project.toml": projectToml, ...files });
  const { exitCode, handedOver, said } = await through(place, ["build", "."]);
  expect(exitCode, said).toBe(0);
  expect(handedOver).toMatch(/dest=[^,"]*\.project\.oci\.tar\.\d+\.[0-9a-f]{16}\.partial/);
  expect(readFileSync(join(place.directory, "project.oci.tar"), "utf8")).toBe("an archive");
});

itStarting("the artifacts of a changed Dockerfile bring no link with them", async () => {
  const place = await stranger({ "project.toml": projectToml });
  const client = standInClient({ "verdict.json": "-> HOME/.npmrc", "vuln.json": "{}" });
  const words = ["build", ...client.flags, "--artifacts=out", "."];
  const { exitCode, stderr } = await place.run(words, { env: client.env });
  expect({ exitCode, says: stderr.includes("cli/artifacts-link") }, stderr).toEqual({
    exitCode: 1,
    says: true,
  });
  expect(readdirSync(place.directory)).toEqual(["project.toml"]);
});

it("a cache in the project has no blobs elsewhere", async () => {
  const files = {
    "project.toml": projectToml,
    "cache/oci-layout": "{}",
    "cache/index.json": "-> ../../.npmrc",
  };
  const place = await stranger(files);
  const { exitCode, said } = await through(place, ["cache", "import", "./cache", "."]);
  expect({ exitCode, says: said.includes("cli/cache-damaged") }, said).toEqual({ exitCode: 1, says: true });
});
