import { building, type OptionRow } from "../option.ts";

/** Where the result of a build goes, and what is told of it. */
export const resultOptions = {
  tag: {
    flag: "-t, --tag <name>",
    containerVariable: "CNB_TAG",
    form: "list",
    text: "name of the image (default: that of the directory or repository); can be repeated",
    doors: [...building, "container"],
  },
  push: {
    flag: "--push",
    form: "switch",
    text: "push the image to the registries of its names",
    doors: building,
  },
  load: { flag: "--load", form: "switch", text: "load the image into docker", doors: building },
  outputs: {
    flag: "-o, --output <spec>",
    form: "list",
    text: "type=image|registry|docker|oci|tar|local,dest=…; can be repeated",
    doors: building,
  },
  artifacts: {
    flag: "--artifacts [directory]",
    form: "text",
    text: "also write what is in the image and what is wrong with that: sbom.json, vuln.json (default: artifacts)",
    doors: building,
  },
  metadataFile: {
    flag: "--metadata-file <file>",
    form: "text",
    text: "write BuildKit's answer there, as JSON",
    doors: building,
  },
  iidfile: {
    flag: "--iidfile <file>",
    form: "text",
    text: "write the image's id there",
    doors: building,
  },
  attest: {
    flag: "--attest <spec>",
    form: "list",
    text: "attestation, as type=provenance,mode=max; can be repeated",
    doors: building,
  },
  sbom: {
    flag: "--sbom <spec>",
    form: "text",
    text: "the same as --attest=type=sbom,…",
    doors: building,
  },
  sbomAttestations: {
    flag: "--no-sbom-attestations",
    argument: "CNB_SBOM_ATTESTATIONS",
    form: "switch",
    text: "do not attach what the buildpacks say of the image",
    argumentText: "false: do not attach what the buildpacks say of the image",
    doors: [...building, "frontend"],
  },
  provenance: {
    flag: "--provenance <spec>",
    form: "text",
    text: "the same as --attest=type=provenance,…",
    doors: building,
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
