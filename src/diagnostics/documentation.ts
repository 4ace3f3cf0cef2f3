import type { DiagnosticCode } from "./catalog.ts";

/** Where the project is published; the pages of `docs/reference/diagnostics` below it are made from the catalogue. */
export const homepage = "https://github.com/cnb-dockerfile/cnb-dockerfile";

/** The section of the pages that explains a code. */
export function documentationUrl(code: DiagnosticCode): string {
  return `${homepage}/blob/main/docs/reference/diagnostics/${documentationPage(code)}`;
}

/** The same, seen from `docs/reference/diagnostics`: a page for each room, and an anchor as GitHub makes it of a heading. */
export function documentationPage(code: DiagnosticCode): string {
  const [room = ""] = code.split("/");
  return `${room}.md#${code.replace("/", "")}`;
}
