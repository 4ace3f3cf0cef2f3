import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OddZip, type OddZipEntry, oddZip } from "../../helpers/zip.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { runBuildOrThrow } from "../build-steps.ts";
import { imageDifferences, readImage } from "../image-reading.ts";
import { differencesOf } from "../pack/permitted-differences.ts";

const platform = "linux/amd64";
let lab: Lab;
/** Holds archives and nothing else. */
let directory: string;
const run = Date.now();

beforeAll(async () => {
  lab = await startLab();
  directory = mkdtempSync(join(tmpdir(), "cnb-dockerfile-archives-"));
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await lab.close();
});

/** What Spring Boot's plugin puts into a jar, in Unix's modes. */
const spring: readonly OddZipEntry[] = [
  { name: "META-INF/", mode: 0o40755 },
  {
    name: "META-INF/MANIFEST.MF",
    content: "Main-Class: org.springframework.boot.loader.launch.JarLauncher\n",
  },
  { name: "BOOT-INF/", mode: 0o40755 },
  { name: "BOOT-INF/lib/", mode: 0o40755 },
  // A library is stored, so that it can be read in the jar.
  { name: "BOOT-INF/lib/a.jar", content: oddZip([{ name: "A.class" }]), method: 0 },
  { name: "Procfile", content: "web: cat META-INF/MANIFEST.MF\n" },
];
const fat = (entries: readonly OddZipEntry[]) =>
  entries.map((entry) => ({
    ...entry,
    ...{ host: 0, streamed: true },
    attributes: entry.name.toString().endsWith("/") ? 0x10 : 0,
  }));

describe("pack and we make the same image, but for the mode of /workspace and what is permitted, of", () => {
  it.each<{ title: string; entries: readonly OddZipEntry[]; shape?: OddZip }>([
    { title: "a jar of Spring Boot", entries: spring },
    {
      title: "a jar of Spring Boot that is executable",
      entries: spring,
      shape: { before: Buffer.from("#!/bin/sh\n") },
    },
    { title: "a jar without modes, as Java's jar makes it", entries: fat(spring) },
    {
      title: "a zip with programs and links",
      entries: [
        { name: "Procfile", content: "web: bin/run\n" },
        { name: "bin/", mode: 0o40750 },
        { name: "bin/run", content: "#!/bin/sh\necho run\n", mode: 0o100755 },
        { name: "link", content: "bin/run", mode: 0o120777 },
        { name: "ü", content: "named in UTF-8", mode: 0o100664 },
      ],
    },
    {
      title: "a zip with several files of one name",
      entries: [
        { name: "Procfile", content: "web: cat a\n" },
        { name: "a", content: "first" },
        { name: "a", content: "last" },
      ],
    },
  ])("$title", async ({ title, entries, shape }) => {
    const tag = title.replaceAll(/[^a-z]+/gi, "-").toLowerCase();
    const file = join(directory, `${tag}.jar`);
    writeFileSync(file, oddZip(entries, shape));
    const pack = `${lab.registry}/e2e/archive-pack:${tag}-${run}`;
    const ours = `${lab.registry}/e2e/archive-ours:${tag}-${run}`;
    const words = ["--builder", lab.images.builder, "--path", file];
    const { environment } = await lab.docker();
    const trust = ["--publish", "--network=host", "--trust-builder"];
    await lab.pack(["build", pack, ...trust, ...words], { cwd: directory, env: environment });
    const own = ["--platform", platform, "--progress=plain", "--keep-modes", "--push", "--tag", ours];
    await runBuildOrThrow(lab, directory, [...own, ...words]);
    const [theirs, made] = await Promise.all([
      readImage(lab, pack, platform),
      readImage(lab, ours, platform),
    ]);
    expect([...made.files.keys()]).toContain("/workspace/Procfile");
    // A zip says nothing of the app's own directory: pack leaves that to docker, and ours is as from a directory.
    expect(differencesOf(imageDifferences(theirs, made))).toEqual([
      'file /workspace mode: pack "0755", ours "0777"',
    ]);
    const results = await Promise.all([pack, ours].map((name) => lab.execute(name, platform)));
    expect(results[1]).toEqual(results[0]);
  });
});
