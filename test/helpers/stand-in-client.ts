import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "./directory.ts";

/** A program in the place of BuildKit's client: tests of what goes in and what comes out need no build. */
export interface StandInClient {
  /** Variables under which `build` takes it. */
  readonly env: Readonly<Record<string, string>>;
  /** Flags of `build` for it. */
  readonly flags: readonly string[];
  /** File with the words of each call of `build`, a JSON list a line, with what its dockerfile directory holds. */
  readonly calls: string;
}

/**
 * Makes one that answers as a BuildKit for linux/amd64, and writes an output's destination: of an archive a text, of a
 * directory the given files, `-> TARGET` in the place of a text being a link.
 */
export function standInClient(files: Readonly<Record<string, string>> = {}): StandInClient {
  const directory = temporaryDirectory();
  const calls = join(directory, "calls");
  const workers = [
    {
      platforms: [{ os: "linux", architecture: "amd64" }],
      buildkitVersion: { version: "v0.33.1" },
    },
  ];
  const program = `#!${process.execPath}
const { appendFileSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } = require("node:fs");
const { dirname, join } = require("node:path");
const words = process.argv.slice(2);
if (words.includes("workers")) {
  process.stdout.write(${JSON.stringify(JSON.stringify(workers))});
} else {
  const valueOf = (name) => words.find((word) => word.startsWith(name + "="))?.slice(name.length + 1);
  const place = valueOf("--local=dockerfile");
  const read = (name) => lstatSync(join(place, name)).isFile() ? readFileSync(join(place, name), "latin1") : "";
  const file = valueOf("--opt=filename");
  const held = Object.fromEntries(readdirSync(place).filter((name) => name.startsWith(file)).map((name) => [name, read(name)]));
  appendFileSync(${JSON.stringify(calls)}, JSON.stringify({ words, held }) + "\\n");
  const output = Object.fromEntries((valueOf("--output") ?? "").split(",").map((pair) => pair.split(/=(.*)/s)));
  if (output.dest !== undefined && (output.type === "local" || output.tar === "false")) {
    for (const [name, text] of Object.entries(${JSON.stringify(files)})) {
      mkdirSync(dirname(join(output.dest, name)), { recursive: true });
      if (text.startsWith("-> ")) symlinkSync(text.slice(3), join(output.dest, name));
      else writeFileSync(join(output.dest, name), text);
    }
  } else if (output.dest !== undefined) writeFileSync(output.dest, "an archive");
  const metadata = valueOf("--metadata-file");
  if (metadata !== undefined) writeFileSync(metadata, JSON.stringify({ "containerimage.digest": "sha256:" + "a".repeat(64) }));
}
`;
  const bin = join(directory, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "buildctl"), program);
  chmodSync(join(bin, "buildctl"), 0o755);
  return {
    calls,
    env: {
      PATH: `${bin}:${process.env.PATH ?? ""}`,
      CNB_DOCKERFILE_IMAGE: "registry.example/cnb-dockerfile:1",
    },
    flags: ["--engine=buildkit", "--buildkit-host=tcp://127.0.0.1:9"],
  };
}
