import { visible } from "../diagnostics/format.ts";
import type { Graph, GraphEdge, GraphNode } from "./graph.ts";
import { type Box, layOut, type Place, type Point, type Route } from "./layout.ts";

/** Sizes in pixels. The width of a letter is that of every usual monospaced font at that size, rounded up. */
const fontSize = 12;
const letterWidth = 7.4;
const lineHeight = 17;
const padding = 12;

/** Draws a graph. Out: an SVG document that follows the reader's light or dark scheme. */
export async function formatSvg(graph: Graph): Promise<string> {
  const { width, height, nodes, edges } = await layOut(
    graph.nodes.map((node) => ({ id: node.id, ...boxOf(node.lines) })),
    graph.edges.map(({ from, to, kinds }) => ({ from, to, ...boxOf([kinds.join(", ")], 4) })),
  );
  const title = text(graph.title);
  return `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" class="cnb-plan" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" \
role="img" aria-labelledby="cnb-title" aria-describedby="cnb-description">
<title id="cnb-title">${title}</title>
<desc id="cnb-description">${graph.description.map(text).join("\n")}</desc>
<style>${style}</style>
<defs><marker id="cnb-arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="10" \
markerHeight="10" markerUnits="userSpaceOnUse" orient="auto"><path class="head" d="M0 0 10 5 0 10z"/></marker></defs>
<rect class="ground" width="${width}" height="${height}"/>
${graph.nodes.flatMap((node, index) => drawNode(node, nodes[index])).join("\n")}
${graph.edges.flatMap((edge, index) => drawEdge(edge, edges[index])).join("\n")}
</svg>
`;
}

/** Every rule is for this picture alone, also where it becomes a part of a page. */
const scoped = (rules: readonly string[]) => rules.map((rule) => `.cnb-plan ${rule}`).join("\n");
const style = `
.cnb-plan { font: ${fontSize}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace }
${scoped([
  ".ground { fill: #ffffff }",
  "text { fill: #1f2328; text-anchor: middle }",
  ".more { fill: #59636e }",
  ".node rect { fill: #f6f8fa; stroke: #59636e }",
  ".image rect { fill: #ddf4ff }",
  ".files rect { fill: #fff8c5 }",
  ".build rect { stroke-dasharray: 4 }",
  ".default rect { stroke-width: 3 }",
  ".edge path { fill: none; stroke: #59636e }",
  ".from path { stroke-width: 2 }",
  ".mount path { stroke-dasharray: 4 }",
  ".edge text { paint-order: stroke; stroke: #ffffff; stroke-width: 4 }",
  ".head { fill: #59636e }",
])}
@media (prefers-color-scheme: dark) {
${scoped([
  ".ground { fill: #0d1117 }",
  "text { fill: #f0f6fc }",
  ".more { fill: #b0b8c1 }",
  ".node rect { fill: #21262d; stroke: #9198a1 }",
  ".image rect { fill: #0c2d6b }",
  ".files rect { fill: #4b2900 }",
  ".edge path { stroke: #9198a1 }",
  ".edge text { stroke: #0d1117 }",
  ".head { fill: #9198a1 }",
])}
}
`;

function boxOf(lines: readonly string[], space = padding): Box {
  const letters = Math.max(...lines.map((line) => [...line].length));
  return { width: Math.ceil(letters * letterWidth) + 2 * space, height: lines.length * lineHeight + space };
}

function drawNode({ kind, lines, isDefault, runsOn }: GraphNode, place: Place | undefined): string[] {
  if (place === undefined) return [];
  const { x, y, width, height } = place;
  const classes = ["node", kind, ...(runsOn === "build" ? ["build"] : []), ...(isDefault ? ["default"] : [])];
  const top = y - ((lines.length - 1) * lineHeight) / 2 + fontSize / 3;
  return [
    `<g class="${classes.join(" ")}">`,
    `<title>${lines.map(text).join(", ")}</title>`,
    `<rect x="${x - width / 2}" y="${y - height / 2}" width="${width}" height="${height}" rx="${kind === "stage" ? 3 : 12}"/>`,
    ...lines.map(
      (line, index) =>
        `<text${index === 0 ? "" : ' class="more"'} x="${x}" y="${round(top + index * lineHeight)}">${text(line)}</text>`,
    ),
    "</g>",
  ];
}

function drawEdge({ kinds }: GraphEdge, route: Route | undefined): string[] {
  if (route === undefined) return [];
  const { points, label } = route;
  const [kind = "FROM"] = kinds;
  return [
    `<g class="edge ${kind.toLowerCase()}">`,
    `<path d="${curve(points)}" marker-end="url(#cnb-arrow)"/>`,
    `<text class="more" x="${label.x}" y="${round(label.y + fontSize / 3)}">${kinds.join(", ")}</text>`,
    "</g>",
  ];
}

/** A line through the points that has no corners. */
function curve(points: readonly Point[]): string {
  const [start, ...rest] = points;
  const end = rest.pop();
  if (start === undefined || end === undefined) return "";
  const bends = rest.map((point, index) => {
    const next = rest[index + 1];
    const to = next === undefined ? end : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    return `Q${point.x} ${point.y} ${to.x} ${to.y}`;
  });
  return `M${start.x} ${start.y}${bends.length === 0 ? `L${end.x} ${end.y}` : bends.join("")}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Text as XML has it; what XML has no way to say shows as a sign for it. Source: XML 1.0, `Char`. */
function text(value: string): string {
  return visible(value)
    .toWellFormed()
    .replace(/[\ufffe\uffff]/g, "\ufffd")
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
