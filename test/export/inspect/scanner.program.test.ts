import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import { type ScannerRequest, writeScans } from "../../../src/export/inspect/scanner.ts";
import { limits } from "../../../src/export/limits.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { codesOf, faultsOf } from "../../helpers/errors.ts";
import { recordedSbom } from "../../helpers/sboms.ts";
import { writeTree } from "../trees.ts";
import { scriptedTool } from "./scripted-tool.ts";

const program = join(import.meta.dirname, "../../../dist/export.mjs");

let directory: string;
let request: ScannerRequest;
beforeEach(() => {
  directory = temporaryDirectory();
  writeTree(directory, {
    "core/sbom/app": "1",
    "found/spdx.json": recordedSbom("spdx-2.3"),
    "found/cdx.json": recordedSbom("cyclonedx-1.6"),
  });
  request = {
    rootfs: join(directory, "core/sbom"),
    to: join(directory, "out"),
    syft: fakeSyft(""),
  };
});

/** Finds what was recorded, and does `more` with the SPDX file `$1`. */
function fakeSyft(more: string): string {
  const found = join(directory, "found");
  return scriptedTool(
    directory,
    "syft",
    `for word; do case "$word" in
spdx-json@2.3=*) cp '${found}/spdx.json' "\${word#*=}"; set -- "\${word#*=}"; ${more} ;;
cyclonedx-json@1.6=*) cp '${found}/cdx.json' "\${word#*=}" ;;
esac; done`,
  );
}

function scan(more: Partial<ScannerRequest> = {}): { lines: string[]; warnings: Diagnostic[] } {
  const lines: string[] = [];
  const warnings: Diagnostic[] = [];
  writeScans(
    { ...request, ...more },
    (line) => void lines.push(line),
    (warning) => void warnings.push(warning),
  );
  return { lines, warnings };
}

const written = () => readdirSync(request.to).sort();
const statement = (name: string) => JSON.parse(readFileSync(join(request.to, name), "utf8"));

describe("the scanner", () => {
  it("writes what Syft finds as an in-toto statement without subjects", () => {
    expect(scan().lines).toEqual(["sbom: 3 packages; from the buildpacks' SBOMs: 0"]);
    expect(written()).toEqual(["sbom.spdx.json"]);
    const { predicate, ...rest } = statement("sbom.spdx.json");
    expect(rest).toEqual({
      _type: "https://in-toto.io/Statement/v0.1",
      predicateType: "https://spdx.dev/Document",
      subject: [],
    });
    const { packages } = JSON.parse(recordedSbom("spdx-2.3"));
    expect(predicate.packages).toEqual(packages);
    expect(predicate.creationInfo.created).toBe("1980-01-01T00:00:01Z");
  });

  it("writes what buildpacks say as another", () => {
    writeTree(request.rootfs, {
      "layers/sbom/launch/acme_npm/sbom.cdx.json": recordedSbom("cyclonedx-1.6"),
      "layers/sbom/launch/acme_npm/broken/sbom.cdx.json": "{",
    });
    const { lines, warnings } = scan();
    expect(lines).toEqual(["sbom: 3 packages; from the buildpacks' SBOMs: 3"]);
    expect(warnings.map(({ code }) => code)).toEqual(["sbom/left-out"]);
    expect(written()).toEqual(["buildpacks-sbom.spdx.json", "sbom.spdx.json"]);
    const { predicateType, predicate } = statement("buildpacks-sbom.spdx.json");
    expect(predicateType).toBe("https://spdx.dev/Document");
    expect(predicate.packages.length).toBeGreaterThan(2);
  });

  it("writes the same bytes each time", () => {
    writeTree(request.rootfs, {
      "layers/sbom/launch/acme_npm/sbom.cdx.json": recordedSbom("cyclonedx-1.6"),
    });
    scan();
    const read = () => written().map((name) => readFileSync(join(request.to, name), "utf8"));
    const first = read();
    // Another run of Syft is told from this one by these alone.
    const later = JSON.parse(recordedSbom("spdx-2.3"));
    later.documentNamespace = "https://syft.example/other";
    later.creationInfo.created = "2026-11-22T00:00:00Z";
    writeFileSync(join(directory, "found/spdx.json"), JSON.stringify(later));
    scan();
    expect(read()).toEqual(first);
  });

  it("looks into extras as well, each under its own name", () => {
    const extras = join(directory, "extras");
    writeTree(extras, {
      "sbom-buildpacks/app": "1",
      "sbom-build/layers/sbom/launch/acme_npm/sbom.cdx.json": recordedSbom("cyclonedx-1.6"),
      file: "",
    });
    writeTree(request.rootfs, {
      "layers/sbom/launch/acme_npm/sbom.cdx.json": recordedSbom("cyclonedx-1.6"),
    });
    scan({ extras });
    expect(written()).toEqual([
      "buildpacks-sbom-build.spdx.json",
      "buildpacks-sbom.spdx.json",
      "sbom-build.spdx.json",
      "sbom-buildpacks.spdx.json",
      "sbom.spdx.json",
    ]);
  });

  it("takes a directory of extras that is not there for none", () => {
    scan({ extras: join(directory, "none") });
    expect(written()).toEqual(["sbom.spdx.json"]);
  });

  it("refuses to write more than BuildKit reads, and says how much it is", () => {
    const padding = `{ head -c -2 "$1"; printf ',"comment":"'; head -c ${limits.statementBytes} /dev/zero | tr '\\0' x; printf '"}'; } > "$1.new"; mv "$1.new" "$1"`;
    writeFileSync(join(directory, "found/spdx.json"), `${JSON.stringify({ spdxVersion: "SPDX-2.3" })}\n`);
    const faults = faultsOf(() => scan({ syft: fakeSyft(padding) }));
    expect(faults).toMatchObject([{ code: "export/scan-too-large" }]);
    expect(faults[0]?.message).toMatch(
      /out\/sbom\.spdx\.json would have 80\.\d MiB, but BuildKit accepts at most 80\.0/,
    );
    expect(written()).toEqual([]);
  });

  it("names the root file system that is not there, and Syft if that fails", () => {
    const rootfs = join(directory, "none");
    expect(() => scan({ rootfs })).toThrow(/ENOENT.*none/);
    expect(codesOf(() => scan({ syft: scriptedTool(directory, "failing", "exit 1") }))).toEqual([
      "export/no-tool",
    ]);
    expect(codesOf(() => scan({ syft: scriptedTool(directory, "syft", "exit 1") }))).toEqual([
      "export/tool-failed",
    ]);
  });

  it("says where it cannot write", () => {
    writeFileSync(join(directory, "file"), "");
    expect(codesOf(() => scan({ to: join(directory, "file") }))).toEqual(["export/unwritable"]);
    mkdirSync(join(request.to, "sbom.spdx.json"), { recursive: true });
    expect(codesOf(() => scan())).toEqual(["export/unwritable"]);
  });
});

describe("the program, called as a scanner,", () => {
  const call = (env: Readonly<Record<string, string>>) => {
    const words = [program, "scanner", `--syft=${request.syft}`];
    const { status, stdout, stderr } = spawnSync(process.execPath, words, {
      encoding: "utf8",
      env: { PATH: process.env.PATH, ...env },
    });
    return { status, stdout, stderr };
  };

  it("does what BuildKit's variables say", () => {
    const { status, stdout } = call({
      BUILDKIT_SCAN_SOURCE: request.rootfs,
      BUILDKIT_SCAN_DESTINATION: `${request.to}/`,
      BUILDKIT_SCAN_SOURCE_EXTRAS: "",
    });
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: "sbom: 3 packages; from the buildpacks' SBOMs: 0\n",
    });
    expect(written()).toEqual(["sbom.spdx.json"]);
  });

  it("names a variable that is missing", () => {
    const { status, stderr } = call({ BUILDKIT_SCAN_SOURCE: request.rootfs });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error\[export\/no-scan-request\]: BUILDKIT_SCAN_DESTINATION is not set/);
    expect(call({ BUILDKIT_SCAN_DESTINATION: request.to }).stderr).toContain("BUILDKIT_SCAN_SOURCE is not");
  });
});
