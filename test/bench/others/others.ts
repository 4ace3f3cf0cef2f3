import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "../../lab/lab.ts";
import { packOwnImage, pushOwnImage } from "../../own-image.ts";
import { copySampleApp } from "../../workspace.ts";
import type { Bench } from "../arguments.ts";
import { benchBuild } from "./build.ts";
import { benchCompile } from "./compile.ts";
import { benchEngines } from "./engines.ts";
import { benchFleet } from "./fleet.ts";
import { benchFrontend } from "./frontend.ts";
import { benchGenerate } from "./generate.ts";

/** Measures what the matrix does not show: parts of our own, and many BuildKits. Prints a line for each. */
export async function runBench(lab: Lab, bench: Bench): Promise<void> {
  const app = copySampleApp("node-web");
  try {
    switch (bench) {
      case "compile":
        return await benchCompile();
      case "generate":
        return await benchGenerate(lab, app.directory);
      case "build":
        return await benchBuild(lab, app.directory, await pushOwnImage(lab));
      case "frontend":
        writeSyntaxLine(lab, app.directory, await pushOwnImage(lab));
        return await benchFrontend(lab, app.directory);
      case "engines":
        writeSyntaxLine(lab, app.directory, await pushOwnImage(lab));
        return await benchEngines(lab, app.directory);
      case "fleet":
        await packOwnImage(lab);
        return await benchFleet(lab);
    }
  } finally {
    app.remove();
  }
}

function writeSyntaxLine(lab: Lab, directory: string, syntax: string): void {
  const descriptor = `# syntax=${syntax}
[_]
schema-version = "0.2"
id = "bench"

[io.buildpacks]
builder = "${lab.images.builder}"
`;
  writeFileSync(join(directory, "project.toml"), descriptor);
}
