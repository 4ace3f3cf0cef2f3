import { isHelperImagePublished } from "../../build/helper-image/find-helper-image.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import type { Report } from "../../diagnostics/diagnostic.ts";

/** Warns where a file names the helper image of this version, as nobody named another, and no registry has that. */
export function reportUnpublished(image: string, report: Report): void {
  if (isHelperImagePublished()) return;
  report(diagnose("cli/helper-image-unpublished", { image }, { file: "--image" }));
}
