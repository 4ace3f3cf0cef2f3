import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import { execa } from "execa";
import * as v from "valibot";
import { spdxValidator } from "../lab/spdx-tools.ts";

/**
 * What the SPDX project's own library finds wrong with a document: shapes, ids, licence expressions, relationships.
 * Source: spdx-tools for Python, which the lab installs.
 */
export async function faultsOfSpdx(document: unknown): Promise<string[]> {
  const { command, env } = await spdxValidator();
  const [program, ...args] = command;
  const { stdout } = await execa(program, args, { input: JSON.stringify(document), env });
  return v.parse(v.array(v.string()), JSON.parse(stdout));
}

/** The official schemas, as the CycloneDX project's own library carries them. */
const schemaDirectory = join(
  dirname(createRequire(import.meta.url).resolve("@cyclonedx/cyclonedx-library/package.json")),
  "res/schema",
);

const validators = new Map<string, ValidateFunction>();

/**
 * What the official schema of the document's version finds wrong with it, and names that stand twice in it or for nothing,
 * of which no schema knows.
 */
export function faultsOfCyclonedx(document: unknown): string[] {
  const { specVersion } = v.parse(v.object({ specVersion: v.string() }), document);
  const validate = validators.get(specVersion) ?? cyclonedxValidator(specVersion);
  validators.set(specVersion, validate);
  validate(document);
  const faults = (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`);
  return [...faults, ...faultsOfRefs(document)];
}

function cyclonedxValidator(specVersion: string): ValidateFunction {
  const ajv = new Ajv({
    strict: false,
    formats: {
      "date-time": (text: string) => !Number.isNaN(Date.parse(text)),
      date: (text: string) => !Number.isNaN(Date.parse(text)),
      "iri-reference": (text: string) => URL.canParse(text, "https://registry.example"),
      "idn-email": /@/,
      uri: (text: string) => URL.canParse(text),
    },
  });
  for (const name of ["spdx", "jsf-0.82", "cryptography-defs"]) {
    ajv.addSchema(schemaOf(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);
  }
  return ajv.compile(schemaOf(`bom-${specVersion}`));
}

function schemaOf(name: string): object {
  return JSON.parse(readFileSync(join(schemaDirectory, `${name}.SNAPSHOT.schema.json`), "utf8"));
}

/** Names of a BOM have to be there once, and dependencies lead to them. Source: CycloneDX, refType and refLinkType. */
function faultsOfRefs(document: unknown): string[] {
  const refs: string[] = [];
  JSON.stringify(document, (key, value: unknown) => {
    if (key === "bom-ref" && typeof value === "string") refs.push(value);
    return value;
  });
  const known = new Set(refs);
  const { dependencies = [] } = v.parse(
    v.object({
      dependencies: v.optional(
        v.array(v.object({ ref: v.string(), dependsOn: v.optional(v.array(v.string())) })),
      ),
    }),
    document,
  );
  const used = dependencies.flatMap(({ ref, dependsOn = [] }) => [ref, ...dependsOn]);
  return [
    ...refs.filter((ref, index) => refs.indexOf(ref) !== index).map((ref) => `${ref} stands twice`),
    ...used.filter((ref) => !known.has(ref)).map((ref) => `${ref} is nothing's name`),
  ];
}
