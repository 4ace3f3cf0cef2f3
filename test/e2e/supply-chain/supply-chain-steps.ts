import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Lab } from "../../lab/lab.ts";
import { makeSupplyChainImages } from "../../lab/supply-chain-images.ts";
import { type Advisory, makeDatabase } from "../../lab/vulnerability-database.ts";

/** Of Debian 12, which the lab's run image is. */
export const bash: Advisory = {
  ...{ id: "CVE-2026-1001", severity: "high", ecosystem: "deb", package: "bash" },
  ...{ release: "12", constraint: "", fixedIn: "" },
};

/** Of a package that the lab's Node buildpack brings along, and so does the buildpack `npm` of sbom-buildpacks.ts. */
export const npm: Advisory = {
  ...{ id: "GHSA-aaaa-bbbb-cccc", severity: "critical", ecosystem: "npm", package: "npm" },
  ...{ release: "", constraint: "<99.0.0", fixedIn: "99.0.0" },
};

/** Tools of the lab in place of those of public registries, and a place for results. */
export interface SupplyChain {
  readonly syft: string;
  readonly grype: string;
  /** With a database that knows `bash` and `npm`. */
  readonly database: string;
  /** A new directory. */
  readonly place: (name: string) => string;
  readonly remove: () => void;
}

export async function startSupplyChain(lab: Lab, advisories: readonly Advisory[]): Promise<SupplyChain> {
  const parent = mkdtempSync(join(tmpdir(), "cnb-dockerfile-supply-chain-"));
  const database = join(parent, "database");
  mkdirSync(database);
  await makeDatabase(database, advisories);
  return {
    ...(await makeSupplyChainImages(lab)),
    database,
    place: (name) => mkdtempSync(join(parent, `${name}-`)),
    remove: () => rmSync(parent, { recursive: true, force: true }),
  };
}

export function readText(...path: readonly string[]): string {
  return readFileSync(join(...path), "utf8");
}

/** Files below a directory, with their content. */
export function filesBelow(directory: string): Record<string, string> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((one) =>
    one.isFile(),
  );
  return Object.fromEntries(
    entries.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.slice(directory.length), readFileSync(path, "utf8")];
    }),
  );
}
