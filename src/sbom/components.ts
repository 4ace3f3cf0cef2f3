import type { Component } from "./component.ts";
import { cyclonedxComponents } from "./cyclonedx/cyclonedx-components.ts";
import type { Sbom } from "./sbom.ts";
import { spdxComponents } from "./spdx/spdx-components.ts";
import { syftComponents } from "./syft/syft-components.ts";

/** All components that a document names, nested ones and what the document is about included. */
export function componentsOf(sbom: Sbom): Component[] {
  switch (sbom.kind) {
    case "spdx":
      return spdxComponents(sbom.document);
    case "cyclonedx":
      return cyclonedxComponents(sbom.document);
    case "syft":
      return syftComponents(sbom.document);
  }
}

/** What other formats take over of a document: all but files, which they have other places for, or none. */
export function carriedComponents(sbom: Sbom): Component[] {
  return componentsOf(sbom).filter(({ type }) => type !== "file");
}

/** What a scan is of, and what holds packages, is none itself. */
const noPackages = ["file", "container", "operating-system"];

/** How many packages a document names. */
export function packageCount(sbom: Sbom): number {
  return componentsOf(sbom).filter(({ type }) => !noPackages.includes(type)).length;
}
