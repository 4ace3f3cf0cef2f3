/** What is laid out; pixels. */
export interface Box {
  readonly width: number;
  readonly height: number;
}

interface LayoutNode extends Box {
  readonly id: string;
}

/** An arrow; its box is that of its label. */
interface LayoutEdge extends Box {
  readonly from: string;
  readonly to: string;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where a box's middle is. */
export interface Place extends Box, Point {}

/** How an arrow goes, and where the middle of its label is. */
export interface Route {
  readonly points: readonly Point[];
  readonly label: Point;
}

/** Nodes and edges in the order in which they were given; whole pixels. */
interface Layout extends Box {
  readonly nodes: readonly Place[];
  readonly edges: readonly Route[];
}

/** Lays a graph without circles out in layers, from top to bottom. In: at most one edge between two nodes. */
export async function layOut(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[]): Promise<Layout> {
  // Loaded only for a picture: no other command waits for it.
  const { default: dagre } = await import("@dagrejs/dagre");
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: "TB", nodesep: 28, ranksep: 30, edgesep: 16, marginx: 16, marginy: 16 });
  for (const { id, width, height } of nodes) graph.setNode(id, { width, height });
  for (const { from, to, width, height } of edges) {
    graph.setEdge(from, to, { width, height, labelpos: "c" });
  }
  dagre.layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  return {
    width: Math.ceil(width),
    height: Math.ceil(height),
    nodes: nodes.map((node) => {
      const { x, y } = graph.node(node.id);
      return { x: Math.round(x), y: Math.round(y), width: node.width, height: node.height };
    }),
    edges: edges.map(({ from, to }) => {
      const { points, x, y } = graph.edge(from, to);
      return {
        points: points.map((point) => ({ x: Math.round(point.x), y: Math.round(point.y) })),
        label: { x: Math.round(x), y: Math.round(y) },
      };
    }),
  };
}
