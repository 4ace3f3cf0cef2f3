import { present } from "../present.ts";
import type { CatalogEntry } from "./catalog/entry.ts";
import { catalog, type DiagnosticCode } from "./catalog.ts";
import type { Diagnostic, SourceLocation } from "./diagnostic.ts";
import { documentationUrl, homepage } from "./documentation.ts";

export interface SarifOptions {
  /** Our own version. */
  readonly version: string;
  /** Path of a location's file from the directory that the scan is of, with `/`; undefined: it is no file. */
  readonly pathOf: (file: string) => string | undefined;
  /** Path of the file that a finding without a file is shown at; readers such as GitHub's refuse one that has none. */
  readonly fallbackPath: string;
  /** Whether everything could be looked at. */
  readonly completed: boolean;
}

/**
 * Diagnostics as a log that code scanners' users upload. Out: JSON text, ending in a newline.
 * Source: SARIF 2.1.0, OASIS.
 */
export function formatSarif(diagnostics: readonly Diagnostic[], options: SarifOptions): string {
  const codes = [...new Set(diagnostics.map(({ code }) => code))];
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "cnb-dockerfile",
            version: options.version,
            informationUri: homepage,
            rules: codes.map(rule),
          },
        },
        invocations: [{ executionSuccessful: options.completed }],
        columnKind: "utf16CodeUnits",
        results: diagnostics.map((diagnostic) => ({
          ruleId: diagnostic.code,
          ruleIndex: codes.indexOf(diagnostic.code),
          level: diagnostic.severity,
          message: { text: messageOf(diagnostic) },
          locations: [location(diagnostic.location, options)],
        })),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function messageOf({ message, hint, mend }: Diagnostic): string {
  return [message, ...(hint === undefined ? [] : [hint]), ...(mend?.lines ?? [])].join("\n");
}

function rule(code: DiagnosticCode) {
  const { severity, summary }: CatalogEntry<never> = catalog[code];
  return {
    id: code,
    shortDescription: { text: summary },
    helpUri: documentationUrl(code),
    defaultConfiguration: { level: severity },
  };
}

function location(place: SourceLocation | undefined, { pathOf, fallbackPath }: SarifOptions) {
  const path = place && pathOf(place.file);
  const region =
    place?.line === undefined
      ? {}
      : {
          region: {
            startLine: place.line,
            ...present({ startColumn: place.column }),
          },
        };
  // What is no file, a flag or an image, is at least named.
  const name = place?.keyPath ?? (path === undefined ? place?.file : undefined);
  return {
    physicalLocation: {
      artifactLocation: { uri: encodeURI(path ?? fallbackPath), uriBaseId: "%SRCROOT%" },
      ...(path === undefined ? {} : region),
    },
    ...(name === undefined ? {} : { logicalLocations: [{ fullyQualifiedName: name }] }),
  };
}
