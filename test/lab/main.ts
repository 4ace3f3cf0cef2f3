/** `node test/lab/main.ts up [--bare]|down|status|tools|prune`: the lab from a shell. */
import { readdirSync, rmSync } from "node:fs";
import { basename } from "node:path";
import process, { argv, stdout } from "node:process";
import { ExecaError } from "execa";
import { buildkitHost } from "./buildkitd.ts";
import { removeOrphans } from "./container-files.ts";
import { endDaemons } from "./daemons.ts";
import type { Lab } from "./lab.ts";
import { withLock } from "./lock.ts";
import { installPackages } from "./packages.ts";
import { inState, stateDirectory } from "./paths.ts";
import { findLab } from "./presence.ts";
import { linkPrograms } from "./programs.ts";
import { say } from "./progress.ts";
import { registryAddress } from "./registry.ts";
import { startLab, startLock } from "./start.ts";
import { everyTool, labTools } from "./tool-list.ts";
import { makeTools } from "./tools.ts";

const commands = {
  up: async () => {
    const lab = await startLab({ standing: true, bare: argv[3] === "--bare" });
    stdout.write(describe(lab));
    await lab.close();
  },
  down: async () => {
    await withLock(startLock, "starts or ends this checkout's lab", async () => {
      await endDaemons();
      await removeOrphans();
    });
    say("the lab is down; its caches stay");
  },
  status: async () => {
    await makeTools(labTools);
    const found = await findLab(linkPrograms().buildctl);
    if (found === undefined) process.exitCode = 1;
    const where = `registry ${registryAddress()}, BUILDKIT_HOST ${buildkitHost}`;
    stdout.write(found === undefined ? "down\n" : `up (${found.kind}): ${where}\n`);
  },
  tools: async () => {
    await installPackages();
    await makeTools(everyTool);
    for (const path of Object.values(linkPrograms())) stdout.write(`${path}\n`);
  },
  prune: async () => {
    await withLock(startLock, "starts or ends this checkout's lab", async () => {
      await endDaemons();
      await removeOrphans();
      // All but the lock itself: others may be waiting for it.
      const names = readdirSync(stateDirectory).filter((name) => name !== basename(startLock));
      for (const name of names) rmSync(inState(name), { recursive: true, force: true });
    });
    say(`${stateDirectory} is empty; tools and root file systems stay cached`);
  },
} satisfies Record<string, () => Promise<void>>;

function describe(lab: Lab): string {
  const settings = Object.entries(lab.environment).map(([name, value]) => `export ${name}=${value}`);
  const images = Object.entries(lab.images).map(([name, reference]) => `# ${name.padEnd(20)} ${reference}`);
  return `${["# the lab is up; to use it from a shell:", ...settings, `# registry ${lab.registry}`, ...images].join("\n")}\n`;
}

const command = Object.entries(commands).find(([name]) => name === argv[2])?.[1];
if (command === undefined) {
  process.stderr.write(`usage: node test/lab/main.ts ${Object.keys(commands).join("|")}\n`);
  process.exitCode = 2;
} else {
  await command().catch((error: unknown) => {
    // A tool's failure tells itself; anything else is a fault of the lab and keeps its stack.
    if (!(error instanceof ExecaError)) throw error;
    say(error.message);
    process.exitCode = 1;
  });
}
