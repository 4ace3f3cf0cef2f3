import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { expect } from "vitest";
import { type OddEntry, oddTar } from "../../helpers/archives.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { neighbour, neighbourTest } from "../../helpers/neighbour.ts";

const directories = [0o000, 0o555, 0o111, 0o7777].map((mode, index): OddEntry[] => [
  { kind: "directory", name: `d${index}`, mode },
  { kind: "directory", name: `d${index}/deeper`, mode },
  { name: `d${index}/deeper/file`, mode: 0o4000, content: "x" },
]);
const archive = oddTar(...directories.flat());

neighbourTest("odd modes of an archive keep no ordinary user from reading and removing it", () => {
  const place = temporaryDirectory();
  chmodSync(place, 0o755);
  // He may not enter a checkout in root's home.
  const node = join(place, "node");
  copyFileSync(process.execPath, node);
  buildSync({
    entryPoints: [new URL("../../../src/build/source/archive-source.ts", import.meta.url).pathname],
    ...{ bundle: true, platform: "node", format: "esm", outfile: join(place, "archive-source.mjs") },
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  });
  const program = `
    import { createReadStream, readdirSync, readFileSync } from "node:fs";
    const { openStream } = await import(${JSON.stringify(join(place, "archive-source.mjs"))});
    const limits = { sizeBytes: 1e6, entries: 100 };
    const source = await openStream(createReadStream("a.tar"), { shown: "x", name: "x", keepGitDirectory: false, limits });
    for (const n of [0, 1, 2, 3]) process.stdout.write(readFileSync(source.directory + "/d" + n + "/deeper/file"));
    source.remove();
    process.stdout.write(String(readdirSync(process.env.TMPDIR).length));`;
  writeFileSync(join(place, "a.tar"), archive);
  mkdirSync(join(place, "tmp"));
  chmodSync(join(place, "tmp"), 0o1777);
  const { stdout, stderr } = spawnSync(node, ["--input-type=module", "-e", program], {
    ...{ cwd: place, uid: neighbour, gid: neighbour, encoding: "utf8" },
    env: { PATH: process.env.PATH ?? "", TMPDIR: join(place, "tmp"), HOME: place },
  });
  expect(stdout, stderr).toBe("xxxx0");
});
