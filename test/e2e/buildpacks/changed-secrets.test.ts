import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { describeProject, runBuildOrThrow } from "../build-steps.ts";
import { frontendBuild, isWork, ranSteps, writeDescriptor } from "../frontend-steps.ts";
import { type SecondBuildkit, startSecondBuildkit } from "../second-buildkit.ts";
import { buildOrThrow, generate } from "../steps.ts";

const platforms = ["linux/amd64"];
const run = Date.now();
let lab: Lab;
let work: string;
/** A build without cache beside these would make steps anew that it has in common with them, and those would run again. */
let own: SecondBuildkit;

beforeAll(async () => {
  lab = await startLab();
  own = await startSecondBuildkit(lab, { name: "changed-secrets" });
  work = mkdtempSync(join(tmpdir(), "cnb-dockerfile-changed-secrets-"));
});
afterAll(async () => {
  await own?.close();
  rmSync(work, { recursive: true, force: true });
  await lab.close();
});

/** A buildpack that says which value it sees, in a form that is no secret, and every variable of ours. */
const declaring = `
[io.github.cnb-dockerfile]
secrets = ["TOKEN"]

[[io.github.cnb-dockerfile.bindings]]
name = "db"
type = "postgresql"
keys = ["password"]

[[io.buildpacks.group]]
id = "example/sees"
[io.buildpacks.group.script]
api = "0.10"
inline = '''
echo "sees $(printf %s "$TOKEN" | wc -c)/$(wc -c < "$CNB_PLATFORM_DIR/bindings/db/password") $(env | grep -c SECRETS_VERSION)"
'''
`;

function makeApp(title: string): string {
  const directory = join(work, title);
  mkdirSync(directory);
  writeFileSync(join(directory, "unique.txt"), directory);
  return directory;
}

const idOf = (title: string) => `com.example.changed-${title}-${run}`;
const imageOf = (title: string) => `${lab.registry}/e2e/changed-secrets:${title}-${run}`;
const seen = (log: string) => log.match(/sees \d+\/\d+ \d+/g) ?? [];
const phases = (log: string) =>
  ranSteps(log).filter((title) => /\/cnb\/lifecycle\/(?:detector|builder)/.test(title));
const secrets = ["--secret=id=TOKEN,env=HELD", "--secret=id=db.password,env=PASSWORD"];

describe("`build` with secrets", () => {
  const key = "0123456789abcdef".repeat(4);
  let directory: string;
  const built = (env: Readonly<Record<string, string>>, words: readonly string[] = []) =>
    runBuildOrThrow(
      lab,
      directory,
      ["--progress=plain", "--platform=linux/amd64", `--tag=${imageOf("command")}`, "--push"].concat(
        secrets,
        words,
      ),
      { CI: "", ...own.environment, ...env },
    );
  beforeAll(() => {
    directory = makeApp("command");
    describeProject(lab, directory, idOf("command"), declaring);
  });

  it("runs detect and build for a changed value, nothing for an unchanged one, and tells buildpacks nothing of it", async () => {
    const home = { XDG_DATA_HOME: mkdtempSync(join(work, "home-")) };
    expect(seen(await built({ ...home, HELD: "one", PASSWORD: "three" }))).toEqual(["sees 3/5 0"]);
    const again = await built({ ...home, HELD: "one", PASSWORD: "three" });
    expect(ranSteps(again).filter(isWork), again).toEqual([]);
    const changed = await built({ ...home, HELD: "other", PASSWORD: "three" });
    expect(seen(changed)).toEqual(["sees 5/5 0"]);
    expect(phases(changed), changed).toHaveLength(2);
    expect(seen(await built({ ...home, HELD: "other", PASSWORD: "eleven" }))).toEqual(["sees 5/6 0"]);
  });

  it("runs nothing for a changed value where that is to be ignored", async () => {
    const home = { XDG_DATA_HOME: mkdtempSync(join(work, "home-")) };
    const ignoring = ["--secret-policy=ignore"];
    await built({ ...home, HELD: "first", PASSWORD: "three" }, ignoring);
    const changed = await built({ ...home, HELD: "second", PASSWORD: "three" }, ignoring);
    expect(ranSteps(changed).filter(isWork), changed).toEqual([]);
    expect(readdirSync(home.XDG_DATA_HOME)).not.toContain("cnb-dockerfile");
  });

  it("runs nothing on another machine that has the key, and everything on one that has not", async () => {
    const machine = () => ({ XDG_DATA_HOME: mkdtempSync(join(work, "home-")) });
    const values = { HELD: "shared", PASSWORD: "three" };
    const keyed = { CNB_DOCKERFILE_SECRETS_KEY: key };
    expect(seen(await built({ ...machine(), ...values, ...keyed }))).toHaveLength(1);
    const other = await built({ ...machine(), ...values, ...keyed });
    expect(ranSteps(other).filter(isWork), other).toEqual([]);
    expect(seen(await built({ ...machine(), ...values }))).toHaveLength(1);
    const ofCi = await built({ ...machine(), ...values, CI: "true" });
    expect(ofCi).toContain("cli/secrets-key-missing");
    expect(ofCi).toContain("CNB_DOCKERFILE_SECRETS_KEY");
  });

  it("runs nothing on another BuildKit that has the cache of the first one, by a registry", async () => {
    const cache = `${lab.registry}/e2e/changed-secrets:cache-${run}`;
    const values = { HELD: "cached", PASSWORD: "three", CNB_DOCKERFILE_SECRETS_KEY: key };
    // Not the lab's: BuildKit exports whatever it knows of the same steps, and imports no more than 1 MiB of such records.
    const first = await startSecondBuildkit(lab, { name: "first-secrets" });
    const fresh = await startSecondBuildkit(lab, { name: "changed-secrets" });
    try {
      await built({ ...values, ...first.environment }, [`--cache-to=type=registry,ref=${cache},mode=max`]);
      const from = [`--cache-from=type=registry,ref=${cache}`];
      const same = await built({ ...values, ...fresh.environment }, from);
      expect(phases(same), same).toEqual([]);
      expect(seen(await built({ ...values, HELD: "changed", ...fresh.environment }, from))).toHaveLength(1);
    } finally {
      for (const one of [first, fresh]) await one.close();
    }
  });

  it("leaves neither a value nor a plain hash of one in image, provenance or log", async () => {
    const home = mkdtempSync(join(work, "home-"));
    const values = { HELD: "4711-held", PASSWORD: "4712-password" };
    const log = await built({ XDG_DATA_HOME: home, ...values }, ["--provenance=mode=max"]);
    const made = readFileSync(join(home, "cnb-dockerfile", "secrets-key"), "utf8");
    const name = imageOf("command");
    const texts = [log, ...(await blobTexts(name))];
    // Or what follows would look into nothing.
    expect(texts.some((text) => /"build-arg:CNB_SECRETS_VERSION": ?"[0-9a-f]{64}"/.test(text))).toBe(true);
    const hidden = [...Object.values(values), made].flatMap((value) => [
      value,
      ...["md5", "sha1", "sha256", "sha512"].flatMap((algorithm) =>
        (["hex", "base64"] as const).map((form) => createHash(algorithm).update(value).digest(form)),
      ),
    ]);
    for (const text of texts) expect(hidden.filter((value) => text.includes(value))).toEqual([]);
  });
});

/** Everything of a name in the registry that is text: indexes, manifests, configs, attestations, and the files of its layers. */
async function blobTexts(name: string): Promise<string[]> {
  const repository = name.slice(0, name.lastIndexOf(":"));
  const top = (await lab.crane(["manifest", name])).stdout;
  const { manifests = [] } = JSON.parse(top) as { manifests?: readonly { readonly digest: string }[] };
  const inner = await Promise.all(
    manifests.map(async ({ digest }) => (await lab.crane(["manifest", `${repository}@${digest}`])).stdout),
  );
  const blobs = await Promise.all(
    [top, ...inner].flatMap((text) => {
      const { config, layers = [] } = JSON.parse(text) as {
        readonly config?: { readonly digest: string };
        readonly layers?: readonly { readonly digest: string; readonly mediaType: string }[];
      };
      return [
        ...(config === undefined ? [] : [config]),
        ...layers.filter((one) => /json/.test(one.mediaType)),
      ].map(async ({ digest }) => (await lab.crane(["blob", `${repository}@${digest}`])).stdout);
    }),
  );
  const files = (await lab.crane(["export", "--platform=linux/amd64", name, "-"])).stdout;
  return [top, ...inner, ...blobs, files];
}

describe("a version of the secrets that the user says", () => {
  const values = { HELD: "one", PASSWORD: "three" };
  const version = (text: string) => `--build-arg=CNB_SECRETS_VERSION=${text}`;

  it("runs detect and build again through the frontend", async () => {
    const directory = makeApp("frontend");
    writeDescriptor(lab, directory, idOf("frontend"), declaring);
    const built = (env: typeof values, words: readonly string[]) =>
      frontendBuild(lab, {
        ...{ context: directory, platforms, name: imageOf("frontend"), env: { ...own.environment, ...env } },
        words: ["--file=project.toml", ...secrets, ...words],
      });
    expect(seen(await built(values, [version("1")]))).toEqual(["sees 3/5 0"]);
    expect(seen(await built({ ...values, HELD: "changed" }, [version("1")]))).toEqual([]);
    expect(seen(await built({ ...values, HELD: "changed" }, [version("2")]))).toEqual(["sees 7/5 0"]);
  });

  it("runs them again in a generated Dockerfile, for which `build` makes one, too", async () => {
    const directory = makeApp("generated");
    describeProject(lab, directory, idOf("generated"), declaring);
    const dockerfile = await generate(directory, ["--platform=linux/amd64"]);
    const built = (text: string, HELD: string) =>
      buildOrThrow(lab, {
        ...{ directory, dockerfile, platforms, env: { ...values, HELD } },
        words: [...secrets, version(text)],
      });
    expect(seen(await built("1", "one"))).toEqual(["sees 3/5 0"]);
    expect(seen(await built("1", "changed"))).toEqual([]);
    expect(seen(await built("2", "changed"))).toEqual(["sees 7/5 0"]);
    writeFileSync(join(directory, "Dockerfile"), dockerfile);
    const words = ["--progress=plain", "--platform=linux/amd64", `--tag=${imageOf("generated")}`, "--push"];
    const home = { XDG_DATA_HOME: mkdtempSync(join(work, "home-")), CI: "" };
    const byCommand = (HELD: string) =>
      runBuildOrThrow(lab, directory, [...words, "-f", "Dockerfile", ...secrets], {
        ...{ ...values, ...home, HELD },
      });
    expect(seen(await byCommand("one"))).toEqual(["sees 3/5 0"]);
    expect(seen(await byCommand("one"))).toEqual([]);
    expect(seen(await byCommand("changed"))).toEqual(["sees 7/5 0"]);
  });
});
