import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { execa, execaSync } from "execa";
import { exists } from "./cached-file.ts";
import { readJson, writeJson } from "./json-file.ts";
import { inState } from "./paths.ts";
import { isAlive, type ProcessId, thisProcess } from "./process.ts";

/** runc's own records; one per checkout. */
export const runcRoot = inState("containers/runc");
const bundles = inState("containers/bundles");
/** Unpacked images, by digest. */
export const unpackedImages = inState("containers/images");

/** Makes a container's directory with a root file system of its own over the shared one. Out: the directory. */
export async function layBundle(id: string, sharedRootfs: string): Promise<string> {
  const bundle = join(bundles, id);
  // It appears with its owner: one without would be taken for an orphan.
  const unfinished = inState("containers/unfinished", id);
  for (const name of ["upper", "work", "rootfs"]) mkdirSync(join(unfinished, name), { recursive: true });
  writeJson(join(unfinished, "owner.json"), thisProcess());
  mkdirSync(bundles, { recursive: true });
  renameSync(unfinished, bundle);
  const layers = `lowerdir=${sharedRootfs},upperdir=${join(bundle, "upper")},workdir=${join(bundle, "work")}`;
  await execa("mount", ["-t", "overlay", "overlay", "-o", layers, join(bundle, "rootfs")]);
  return bundle;
}

/** Ends the container if it runs and takes its files away; does nothing when that was done. */
export async function removeContainer(id: string): Promise<void> {
  if (!(await exists(join(bundles, id)))) return;
  await execa("runc", ["--root", runcRoot, "delete", "--force", id], { reject: false });
  await execa("umount", ["--lazy", join(bundles, id, "rootfs")], { reject: false });
  rmSync(join(bundles, id), { recursive: true, force: true });
}

/** Ends a container in the last moment of this process; the next start takes its files away. */
export function abandonContainer(id: string): void {
  execaSync("runc", ["--root", runcRoot, "delete", "--force", id], { reject: false });
}

/** Removes the containers of processes that are gone. */
export async function removeOrphans(): Promise<void> {
  mkdirSync(bundles, { recursive: true });
  for (const id of readdirSync(bundles)) {
    const owner = readJson<ProcessId>(join(bundles, id, "owner.json"));
    if (owner === undefined || !isAlive(owner)) await removeContainer(id);
  }
}

/** Unpacked images would pile up for ever; where a lab starts or ends nobody needs those that no container stands on. */
export function forgetUnpackedImages(): void {
  mkdirSync(bundles, { recursive: true });
  if (readdirSync(bundles).length === 0) rmSync(unpackedImages, { recursive: true, force: true });
}
