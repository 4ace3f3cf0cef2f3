import { copyFileSync, cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

const checkout = join(import.meta.dirname, "..", "..");

/** The bundled program and its Node.js. */
export interface InstalledProgram {
  readonly node: string;
  readonly program: string;
}

/**
 * Installs them for every user of the machine: a checkout in root's home can be entered by root alone. In: a directory that
 * everybody may enter. Our own image stays behind.
 */
export function installProgram(directory: string): InstalledProgram {
  const image = join(checkout, "dist", "image");
  mkdirSync(directory, { recursive: true });
  cpSync(join(checkout, "dist"), join(directory, "dist"), {
    recursive: true,
    filter: (path) => !path.startsWith(image),
  });
  copyFileSync(join(checkout, "package.json"), join(directory, "package.json"));
  const node = join(directory, "node");
  copyFileSync(process.execPath, node);
  return { node, program: join(directory, "dist", "main.js") };
}
