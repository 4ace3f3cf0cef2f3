import { visible } from "../diagnostics/format.ts";
import type { EdgeKind, Graph, GraphNode } from "./graph.ts";

const arrows: Readonly<Record<EdgeKind, string>> = { FROM: "==>", COPY: "-->", mount: "-.->", ADD: "-->" };

/** Writes a graph as a Mermaid flowchart. Ends with a newline. Source: Mermaid's documentation, "Flowcharts". */
export function formatMermaid({ title, description, nodes, edges }: Graph): string {
  const classes = (name: string, members: readonly GraphNode[], style: string) =>
    members.length === 0
      ? []
      : [`  classDef ${name} ${style}`, `  class ${members.map(({ id }) => id).join(",")} ${name}`];
  return `${[
    "flowchart TD",
    `  accTitle: ${escaped(title)}`,
    `  accDescr: ${escaped(description.join(" "))}`,
    ...nodes.map((node) => `  ${node.id}${shape(node)}`),
    ...edges.map(({ from, to, kinds: [first, ...rest] }) => {
      const arrow = arrows[first ?? "FROM"];
      return `  ${from} ${arrow}|"${[first, ...rest].join(", ")}"| ${to}`;
    }),
    ...classes(
      "onBuildPlatform",
      nodes.filter(({ runsOn }) => runsOn === "build"),
      "stroke-dasharray:4",
    ),
    ...classes(
      "byDefault",
      nodes.filter(({ isDefault }) => isDefault),
      "stroke-width:3px",
    ),
  ].join("\n")}\n`;
}

function shape({ kind, lines }: GraphNode): string {
  // Mermaid takes no empty text.
  const label = `"${lines.map(escaped).join("<br/>") || " "}"`;
  switch (kind) {
    case "image":
      return `[(${label})]`;
    case "files":
      return `[/${label}/]`;
    case "stage":
      return `[${label}]`;
  }
}

/**
 * Everything but what is plain text to Mermaid and to HTML alike becomes a code point's number, as Mermaid writes it. Two
 * words, too: in a line that has one of them, Mermaid takes a number's `;` for the end of a style.
 */
function escaped(text: string): string {
  return visible(text)
    .replace(/[^A-Za-z0-9 .,:/@_+-]/gu, codePoint)
    .replace(/style|classDef/g, (word) => `${codePoint(word)}${word.slice(1)}`);
}

/** `#34;` */
function codePoint(text: string): string {
  return `#${text.codePointAt(0)};`;
}
