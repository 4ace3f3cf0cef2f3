import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pid } from "node:process";
import { execa } from "execa";
import type { ImageRuntime } from "./bundle.ts";
import { exists } from "./cached-file.ts";
import { unpackedImages } from "./container-files.ts";

export interface UnpackedImage {
  /** Absolute; shared by all containers of the image, so never to be written to. */
  readonly rootfs: string;
  readonly runtime: ImageRuntime;
}

/**
 * Pulls one platform of an image from a registry and unpacks it with its owners and modes, once for each digest.
 * Throws when the reference or the platform is not there.
 */
export async function unpackedImage(
  crane: string,
  reference: string,
  platform: string,
): Promise<UnpackedImage> {
  const { stdout: digest } = await execa(crane, ["digest", "--platform", platform, reference]);
  const exact = `${reference.replace(/@.*$|:[^:/]*$/, "")}@${digest}`;
  const { stdout: config } = await execa(crane, ["config", exact]);
  const parsed = JSON.parse(config) as { readonly config?: ImageRuntime };
  const rootfs = join(unpackedImages, digest.replace(":", "-"));
  if (!(await exists(rootfs))) await unpack(crane, exact, rootfs);
  return { rootfs, runtime: parsed.config ?? {} };
}

let serial = 0;

async function unpack(crane: string, reference: string, target: string): Promise<void> {
  const unfinished = `${target}.${pid}.${serial++}.tmp`;
  await mkdir(unfinished, { recursive: true });
  const tar = [
    "--extract",
    "--numeric-owner",
    "--same-owner",
    "--same-permissions",
    // A file's capabilities.
    "--xattrs",
    "--xattrs-include=security.capability",
    "--directory",
    unfinished,
  ];
  await execa(crane, ["export", reference, "-"], { buffer: false }).pipe("tar", tar);
  // Another process may have been faster with the same image; its tree is as good.
  await rename(unfinished, target).catch(() => rm(unfinished, { recursive: true, force: true }));
}
