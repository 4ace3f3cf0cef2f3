import { chmodSync, lutimesSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "@iarna/toml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../helpers/directory.ts";
import type { Lab } from "../../lab/lab.ts";
import { contentOf } from "../../lab/probe-reading.ts";
import { startLab } from "../../lab/start.ts";
import { differences } from "./differences.ts";
import { everyInputsFiles, type Input, inputs } from "./pack-inputs.ts";
import { readOurs, readPack, type Taken } from "./readings.ts";
import { type Readings, readingsTable } from "./readings-table.ts";

let lab: Lab;
const readings = new Map<Input, Readings>();

beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

describe("pack and we read the same, but for what is named, in", () => {
  it.each(inputs)("$title", async (input) => {
    const directory = project(input);
    const words = (input.words ?? []).map(named);
    const [pack, ours] = await Promise.all([
      readPack(lab, directory, words),
      readOurs(lab, directory, words),
    ]);
    readings.set(input, { pack, ours });
    expect(differences(pack, ours)).toEqual(Object.keys(input.otherwise ?? {}).sort());
  });
});

it("differs in every app and script as docs/reference/pack-readings.md says", async () => {
  const script = inputs.find(({ title }) => title === "golden/inline-script");
  if (script === undefined) throw new Error("no input with an inline script");
  const directory = project(script);
  symlinkSync("app.txt", join(directory, "link"));
  chmodSync(join(directory, "app.txt"), 0o775);
  stopClock(directory);
  const pack = await readPack(lab, directory, []);
  const ours = await readOurs(lab, directory, []);
  expect(differences(pack, ours)).toEqual(["source"]);
  if (pack.kind === "refused" || ours.kind === "refused") throw new Error("refused");
  const mode = ({ source }: Taken, path: string) => source.find((file) => file.path === path)?.mode;
  expect([mode(pack, "/workspace"), mode(ours, "/workspace")]).toEqual(["0777", "0777"]);
  expect([mode(pack, "/workspace/app.txt"), mode(ours, "/workspace/app.txt")]).toEqual(["0775", "0755"]);
  const withoutModes = ({ source }: Taken) =>
    source.slice(1).map(({ path, time, target }) => [path, time, target]);
  expect(withoutModes(ours)).toEqual(withoutModes(pack));

  const place = "/cnb/buildpacks/example_migrate/1.2.3";
  const programs = ({ phase }: Taken) =>
    phase.files.flatMap(({ path }) => (path.startsWith(`${place}/bin/`) ? [path.slice(place.length)] : []));
  expect(programs(ours)).toEqual(["/bin/build", "/bin/detect"]);
  expect(programs(pack)).toEqual(["/bin/build", "/bin/build.bat", "/bin/detect", "/bin/detect.bat"]);
  const text = ({ phase }: Taken, name: string) => contentOf(phase, `${place}/${name}`)?.toString() ?? "";
  expect(text(pack, "bin/build")).toBe(`${text(ours, "bin/build")}\n`);
  const stacks = (reading: Taken) => parse(text(reading, "buildpack.toml")).stacks;
  expect([stacks(pack), stacks(ours)]).toEqual([[{ id: "lab.stacks.bookworm" }], [{ id: "*" }]]);
});

it("stands in docs/reference/pack-readings.md", async () => {
  const plain = (text: string) =>
    text.replaceAll(lab.images.builderProbe, "BUILDER").replaceAll(lab.registry, "REGISTRY");
  await expect(plain(readingsTable(readings))).toMatchFileSnapshot(
    "../../../docs/reference/pack-readings.md",
  );
});

function named(text: string): string {
  return text.replaceAll("BUILDER", lab.images.builderProbe).replaceAll("REGISTRY", lab.registry);
}

function project({ descriptor, files = {} }: Pick<Input, "descriptor" | "files">): string {
  const directory = join(temporaryDirectory(), "app");
  const all = {
    ...everyInputsFiles,
    ...files,
    ...(descriptor === undefined ? {} : { "project.toml": descriptor }),
  };
  for (const [path, content] of Object.entries(all)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), typeof content === "string" ? named(content) : content);
  }
  stopClock(directory);
  return directory;
}

/** The times of last year's files: BuildKit takes steps with equal contents for the same, whatever the times. */
function stopClock(directory: string): void {
  for (const name of readdirSync(directory, { recursive: true, encoding: "utf8" }))
    lutimesSync(join(directory, name), 1_700_000_000, 1_700_000_000);
}
