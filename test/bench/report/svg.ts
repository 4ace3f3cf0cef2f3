import type { BenchReport, RowResult, SideResult } from "../results.ts";
import { seconds } from "./text.ts";

/** Bars of a row, from top to bottom. */
const bars = [
  { side: "buildx", title: "docker buildx build" },
  { side: "build", title: "cnb-dockerfile build" },
  { side: "dockerfile", title: "Dockerfile by hand" },
] as const;

const width = 1040;
const left = 400;
/** The numbers have a column of their own. */
const right = 140;
const barHeight = 10;
const barGap = 3;
const rowGap = 20;
const top = 104;
const bottom = 40;

/** Light by default, dark where the reader's system is; the ground is its own, so it reads on any page. */
const style = `
.ground{fill:#ffffff;stroke:#d1d9e0}.ink{fill:#1f2328}.soft{fill:#59636e}.line{stroke:#d1d9e0}.pack{stroke:#59636e}
.buildx{fill:#54aeff}.build{fill:#0969da}.dockerfile{fill:#afb8c1}.track{fill:#f6f8fa}
.met{fill:#1a7f37}.missed{fill:#cf222e}
text{font-family:-apple-system,Segoe UI,Helvetica,Arial,sans-serif;font-size:12px}
.title{font-size:16px;font-weight:600}.name{font-size:13px;font-weight:600}.small{font-size:11px}
@media (prefers-color-scheme:dark){
.ground{fill:#0d1117;stroke:#3d444d}.ink{fill:#f0f6fc}.soft{fill:#9198a1}.line{stroke:#2a313c}.pack{stroke:#9198a1}
.buildx{fill:#79c0ff}.build{fill:#1f6feb}.dockerfile{fill:#656c76}.track{fill:#151b23}
.met{fill:#3fb950}.missed{fill:#f85149}}`;

/** A chart of ratios: a group of bars for each row, a line for what they are compared with, and marks for the targets. */
export function reportSvg(report: Pick<BenchReport, "rows" | "cores">): string {
  const rows = report.rows.map((row) => ({ row, sides: bars.flatMap((bar) => sideOf(row, bar.side)) }));
  const largest = Math.max(...rows.flatMap(({ sides }) => sides.map(({ ratio }) => ratio)), 1);
  // Beyond three times as long, a bar is cut.
  const limit = Math.min(Math.ceil((largest + 0.1) * 4) / 4, 3);
  const scale: Scale = {
    limit,
    x: (ratio) => left + (Math.min(ratio, limit) / limit) * (width - left - right),
  };
  let y = top;
  const groups = rows.map(({ row, sides }) => {
    const group = rowGroup(row, sides, y, scale);
    y += groupHeight(sides) + rowGap;
    return group;
  });
  const height = y - rowGap + bottom;
  const label = `How long builds take compared with pack build: ${report.rows.length} cases`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">
<style>${style}
</style>
<rect class="ground" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
<text class="ink title" x="24" y="34">Build times compared with pack build</text>
<text class="soft" x="24" y="54">Shorter is faster. Medians of pairs on ${report.cores} cores.</text>
${legend()}
${grid(scale, height)}
${groups.join("\n")}
</svg>
`;
}

interface Bar {
  readonly side: SideResult;
  readonly kind: (typeof bars)[number]["side"];
  readonly ratio: number;
}

interface Scale {
  readonly limit: number;
  readonly x: (ratio: number) => number;
}

function sideOf({ sides }: RowResult, kind: Bar["kind"]): readonly Bar[] {
  const side = sides.find((one) => one.side === kind);
  const ratio = side?.toReference?.spread.median;
  return side === undefined || ratio === undefined ? [] : [{ side, kind, ratio }];
}

function groupHeight(sides: readonly Bar[]): number {
  return Math.max(sides.length * (barHeight + barGap) - barGap, 30);
}

function rowGroup(row: RowResult, sides: readonly Bar[], y: number, scale: Scale): string {
  const [app = "", change = ""] = row.title.split(": ");
  const pack = row.sides.find(({ side }) => side === "pack");
  const reference = pack === undefined ? `1.0 is ${row.reference}` : `pack ${seconds(pack.wall.median)} s`;
  const middle = y + groupHeight(sides) / 2;
  const lines = [
    `<text class="ink name" x="24" y="${middle - 3}">${escaped(shortened(change, 50))}</text>`,
    `<text class="soft small" x="24" y="${middle + 12}">${escaped(`${app} · ${reference}`)}</text>`,
  ];
  for (const [index, bar] of sides.entries())
    lines.push(barLines(bar, y + index * (barHeight + barGap), scale));
  return lines.join("\n");
}

function barLines({ side, kind, ratio }: Bar, y: number, { limit, x }: Scale): string {
  const end = x(ratio);
  const { targetRatio } = side;
  const text = `${ratio > limit ? "→ " : ""}${ratio.toFixed(2)} · ${seconds(side.wall.median)} s`;
  const mark = targetRatio === undefined ? undefined : x(targetRatio);
  const isMet = targetRatio !== undefined && ratio <= targetRatio;
  return [
    `<rect class="${kind}" x="${left}" y="${y}" width="${round(end - left)}" height="${barHeight}" rx="2"/>`,
    ...(mark === undefined
      ? []
      : [
          `<rect class="${isMet ? "met" : "missed"}" x="${round(mark - 1.5)}" y="${y - 2}" width="3" height="${barHeight + 4}" rx="1"/>`,
        ]),
    `<text class="soft small" x="${width - 24}" y="${y + barHeight - 1}" text-anchor="end">${text}</text>`,
  ].join("\n");
}

function legend(): string {
  const marks = [
    { kind: "met", title: "target, held" },
    { kind: "missed", title: "target, missed" },
  ];
  let x = left;
  const items = [...bars.map(({ side, title }) => ({ kind: side, title, isBar: true })), ...marks].map(
    (item) => {
      const [at, isBar] = [x, "isBar" in item];
      const size = isBar ? 12 : 3;
      x += size + 7 + item.title.length * 6 + 14;
      return `<rect class="${item.kind}" x="${at}" y="64" width="${size}" height="12" rx="2"/><text class="soft small" x="${at + size + 6}" y="74">${item.title}</text>`;
    },
  );
  return items.join("\n");
}

/** Lines for quarters or halves, the reference's stronger than the others. */
function grid({ limit, x }: Scale, height: number): string {
  const step = limit > 1.5 ? 0.5 : 0.25;
  const ratios = Array.from({ length: Math.floor(limit / step) + 1 }, (_, index) => index * step);
  return ratios
    .map((ratio) => {
      const isReference = ratio === 1;
      const line = `<line class="${isReference ? "pack" : "line"}" x1="${round(x(ratio))}" x2="${round(x(ratio))}" y1="${top - 12}" y2="${height - bottom + 8}"${isReference ? ' stroke-width="1.5"' : ""}/>`;
      const title = isReference ? "pack = 1" : ratio.toString();
      return `${line}<text class="${isReference ? "ink" : "soft"} small" x="${round(x(ratio))}" y="${height - bottom + 24}" text-anchor="middle">${title}</text>`;
    })
    .join("\n");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
