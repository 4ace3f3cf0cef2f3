import * as v from "valibot";
import { decodeLabel } from "../builder/decode-label.ts";
import { goJson, goObject } from "../contract/go-json.ts";
import { lifecycleMetadataLabel } from "../contract/label-names.ts";

/** What the label `io.buildpacks.lifecycle.metadata` says of the run image. Source: CNB platform spec, "Labels". */
export interface LabelRunImage {
  /** diffID of its last layer. */
  readonly topLayer: string;
  /** With its digest; empty: unknown. */
  readonly reference: string;
  /** Its name and its mirrors', the name first; those that the label has for stacks come last. */
  readonly names: readonly string[];
}

/** Go takes `null` for whatever is empty. */
const text = v.nullish(v.string(), "");
const named = { image: text, mirrors: v.nullish(v.array(v.string()), []) };
const schema = v.object({
  runImage: v.object({ topLayer: text, reference: text, ...named }),
  stack: v.nullish(v.object({ runImage: v.nullish(v.object(named)) })),
});

/**
 * Reads the label of an app's image. Out: undefined where there is none. Throws CompileError where it is not JSON or has
 * another shape. In: the image's name, for that.
 */
export function readLabelRunImage(
  labels: Readonly<Record<string, string>>,
  image: string,
): LabelRunImage | undefined {
  const code = "builder/app-label-unreadable";
  const label = decodeLabel({ labels }, lifecycleMetadataLabel, schema, image, code);
  if (label === undefined) return undefined;
  const { runImage, stack } = label;
  const ofStack = stack?.runImage;
  const names = [runImage.image, ...runImage.mirrors, ofStack?.image ?? "", ...(ofStack?.mirrors ?? [])];
  return {
    topLayer: runImage.topLayer,
    reference: runImage.reference,
    names: [...new Set(names.filter((name) => name !== ""))],
  };
}

/** What becomes of the label's run image. */
interface RunImageChange {
  readonly topLayer: string;
  readonly reference: string;
  /** A name that the label does not have, and that takes the place of all that it has. Absent: those stay. */
  readonly name?: string;
}

/**
 * The label with another run image. Everything else stays byte for byte: metadata of buildpacks may hold numbers that
 * JavaScript would write in another way. In: a label that `readLabelRunImage` takes.
 */
export function changeRunImage(label: string, { topLayer, reference, name }: RunImageChange): string {
  const members = membersOf(label);
  const runImage = membersOf(members.get("runImage") ?? "{}");
  runImage.set("topLayer", goJson(topLayer)).set("reference", goJson(reference));
  if (name !== undefined) {
    runImage.set("image", goJson(name)).delete("mirrors");
    members.set("stack", goObject([["runImage", goObject([["image", goJson(name)]])]]));
  }
  return goObject([...members.set("runImage", goObject([...runImage]))]);
}

/** Members of a JSON object, each value as its text. In: valid JSON. */
function membersOf(json: string): Map<string, string> {
  const members = new Map<string, string>();
  let depth = 0;
  let key: string | undefined;
  let start = 0;
  for (const { 0: token, index } of json.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g)) {
    const isEnd = depth === 1 && (token === "," || token === "}");
    if (isEnd && key !== undefined) {
      members.set(key, json.slice(start, index).trim());
      key = undefined;
    } else if (depth === 1 && key === undefined && token.startsWith('"')) {
      key = JSON.parse(token) as string;
    } else if (depth === 1 && token === ":") start = index + 1;
    if (token === "{" || token === "[") depth++;
    if (token === "}" || token === "]") depth--;
  }
  return members;
}
