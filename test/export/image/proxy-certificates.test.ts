import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import type { LayerPlan } from "../../../src/export/image/image-layers.ts";
import { noteProxyNetwork, reportProxyCertificates } from "../../../src/export/image/proxy-certificates.ts";
import { byteStringOf } from "../../../src/layer/byte-string.ts";
import { walkTree } from "../../../src/layer/walk.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { writeTree } from "../trees.ts";

/** A certificate's bytes, as far as they count: the name as Go's x509 writes it. The real one is in test/e2e/registry. */
const der = Buffer.concat([
  Buffer.alloc(80, 1),
  Buffer.from("06035504031313", "hex"),
  Buffer.from("BuildKit exec proxy"),
  Buffer.alloc(400, 2),
]);
const pem = (bytes: Buffer) =>
  `-----BEGIN CERTIFICATE-----\n${(bytes.toString("base64").match(/.{1,64}/g) ?? []).join("\n")}\n-----END CERTIFICATE-----\n`;
const other = pem(Buffer.alloc(500, 3));

/** Paths that are warned of. In: files of a buildpack's layer; whether the build phase had a proxy network. */
function warned(
  files: Readonly<Record<string, string | Buffer>>,
  isNoted = true,
  stage: "build" | "restored" = "build",
): string[] {
  const root = temporaryDirectory();
  const place = "layers/acme/conf";
  writeTree(
    root,
    Object.fromEntries(Object.entries(files).map(([name, text]) => [`${place}/${name}`, text])),
  );
  if (isNoted) noteProxyNetwork(byteStringOf(join(root, "layers")));
  const found: Diagnostic[] = [];
  const plan = (source: LayerPlan["layer"]["source"]): LayerPlan => ({
    layer: {
      ...{ kind: "launch", id: "acme", name: "conf", paths: [`/${place}`], destination: `/${place}` },
      ...{ source, slot: "launch-1", user: { uid: 0, gid: 0 }, history: "" },
    },
    entries: () => walkTree(byteStringOf(join(root, place)), `/${place}`),
  });
  const plans = [plan({ stage, path: `/${place}` }), plan({ stage: "previous", path: `/${place}` })];
  const request = { root: byteStringOf(root), layersDirectory: "/layers" };
  reportProxyCertificates(request, plans, (diagnostic) => found.push(diagnostic));
  return found.map(({ code, message }) => `${code} ${message.split(". ", 1)[0]}`);
}

describe("reportProxyCertificates", () => {
  const message = (name: string) =>
    `export/proxy-certificate The layer acme:conf contains a certificate of BuildKit's proxy: /layers/acme/conf/${name}`;

  it.each([
    ["a bundle", `${other}# text\n${pem(der)}${other}`],
    ["a bundle with Windows line endings", `${other}${pem(der)}`.replaceAll("\n", "\r\n")],
    ["a certificate alone", der],
    ["a trust store of Java", Buffer.concat([Buffer.from("feedfeed", "hex"), Buffer.alloc(3000, 4), der])],
  ])("finds it in %s", (_, content) => {
    expect(warned({ "etc/file": content })).toEqual([message("etc/file")]);
  });

  it.each([
    ["other certificates", other],
    ["a text that names it", "BuildKit exec proxy\n"],
    ["an empty file", ""],
  ])("finds nothing in %s", (_, content) => {
    expect(warned({ file: content })).toEqual([]);
  });

  it("finds it in a layer that no buildpack has changed since it was restored", () => {
    expect(warned({ file: der }, true, "restored")).toEqual([message("file")]);
  });

  it("looks at nothing where the build phase had no proxy network", () => {
    expect(warned({ file: der }, false)).toEqual([]);
  });

  it("tells of ten files at most", () => {
    const files = Object.fromEntries(Array.from({ length: 12 }, (_, number) => [`${number}`, der]));
    expect(warned(files)).toHaveLength(10);
  });
});
