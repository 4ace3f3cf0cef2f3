import type { Component, Licence } from "../component.ts";
import type { SyftArtifact, SyftDocument } from "./syft.ts";

export function syftComponents({ artifacts }: SyftDocument): Component[] {
  return artifacts.map((one) => ({
    type: "library",
    name: one.name,
    ...(one.version === undefined || one.version === "" ? {} : { version: one.version }),
    ...(one.purl === undefined || one.purl === "" ? {} : { purl: one.purl }),
    cpes: (one.cpes ?? []).map((cpe) => (typeof cpe === "string" ? cpe : cpe.cpe)),
    licences: licencesOf(one),
    // Syft has digests of files, none of packages.
    hashes: [],
  }));
}

function licencesOf({ licenses }: SyftArtifact): Licence[] {
  return (licenses ?? []).flatMap((licence): Licence[] => {
    const name = typeof licence === "string" ? licence : licence.value;
    const expression = typeof licence === "string" ? undefined : licence.spdxExpression;
    if (expression !== undefined && expression !== "") return [{ kind: "expression", text: expression }];
    return name === "" ? [] : [{ kind: "name", text: name }];
  });
}
