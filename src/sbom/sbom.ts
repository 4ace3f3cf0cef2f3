import * as v from "valibot";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";
import { type CyclonedxDocument, cyclonedxSchema } from "./cyclonedx/cyclonedx.ts";
import { isDeeperThan } from "./is-deeper-than.ts";
import { type SpdxDocument, spdxSchema } from "./spdx/spdx.ts";
import { type SyftDocument, syftSchema } from "./syft/syft.ts";

export type SpdxSbom = { readonly kind: "spdx"; readonly document: SpdxDocument };
export type CyclonedxSbom = { readonly kind: "cyclonedx"; readonly document: CyclonedxDocument };
export type SyftSbom = { readonly kind: "syft"; readonly document: SyftDocument };

/** A bill of materials: SPDX 2, CycloneDX or Syft's own format, always as JSON. */
export type Sbom = SpdxSbom | CyclonedxSbom | SyftSbom;
export type SbomKind = Sbom["kind"];

/** A file as it was found. */
export interface SbomFile {
  /** Below the directory that is looked at: `acme_npm/node_modules/sbom.cdx.json`. */
  readonly path: string;
  readonly text: string;
}

/** Reads a file that has to be right. Throws CompileError `sbom/unreadable`. */
export function readSbom<Kind extends SbomKind>(
  kind: Kind,
  { path, text }: SbomFile,
): Extract<Sbom, { readonly kind: Kind }>;
export function readSbom(kind: SbomKind, { path, text }: SbomFile): Sbom {
  const sbom = parseSbom(kind, text);
  if (typeof sbom !== "string") return sbom;
  throw new CompileError([diagnose("sbom/unreadable", { path, reason: sbom }, { file: path })]);
}

/** Checks a text. Out: the bill of materials, or why it is none. */
export function parseSbom(kind: SbomKind, text: string): Sbom | string {
  if (text.trim() === "") return "it is empty";
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  if (isDeeperThan(maxDepth, value)) return `it is nested deeper than ${maxDepth} levels`;
  // The value as it was, not valibot's copy: keys stay in their order.
  switch (kind) {
    case "spdx":
      return v.is(spdxSchema, value) ? { kind, document: value } : firstIssue(spdxSchema, value);
    case "cyclonedx":
      return v.is(cyclonedxSchema, value) ? { kind, document: value } : firstIssue(cyclonedxSchema, value);
    case "syft":
      return v.is(syftSchema, value) ? { kind, document: value } : firstIssue(syftSchema, value);
  }
}

/** No format needs more; JSON that is deeper than this by thousands would exhaust the stack. */
const maxDepth = 200;

/** `packages.3.name: Invalid key: Expected "name" but received undefined`. */
function firstIssue(schema: v.GenericSchema, value: unknown): string {
  const { issues: [issue] = [] } = v.safeParse(schema, value, { abortEarly: true });
  if (issue === undefined) throw new Error("the schema finds nothing wrong any more");
  const keyPath = v.getDotPath(issue);
  return keyPath === null ? issue.message : `${keyPath}: ${issue.message}`;
}

/** As a file: one line of JSON, for these files are large and sent about. */
export function sbomText({ document }: Sbom): string {
  return `${JSON.stringify(document)}\n`;
}
