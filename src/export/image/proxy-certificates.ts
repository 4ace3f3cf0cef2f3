import { closeSync, constants, existsSync, openSync, writeFileSync } from "node:fs";
import { diagnose } from "../../diagnostics/diagnose.ts";
import type { Report } from "../../diagnostics/diagnostic.ts";
import { type ByteString, bytesOf, textOf } from "../../layer/byte-string.ts";
import { below } from "../../layer/walk.ts";
import { contentUpTo } from "../content-up-to.ts";
import { isFileFault } from "../file-fault.ts";
import { limits } from "../limits.ts";
import type { LayerPlan } from "./image-layers.ts";

/** File in the directory of layers that says that the build phase ran with BuildKit's proxy; it goes into no layer. */
const noteName = ".cnb-dockerfile-proxy-network";

/** Says it, for `reportProxyCertificates`. */
export function noteProxyNetwork(layersDirectory: ByteString): void {
  writeFileSync(bytesOf(`${layersDirectory}/${noteName}`), "");
}

/**
 * A name of BuildKit's CA as it stands in each certificate of it, and in each that it signed: the attribute `commonName` in DER, which the
 * stores of Java hold as it is, as long as they are not encrypted. Source: BuildKit, util/network/proxyprovider, `newCA`; X.509.
 */
const commonName = Buffer.concat([
  Buffer.from([0x06, 0x03, 0x55, 0x04, 0x03, 0x13, 0x13]),
  Buffer.from("BuildKit exec proxy"),
]);
const pemStart = Buffer.from("-----BEGIN ");

/** Files that are told of; more are not. */
const maxTold = 10;

/**
 * Warns of files in the image's own layers that hold a certificate of BuildKit's proxy: buildpacks copy what they are shown. Looks at
 * nothing if the build had no such proxy, and neither at layers that are taken from an earlier image.
 */
export function reportProxyCertificates(
  { root, layersDirectory }: { readonly root: ByteString; readonly layersDirectory: ByteString },
  plans: readonly LayerPlan[],
  report: Report,
): void {
  if (!existsSync(bytesOf(below(root, `${layersDirectory}/${noteName}`)))) return;
  let bytesLeft = limits.lookedThroughBytes;
  let told = 0;
  for (const { layer, entries } of plans) {
    if (layer.source.stage === "previous" || layer.source.stage === "cached") continue;
    for (const { path, name, stats } of entries()) {
      if (!stats.isFile() || stats.size < commonName.length || stats.size > limits.certificatesBytes)
        continue;
      bytesLeft -= stats.size;
      if (bytesLeft < 0 || told === maxTold) return;
      if (!holdsCertificate(path, stats.size)) continue;
      told += 1;
      const shown = layer.kind === "launch" ? `${layer.id}:${layer.name}` : layer.kind;
      report(diagnose("export/proxy-certificate", { layer: shown, path: textOf(name) }));
    }
  }
}

function holdsCertificate(path: ByteString, sizeBytes: number): boolean {
  let content: Buffer;
  try {
    content = contentOf(path, sizeBytes);
  } catch (error) {
    // Whoever makes the layer says so.
    if (isFileFault(error)) return false;
    throw error;
  }
  return content.includes(commonName) || derBlocks(content).some((der) => der.includes(commonName));
}

function contentOf(path: ByteString, sizeBytes: number): Buffer {
  const file = openSync(bytesOf(path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return contentUpTo(file, sizeBytes);
  } finally {
    closeSync(file);
  }
}

/** What a file's blocks in PEM form hold. */
function derBlocks(content: Buffer): Buffer[] {
  if (!content.includes(pemStart)) return [];
  const blocks = content
    .toString("latin1")
    .matchAll(/-----BEGIN [A-Z0-9 ]+-----([A-Za-z0-9+/=\s]+)-----END /g);
  return Array.from(blocks, ([, base64 = ""]) => Buffer.from(base64, "base64"));
}
