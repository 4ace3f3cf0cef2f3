import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { execa } from "execa";
import { beforeEach, describe, expect, it } from "vitest";
import { buildHelperImage } from "../../../src/build/helper-image/build-helper-image.ts";
import type { BuildRequest } from "../../../src/engines/build-request.ts";
import type { Engine } from "../../../src/engines/engine.ts";
import { layoutFault } from "../../../src/engines/layout.ts";
import { afterTest } from "../../helpers/after-test.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { faultsOfAsync } from "../../helpers/errors.ts";
import { neighbourTest } from "../../helpers/neighbour.ts";
import { smallDisk } from "../../helpers/small-disk.ts";

const reference = "registry.example/tool:1";
const manifest = '{"layers":[]}';
const digest = `sha256:${createHash("sha256").update(manifest).digest("hex")}`;
const shown = { progress: "plain", isDryRun: false } as const;
let cache: string;
let programs: { readonly directory: string; readonly key: string };
let asked: BuildRequest[];
let said: string[];

beforeEach(() => {
  cache = temporaryDirectory();
  programs = { directory: temporaryDirectory(), key: "0123456789abcdef" };
  asked = [];
  said = [];
  const before = process.env.XDG_CACHE_HOME;
  process.env.XDG_CACHE_HOME = cache;
  afterTest(() => {
    if (before === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = before;
  });
});

const ports = {
  report: () => {},
  progress: (line: string) => void said.push(line),
  print: (text: string) => void said.push(text),
  hasColors: false,
};

/** An engine that does what the shell's words say; `$1` is where the layout goes. */
function engine(words: string, more: Partial<Engine> = {}): Engine {
  return {
    ...{ name: "buildkit", title: "a test's", platforms: [], versions: [], openHosts: [], isLimited: false },
    nativePlatforms: [{ os: "linux", architecture: "amd64" }],
    store: { kind: "none" },
    command: (request) => {
      asked.push(request);
      const destination = request.outputs[0]?.destination ?? "";
      return { program: "sh", arguments: ["-c", words, "sh", destination], env: {} };
    },
    ...more,
  };
}

const index = JSON.stringify({ manifests: [{ digest }] });
const blob = `blobs/${digest.replace(":", "/")}`;
const makes = `mkdir -p "$1/blobs/sha256" && echo '${index}' > "$1/index.json" && printf '${manifest}' > "$1/${blob}"`;

const refusesToLoad = () => {
  throw new Error("nothing to load");
};

describe("the helper image", () => {
  it("is built for the engine's own machines once, and kept", async () => {
    const first = await buildHelperImage(engine(makes), reference, programs, shown, ports);
    expect(first).toMatchObject({ reference, layout: { digest } });
    const second = await buildHelperImage(engine("exit 1"), reference, programs, shown, ports);
    expect(second).toEqual(first);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({
      platforms: [{ os: "linux", architecture: "amd64" }],
      file: { directory: programs.directory, name: "image.Dockerfile" },
      attestations: { provenance: "false" },
    });
    expect(said).toHaveLength(1);
  });

  it("is another one for other programs or other machines", async () => {
    const built = (key: string, architecture: string) =>
      buildHelperImage(
        engine(makes, { nativePlatforms: [{ os: "linux", architecture }] }),
        reference,
        { ...programs, key },
        shown,
        ports,
      );
    await built("a", "amd64");
    await built("a", "arm64");
    await built("b", "amd64");
    expect(asked).toHaveLength(3);
  });

  it("is told where it cannot be built, and leaves nothing", async () => {
    const half = `mkdir "$1"; exit 3`;
    const faults = await faultsOfAsync(buildHelperImage(engine(half), reference, programs, shown, ports));
    expect(faults).toMatchObject({ temporary: false, faults: [{ code: "cli/helper-image-not-built" }] });
    expect(readdirSync(join(cache, "cnb-dockerfile", "helper-images"))).toEqual([]);
    const empty = await faultsOfAsync(
      buildHelperImage(engine('mkdir "$1"'), reference, programs, shown, ports),
    );
    expect(empty).toMatchObject({ faults: [{ code: "cli/helper-image-not-built" }] });
    expect(readdirSync(join(cache, "cnb-dockerfile", "helper-images"))).toEqual([]);
    // A server that does not answer may answer later.
    const away = `echo "ERROR: failed to do request: unexpected status from GET request: 503 Service Unavailable" >&2; exit 1`;
    const later = await faultsOfAsync(buildHelperImage(engine(away), reference, programs, shown, ports));
    expect(later).toMatchObject({ temporary: true });
  });

  it.each([
    ["lacks a blob", (place: string) => rmSync(join(place, blob))],
    ["has a blob that was cut", (place: string) => truncateSync(join(place, blob), 3)],
    ["has no index", (place: string) => rmSync(join(place, "index.json"))],
    [
      "is a file",
      (place: string) => {
        rmSync(place, { recursive: true });
        writeFileSync(place, "");
      },
    ],
  ])("is built again where the kept one %s", async (_, spoil) => {
    const parent = join(cache, "cnb-dockerfile", "helper-images");
    await buildHelperImage(engine(makes), reference, programs, shown, ports);
    spoil(join(parent, `${programs.key}-linux-amd64`));
    const { layout } = await buildHelperImage(engine(makes), reference, programs, shown, ports);
    expect(await layoutFault(layout?.directory ?? "")).toBeUndefined();
    expect(readdirSync(parent)).toEqual([`${programs.key}-linux-amd64`]);
    expect(asked).toHaveLength(2);
  });

  it("stays as another build has put it there meanwhile", async () => {
    const parent = join(cache, "cnb-dockerfile", "helper-images");
    const place = join(parent, `${programs.key}-linux-amd64`);
    const meanwhile = `${makes} && mkdir -p "${place}" && cp -R "$1/." "${place}" && touch "${place}/other"`;
    const { layout } = await buildHelperImage(engine(meanwhile), reference, programs, shown, ports);
    expect(layout).toEqual({ directory: place, digest });
    expect(existsSync(join(place, "other"))).toBe(true);
    expect(readdirSync(parent)).toEqual([`${programs.key}-linux-amd64`]);
  });

  it("is built by two at once, whose processes have the same number, into a place each", async () => {
    const [first, second] = await Promise.all(
      [1, 2].map(() => buildHelperImage(engine(`sleep 0.3; ${makes}`), reference, programs, shown, ports)),
    );
    expect(first).toEqual(second);
    const places = asked.map(({ outputs }) => outputs[0]?.destination);
    expect(new Set(places).size).toBe(2);
  });

  neighbourTest("is used from a cache that is read-only", async () => {
    const disk = await smallDisk("size=1m,mode=700");
    process.env.XDG_CACHE_HOME = disk;
    const first = await buildHelperImage(engine(makes), reference, programs, shown, ports);
    await execa("mount", ["-o", "remount,ro", disk]);
    const second = await buildHelperImage(engine("exit 1"), reference, programs, shown, ports);
    expect(second).toEqual(first);
  });

  it("is only said in a dry run", async () => {
    await buildHelperImage(engine("exit 1"), reference, programs, { ...shown, isDryRun: true }, ports);
    expect(said.join("")).toMatch(/^sh -c /);
    expect(readdirSync(join(cache, "cnb-dockerfile", "helper-images"))).toEqual([]);
  });

  it("stays in a docker daemon that takes no image of a build from its client", async () => {
    const classic = engine(":", { load: refusesToLoad });
    const name = `cnb-dockerfile.invalid/helper:${programs.key}`;
    expect(await buildHelperImage(classic, reference, programs, shown, ports)).toEqual({ reference: name });
    expect(asked).toMatchObject([{ tags: [name], outputs: [{ type: "docker" }], platforms: [] }]);
  });

  it("goes after two weeks in which it was not used, and nothing else does", async () => {
    const [old, used, fresh] = ["0", "1", "2"].map((digit) => digit.repeat(16)) as [string, string, string];
    await buildHelperImage(engine(makes), reference, { ...programs, key: old }, shown, ports);
    await buildHelperImage(engine(makes), reference, { ...programs, key: used }, shown, ports);
    const parent = join(cache, "cnb-dockerfile", "helper-images");
    // Whoever links it to a directory of his own has other things there.
    const others = ["apt", "passwd", "photos-2026", `${old}`, `${old}-linux-amd64.bak`];
    const killed = ["", ".damaged"].map(
      (end) => `${old}-linux-amd64,linux-arm64.${randomUUID()}.partial${end}`,
    );
    for (const name of [...others, ...killed]) mkdirSync(join(parent, name));
    const ago = (days: number) => new Date(Date.now() - days * 24 * 60 * 60 * 1000);
    for (const name of readdirSync(parent)) utimesSync(join(parent, name), ago(15), ago(15));
    await buildHelperImage(engine("exit 1"), reference, { ...programs, key: used }, shown, ports);
    await buildHelperImage(engine(makes), reference, { ...programs, key: fresh }, shown, ports);
    expect(readdirSync(parent).sort()).toEqual(
      [...others, `${fresh}-linux-amd64`, `${used}-linux-amd64`].sort(),
    );
    expect(existsSync(join(parent, `${used}-linux-amd64`, "index.json"))).toBe(true);
  });
});
