import { shortDigest } from "../image/reference.ts";
import type { Overview } from "./overview.ts";
import { phaseText } from "./phases.ts";
import type { OverviewStage } from "./stages.ts";

/** The stages and what they take from each other, before anything is drawn. Texts are as they were named. */
export interface Graph {
  readonly title: string;
  /** Sentences that say what the picture shows, for who does not see it. */
  readonly description: readonly string[];
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

export interface GraphNode {
  /** Letters, digits and `_`. */
  readonly id: string;
  readonly kind: "image" | "files" | "stage";
  /** A name first; at least one line. */
  readonly lines: readonly string[];
  /** What a build makes by default. */
  readonly isDefault: boolean;
  /** Runs on the platform of the machine that builds; absent for what does not run. */
  readonly runsOn?: OverviewStage["runsOn"];
}

export interface GraphEdge {
  /** Ids of nodes; the second takes from the first. */
  readonly from: string;
  readonly to: string;
  /** Each once; at least one. */
  readonly kinds: readonly EdgeKind[];
}

/** How a stage takes: as the Dockerfile says it. */
export type EdgeKind = "FROM" | "COPY" | "mount" | "ADD";

/** One graph for all platforms: they differ in the images that stages begin from, whose digests stand in their nodes. */
export function stageGraph(overview: Overview): Graph {
  const nodes = new Map<string, GraphNode>();
  const edges = new Map<string, GraphEdge>();
  const others = new Map<string, string>();
  /** Id of what is no stage, known by `key`; made when it is met first. */
  const other = (key: string, kind: "image" | "files", lines: readonly string[]): string => {
    const known = others.get(key);
    if (known !== undefined) return known;
    const id = `${kind}_${others.size + 1}`;
    others.set(key, id);
    nodes.set(id, { id, kind, lines, isDefault: false });
    return id;
  };
  const connect = (from: string, to: string, kind: EdgeKind) => {
    const kinds = edges.get(`${from} ${to}`)?.kinds ?? [];
    edges.set(`${from} ${to}`, { from, to, kinds: [...new Set([...kinds, kind])] });
  };
  for (const stage of overview.stages) {
    const to = stageId(stage.name);
    const { base } = stage;
    switch (base.kind) {
      case "image":
        connect(other(base.reference, "image", imageLines(base.reference, overview)), to, "FROM");
        break;
      case "stage":
        connect(stageId(base.stage), to, "FROM");
        break;
      case "named-context":
        connect(other(base.name, "files", [base.name]), to, "FROM");
        break;
      case "scratch":
        break;
    }
    for (const take of stage.takes) {
      switch (take.kind) {
        case "copy":
          connect(stageId(take.stage), to, "COPY");
          break;
        case "mount":
          connect(stageId(take.stage), to, "mount");
          break;
        case "context":
          connect(other("the project", "files", ["the project's directory"]), to, "mount");
          break;
        case "download":
          connect(other(take.url, "files", [take.url]), to, "ADD");
          break;
      }
    }
    nodes.set(to, stageNode(stage, overview));
  }
  const all = [...nodes.values()];
  return {
    title: `Build stages for ${overview.platforms.map(({ platform }) => platform).join(", ")}`,
    description: [
      ...overview.stages.map(({ name }) => describe(stageId(name), all, [...edges.values()])),
      "Dashed stages run on the build platform. The bold stage is the default target.",
    ],
    nodes: all,
    edges: [...edges.values()],
  };
}

function stageId(name: string): string {
  return `stage_${name.replaceAll("-", "_")}`;
}

function stageNode({ name, runsOn, isDefault }: OverviewStage, { phases }: Overview): GraphNode {
  const phase = phases.find((one) => one.runs && one.stage === name);
  return {
    id: stageId(name),
    kind: "stage",
    lines: [name, ...(phase === undefined ? [] : [phaseText(phase)])],
    isDefault,
    runsOn,
  };
}

/** The image's name, and for each platform its digest where it is known. */
function imageLines(reference: string, { builder, runImage, platforms }: Overview): string[] {
  const is = ({ name, digest }: Overview["builder"]) =>
    reference === (digest === undefined ? name : `${name}@${digest}`);
  const key = is(builder) ? "builderDigest" : is(runImage) ? "runImageDigest" : undefined;
  const own = platforms.flatMap((platform) => {
    const digest = key && platform[key];
    return digest === undefined ? [] : [`${platform.platform} ${shortDigest(digest)}`];
  });
  return own.length > 0 ? [reference.replace(/@sha256:[0-9a-f]{64}$/, ""), ...own] : [shortDigest(reference)];
}

/** `build, as 1002:1000, network access: FROM restore.` */
function describe(id: string, nodes: readonly GraphNode[], edges: readonly GraphEdge[]): string {
  const node = (wanted: string) => nodes.find((one) => one.id === wanted);
  const takes = edges
    .filter(({ to }) => to === id)
    .map(({ from, kinds }) => `${kinds.join(" and ")} ${node(from)?.lines[0] ?? from}`);
  return `${node(id)?.lines.join(", ") ?? id}: ${takes.length === 0 ? "no inputs" : takes.join(", ")}.`;
}
