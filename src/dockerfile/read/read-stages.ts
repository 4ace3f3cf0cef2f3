import { DockerfileParser, type From, type JSONInstruction } from "dockerfile-ast";

/** A stage as a Dockerfile of ours has it. */
export interface WrittenStage {
  readonly name: string;
  /** Image or stage that it begins with. */
  readonly base: string;
  /** What the comment above says that it is for; empty: there is none. */
  readonly purpose: string;
}

/** A secret or an ssh agent that a step mounts. */
export interface WrittenSecret {
  readonly id: string;
  readonly required: boolean;
}

/** The stages with a name, in their order. Lines of heredocs are no instructions, whatever they look like. */
export function readStages(dockerfile: string): WrittenStage[] {
  const lines = dockerfile.split(/\r?\n/);
  return DockerfileParser.parse(dockerfile)
    .getFROMs()
    .flatMap((from: From) => {
      const name = from.getBuildStage();
      if (name === null) return [];
      const purpose = commentAbove(lines, from.getRange().start.line).replace(`${name}: `, "");
      return [{ name, base: from.getImage() ?? "", purpose }];
    });
}

/** The secrets of all stages, each once. */
export function readSecrets(dockerfile: string): WrittenSecret[] {
  return readMounts(dockerfile, "secret");
}

/** The ssh agents of all stages, each once. */
export function readSshAgents(dockerfile: string): WrittenSecret[] {
  return readMounts(dockerfile, "ssh");
}

/** Without an id, a secret has that of its target, and an agent the usual one. Source: Dockerfile reference, `--mount`. */
function readMounts(dockerfile: string, type: "secret" | "ssh"): WrittenSecret[] {
  const mounts = DockerfileParser.parse(dockerfile)
    .getInstructions()
    .filter((instruction) => instruction.getKeyword() === "RUN")
    .flatMap((run) => (run as JSONInstruction).getFlags())
    .filter((flag) => flag.getName() === "mount")
    .map((flag) => new Map((flag.getValue() ?? "").split(",").map(keyAndValue)))
    .filter((mount) => mount.get("type") === type);
  const found = mounts.flatMap((mount): WrittenSecret[] => {
    const target = mount.get("target") ?? mount.get("dst") ?? mount.get("destination");
    const id = mount.get("id") ?? (type === "ssh" ? "default" : target?.replace(/^.*\//, ""));
    return id === undefined ? [] : [{ id, required: /^(?:true|1)$/.test(mount.get("required") ?? "") }];
  });
  // Needed by one step is needed.
  return [...new Set(found.map(({ id }) => id))].map((id) => ({
    id,
    required: found.some((mount) => mount.id === id && mount.required),
  }));
}

/** In: the line below it, from 0. */
function commentAbove(lines: readonly string[], line: number): string {
  const above = lines.slice(0, line);
  const start = above.findLastIndex((text) => !text.startsWith("#")) + 1;
  return above
    .slice(start)
    .map((text) => text.replace(/^#\s?/, ""))
    .join(" ")
    .trim();
}

function keyAndValue(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  return at === -1 ? [text, "true"] : [text.slice(0, at), text.slice(at + 1)];
}
