import type { diagnosticJson } from "../diagnostics/format.ts";
import { formatPlatform } from "../image/platform.ts";
import { formatReference, type ImageReference, shortDigest } from "../image/reference.ts";
import { present } from "../present.ts";
import type { FinishedRebase } from "./finish-rebase.ts";
import type { PlatformRebase } from "./plan-rebase.ts";

/**
 * What came of `rebase`, as scripts get it. `schema/rebase.schema.json` describes it: a key that goes or changes its meaning
 * makes another `schemaVersion`, new keys may come.
 */
export interface RebaseResult {
  readonly schemaVersion: 1;
  /** Our own version. */
  readonly version: string;
  /** `registry.example/acme/app:1`. */
  readonly image: string;
  /** Of its index, or of its manifest where it has no index, before anything was done. */
  readonly digest: string;
  /** Whether a platform stands on another run image than the one that there is now. */
  readonly outdated: boolean;
  /** Absent: nothing was pushed, because only that was asked for, or nothing is outdated. */
  readonly pushed?: { readonly digest: string; readonly tags: readonly string[] };
  readonly platforms: readonly RebasedPlatform[];
  /** Number of attestations that speak of replaced images; after a push they are no longer listed. */
  readonly droppedAttestations: number;
  /** Of the new run images' layers, and of all others that the result's repositories lacked. */
  readonly layers: LayerCounts;
  /** Bodies of all requests and answers, those of logging in included. */
  readonly transfer: { readonly sentBytes: number; readonly receivedBytes: number };
  /** What was found on the way. */
  readonly diagnostics: readonly ReturnType<typeof diagnosticJson>[];
}

/** Numbers of layers, by how they came to be in a repository. */
export interface LayerCounts {
  readonly there: number;
  /** Taken over from another repository, by the registry itself. */
  readonly mounted: number;
  /** Went through this machine. */
  readonly sent: number;
}

interface RebasedPlatform {
  /** `linux/arm64`. */
  readonly platform: string;
  readonly outdated: boolean;
  /** Of its manifest before. */
  readonly digest: string;
  /** Of the rebased manifest; absent: it is not outdated. */
  readonly newDigest?: string;
  readonly runImage: {
    /** As it was asked for, or as the app's label names it: `registry.example/acme/run:24`. */
    readonly name: string;
    /** Of its index, or of its manifest where it has no index. */
    readonly digest: string;
    /** What the app's label says that it stands on; empty: nothing. */
    readonly before: string;
  };
  /** Of the app, and of the run images that change places below it. */
  readonly layers: PlatformRebase["layers"];
}

interface ResultFacts extends Pick<RebaseResult, "version" | "layers" | "transfer" | "diagnostics"> {
  readonly reference: ImageReference;
  readonly digest: string;
  readonly planned: readonly PlatformRebase[];
  readonly finished: FinishedRebase;
  /** Absent: nothing was pushed. */
  readonly tags?: readonly ImageReference[];
}

export function makeResult(facts: ResultFacts): RebaseResult {
  const { reference, digest, planned, finished, tags, version, layers, transfer, diagnostics } = facts;
  const pushed = tags && { digest: finished.top.digest, tags: tags.map(formatReference) };
  return {
    schemaVersion: 1,
    version,
    image: formatReference(reference),
    digest,
    outdated: planned.some(({ made }) => made !== undefined),
    ...present({ pushed }),
    platforms: planned.map((one) => platformResult(one, finished)),
    droppedAttestations: finished.dropped.length,
    layers,
    transfer,
    diagnostics,
  };
}

function platformResult(
  { target, runImage, layers, made }: PlatformRebase,
  { replaced }: FinishedRebase,
): RebasedPlatform {
  const { digest } = target.app.stored;
  const newDigest = replaced.get(digest)?.digest;
  return {
    platform: formatPlatform(target.app.platform),
    outdated: made !== undefined,
    digest,
    ...present({ newDigest }),
    runImage: {
      name: formatReference(runImage.reference),
      digest: runImage.image.top.digest,
      before: target.label.reference,
    },
    layers,
  };
}

/** For people: a line for each platform, then what was done. */
export function formatResult(result: RebaseResult): string {
  const { image, outdated, pushed, platforms, layers, transfer } = result;
  const width = Math.max(...platforms.map(({ platform }) => platform.length));
  const lines = platforms.map(
    (one) => `  ${one.platform.padEnd(width)}  ${platformLine(one, pushed !== undefined)}`,
  );
  const done =
    pushed === undefined
      ? [outdated ? "Nothing was pushed." : "Already up to date."]
      : [
          `Pushed: ${pushed.tags.join(", ")} (${pushed.digest})`,
          `Layers: ${layers.there} already present, ${layers.mounted} mounted in the registry, ${layers.sent} uploaded.`,
        ];
  const moved = `Received ${readableSize(transfer.receivedBytes)}, sent ${readableSize(transfer.sentBytes)}.`;
  return `${[image, ...lines, ...done, moved].join("\n")}\n`;
}

function platformLine({ outdated, runImage, layers }: RebasedPlatform, isPushed: boolean): string {
  const { name, digest, before } = runImage;
  const now = `${name}@${shortDigest(digest)}`;
  if (!outdated) return `up to date: ${now}`;
  const was = before === "" ? "" : `, was ${shortDigest(before)}`;
  const how = isPushed ? "rebased onto" : "can be rebased onto";
  return `${how} ${now}${was} (${layers.removed} layers replaced by ${layers.added}, ${layers.kept} kept)`;
}

/** `1.2 MB`, in steps of a thousand. */
export function readableSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
