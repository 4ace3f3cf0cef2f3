import { nothingPassed, type OverviewDetection, type TriedModule } from "./detection.ts";
import { alikeBut, type Row, type Section } from "./section.ts";

const cutRow: Row = ["log", "the middle is left out, it was too long; groups may be missing below"];

/** Characters that are shown of a line. */
const maxWidth = 500;

/** Lines that are shown of what one buildpack said. */
const maxSaid = 20;

/** One section where all platforms found the same, and one for each group that was tried and did not pass. */
export function detectionSections(detections: readonly OverviewDetection[]): Section[] {
  return alikeBut(detections, ({ platform: _, log: __, ...found }) => found).flatMap(({ first, alike }) => {
    const of = alike.map(({ platform }) => platform).join(", ");
    const { passed, buildpacks, extensions, runImage, dockerfiles, tried, log, exitCode } = first;
    const names = (members: typeof buildpacks) =>
      members.map(({ id, version }) => `${id}@${version}`).join(", ");
    const rows: Row[] = passed
      ? [
          ["buildpacks", names(buildpacks)],
          ...(extensions.length === 0 ? [] : [["image extensions", names(extensions)] as const]),
          ...(runImage === undefined ? [] : [["run image", runImage] as const]),
        ]
      : [["failed", `the detector ended with exit code ${exitCode}`]];
    return [
      { title: `Detection on ${of}`, rows: [...rows, ...(first.isLogCut ? [cutRow] : [])] },
      ...tried.map((group, index) => ({
        title: `Tried group ${index + 1} on ${of}`,
        rows: group.flatMap(triedRows),
      })),
      ...(passed || (tried.length > 0 && nothingPassed.includes(exitCode))
        ? []
        : [{ title: `Log on ${of}`, rows: linesOf("detector", log) }]),
      ...dockerfiles.map(({ id, version, kind, text }) => ({
        title: `${kind}.Dockerfile of ${id}@${version} on ${of}`,
        rows: text
          .trimEnd()
          .split("\n")
          .map((line): Row => ["", line]),
      })),
    ];
  });
}

function triedRows({ name, result, exitCode, reasons, said = "" }: TriedModule): Row[] {
  const why = [...(exitCode === undefined ? [] : [`exit code ${exitCode}`]), ...reasons].join(", ");
  // What one that takes part says is noise here, but for why it does not after all.
  const shown = result === "pass" && reasons.length === 0 ? [] : linesOf(name, said);
  return [
    [name, why === "" ? result : `${result}: ${why}`],
    ...shown.map(([label, line]): Row => [label, `  ${line}`]),
  ];
}

/** The last lines of a text. */
function linesOf(label: string, text: string): Row[] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const last = lines.slice(-maxSaid);
  return [...(last.length < lines.length ? ["…"] : []), ...last].map((line): Row => [label, shortened(line)]);
}

function shortened(line: string): string {
  return line.length <= maxWidth ? line : `${line.slice(0, maxWidth)}…`;
}
