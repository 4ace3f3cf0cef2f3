/** A flowchart as Mermaid would take it. */
export interface Flowchart {
  readonly title: string;
  readonly description: string;
  /** Labels by id; a line break is `\n`. */
  readonly nodes: ReadonlyMap<string, string>;
  readonly edges: readonly { readonly from: string; readonly to: string; readonly label: string }[];
}

/** Letters that mean nothing to Mermaid, and numbers of others. */
const text = "(?:[A-Za-z0-9 .,:/@_+-]|#[0-9]+;)+";
const label = `(?:${text}|<br/>)+`;
const id = "[A-Za-z0-9_]+";
const lines = {
  title: new RegExp(`^  accTitle: (?<text>${text})$`),
  description: new RegExp(`^  accDescr: (?<text>${text})$`),
  node: new RegExp(
    `^  (?<id>${id})(?:\\[\\("(?<a>${label})"\\)\\]|\\[/"(?<b>${label})"/\\]|\\["(?<c>${label})"\\])$`,
  ),
  edge: new RegExp(`^  (?<from>${id}) (?:==>|-->|-\\.->)\\|"(?<text>${text})"\\| (?<to>${id})$`),
  style: /^ {2}(?:classDef [A-Za-z]+ [a-z-]+:[0-9a-z]+|class [A-Za-z0-9_,]+ [A-Za-z]+)$/,
};

/**
 * Reads a flowchart of ours: of all that Mermaid knows, only forms of which it is known how it reads them. Mermaid's own
 * parser needs a browser's DOM and 150 MB of packages; it was tried by hand (docs/design/oddities.md). Throws where a line is
 * none of them.
 */
export function readMermaid(chart: string): Flowchart {
  const [first, ...rest] = chart.split("\n");
  if (first !== "flowchart TD") throw new Error(`not a flowchart: ${first}`);
  if (rest.pop() !== "") throw new Error("the last line does not end");
  let [title, description] = ["", ""];
  const nodes = new Map<string, string>();
  const edges: { from: string; to: string; label: string }[] = [];
  for (const line of rest) {
    // Mermaid looks for these in its whole text before it reads a line.
    if (/style.*:\S*#.*;|classDef.*:\S*#.*;/.test(line))
      throw new Error(`would lose a number's end: ${line}`);
    const [heading, description_, node, edge] = [
      lines.title.exec(line)?.groups,
      lines.description.exec(line)?.groups,
      lines.node.exec(line)?.groups,
      lines.edge.exec(line)?.groups,
    ];
    if (heading !== undefined) title = decode(heading.text);
    else if (description_ !== undefined) description = decode(description_.text);
    else if (node !== undefined) nodes.set(node.id ?? "", decode(node.a ?? node.b ?? node.c));
    else if (edge !== undefined) {
      edges.push({ from: edge.from ?? "", to: edge.to ?? "", label: decode(edge.text) });
    } else if (!lines.style.test(line)) throw new Error(`not a line of a flowchart: ${line}`);
  }
  return { title, description, nodes, edges };
}

function decode(written = ""): string {
  return written
    .replaceAll("<br/>", "\n")
    .replace(/#([0-9]+);/g, (_, number) => String.fromCodePoint(Number(number)));
}
