import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** An image of a tool whose program is a shell script. Out: its root. */
export function scriptedTool(directory: string, name: string, script: string): string {
  const image = join(directory, name);
  mkdirSync(image, { recursive: true });
  writeFileSync(join(image, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(image, name), 0o755);
  return image;
}
