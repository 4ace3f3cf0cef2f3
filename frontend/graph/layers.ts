import { recalledName } from "../../src/contract/cache/memory-places.ts";
import { epochSeconds } from "../../src/contract/epoch.ts";
import type { ImageLayer } from "../../src/contract/image-description.ts";
import { rootOwner } from "../../src/contract/owner.ts";
import { exportProgram } from "../../src/contract/program.ts";
import type { Platform } from "../../src/image/platform.ts";
import { present } from "../../src/present.ts";
import { copy, merge, platformOf, run, type State, trace } from "./llb.ts";

/** Makes a step's title of a text, which then says for which platform it is. */
export type Title = (text: string) => string;

type CopiedLayerPlan = Pick<ImageLayer, "source" | "destination" | "user" | "history" | "measure">;

/** Where digests are computed. */
interface DigestHost {
  /** Image that holds the export program. */
  readonly tool: State;
  /** What the machine that builds runs without emulation. */
  readonly buildPlatform: Platform;
}

/**
 * A layer, as BuildKit is to export it. In: the stage that holds it. One of the previous image, too, is a copy of its files
 * with a digest of its own: where another program wrote the image, its tar and so the digest in its label were others, and
 * the label has to be true of this one.
 */
export function layerState(
  { source, destination, user, history, measure }: CopiedLayerPlan,
  from: State | undefined,
  title: Title,
): State {
  // BuildKit knows a copy by the files' contents, which say nothing of hard links: a copy of the same contents can have others, and so
  // another digest. With the digest in its key, the copy is one of what was measured.
  const without = measure === undefined ? [] : [`/.cnb-dockerfile-${measure.digest}`];
  const attributes = { owner: user, timeSeconds: epochSeconds, without };
  const path = source.stage === "cached" ? recalledPath : source.path;
  // `/` stands for the contents of a directory that has a layer's files with their full paths.
  const isWhole = destination !== "/";
  return copy([{ from, source: path, destination, isWhole }], attributes, title(`layer: ${history}`));
}

/**
 * A layer that is remembered, as files: below the directory `layer`. Known by the tar's content, so that it is unpacked once for as
 * long as the layer stays. In: the stage that has the tar, and where.
 */
export function recalledState(
  cached: State | undefined,
  path: string,
  { tool, buildPlatform }: DigestHost,
  title: Title,
): State {
  if (cached === undefined) throw new Error(`${path} is remembered, and no stage has it`);
  const tar = "/cnb-dockerfile/kept.tar";
  return run(
    {
      root: tool,
      argv: ["node", exportProgram, "recall", `--from=${tar}`, `--to=${recalledDirectory}/tree`],
      env: ["PATH=/usr/local/bin"],
      platform: platformOf(buildPlatform),
      mounts: [{ state: cached, source: path, target: tar, keyedByContent: true }],
      output: recalledDirectory,
    },
    title("unpack a reused layer"),
  );
}

/** Where the step writes, and where the layer then is in its result. */
const recalledDirectory = "/recalled";
const recalledPath = `/tree/${recalledName}`;

/** A layer whose digest is to be computed. */
interface CopiedLayer {
  readonly state: State;
  /** Its number among all of the image. */
  readonly index: number;
  readonly history: string;
}

/**
 * The digest of each layer, as a file named by its number: from the very files that BuildKit will export, in a step that
 * runs again only for a layer that changed. All in one place, so that one Solve makes them side by side.
 */
export function digestFiles(
  layers: readonly CopiedLayer[],
  { tool, buildPlatform }: DigestHost,
  title: Title,
): State {
  const steps = layers.map(({ state, history }) =>
    run(
      {
        root: tool,
        argv: ["node", exportProgram, "digest", "--from=/layer", "--to=/digest/sha256"],
        env: ["PATH=/usr/local/bin"],
        platform: platformOf(buildPlatform),
        mounts: [{ state, target: "/layer" }],
        output: "/digest",
      },
      title(`digest: ${history}`),
    ),
  );
  const requests = steps.map((from, position) => ({
    ...{ from, source: "/sha256", destination: `/${layers[position]?.index}` },
  }));
  const attributes = { owner: rootOwner, timeSeconds: epochSeconds };
  return copy(requests, attributes, title("compute layer digests"));
}

/** Each layer as it is, whatever lies below it: a new run image copies nothing again. */
export function overlaid(
  base: State | undefined,
  layers: readonly State[],
  read: readonly State[],
  title: Title,
): State {
  // What was only read would be missing from an exported cache, and made anew on each fresh machine.
  const kept = read.map((state) => trace(state, title("keep the image's inputs in the cache")));
  return merge([...(base === undefined ? [] : [base]), ...layers, ...kept], title("image"));
}

/** The same layers, byte for byte, each copied onto those below it. */
export function stacked(base: State | undefined, layers: readonly State[], title: Title): State | undefined {
  return layers.reduce(
    (onto, from, index) =>
      copy(
        [{ from, source: "/", destination: "/" }],
        { timeSeconds: epochSeconds, ...present({ onto }) },
        title(`add layer ${index + 1}`),
      ),
    base,
  );
}
