import { diagnose } from "../../diagnostics/diagnose.ts";
import { TemporaryError } from "../../diagnostics/diagnostic.ts";
import type { WholeDescriptor } from "../../image/manifest.ts";
import { formatReference, type ImageReference, shortDigest } from "../../image/reference.ts";
import type { FinishedRebase } from "../../rebase/finish-rebase.ts";
import type { PlatformRebase } from "../../rebase/plan-rebase.ts";
import { baseBlobs } from "../../rebase/rebase-image.ts";
import { type LayerCounts, readableSize } from "../../rebase/result.ts";
import { readOtherManifest, type WholeImage } from "../../registry/store/whole-image.ts";
import type { BlobOrigin, NamedBlob, RepositoryWriter } from "../../registry/store/writer.ts";
import type { Repositories } from "./repositories.ts";

interface PushRequest {
  /** The app's image as it was read. */
  readonly reference: ImageReference;
  readonly image: WholeImage;
  readonly planned: readonly PlatformRebase[];
  readonly finished: FinishedRebase;
  /** Where the result goes; at least one. */
  readonly tags: readonly ImageReference[];
}

interface Blob extends NamedBlob {
  readonly origin: BlobOrigin;
}

/** A blob or manifest of the image before, for a repository that has none of it. */
interface Carried {
  readonly blobs: readonly Blob[];
  readonly manifests: readonly {
    readonly digest: string;
    readonly bytes: Buffer;
    readonly mediaType: string;
  }[];
}

/**
 * Writes a rebased image: layers, configs and manifests by digest to all repositories, then the tags. Until the last step
 * nobody sees anything of it. In: hears of each layer that goes through here. Out: how layers came to be there.
 * Throws TemporaryError where a tag was moved meanwhile.
 */
export async function pushRebased(
  request: PushRequest,
  repositories: Repositories,
  tell: (line: string) => void,
): Promise<LayerCounts> {
  const { reference, image, planned, finished, tags } = request;
  const counts = { there: 0, mounted: 0, sent: 0 };
  const base = planned.flatMap(({ made, run, runImage }) => {
    const client = repositories.client(runImage.reference, "anywhere");
    const origin = { reference: runImage.reference, client };
    return made === undefined ? [] : baseBlobs({ run }).map((layer) => blobOf(layer, origin));
  });
  for (const target of new Map(tags.map((tag) => [tag.name, tag])).values()) {
    const writer = repositories.writer(target);
    const isOwn = target.registry === reference.registry && target.repository === reference.repository;
    const carried = isOwn ? { blobs: [], manifests: [] } : await carriedAlong(request, repositories);
    await bringBlobs([...base, ...carried.blobs], writer, target, counts, tell);
    for (const { digest, bytes } of finished.configs) await writer.putBlob(digest, bytes);
    for (const { digest, bytes, mediaType } of [...carried.manifests, ...finished.manifests, finished.top]) {
      await writer.putManifest(digest, bytes, mediaType);
    }
  }
  for (const tag of tags) {
    if (formatReference(tag) === formatReference(reference)) {
      await requireUnmoved(reference, image.top.digest, repositories);
    }
    const { bytes, mediaType } = finished.top;
    await repositories.writer(tag).putManifest(tag.tag ?? "latest", bytes, mediaType);
  }
  return counts;
}

function blobOf({ digest, size }: WholeDescriptor, origin: BlobOrigin): Blob {
  return { digest, sizeBytes: size, origin };
}

async function bringBlobs(
  blobs: readonly Blob[],
  writer: RepositoryWriter,
  target: ImageReference,
  counts: { -readonly [Key in keyof LayerCounts]: number },
  tell: (line: string) => void,
): Promise<void> {
  const each = [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
  const isThere = await Promise.all(each.map(({ digest }) => writer.hasBlob(digest)));
  for (const [index, blob] of each.entries()) {
    if (isThere[index] === true) counts.there++;
    else {
      const { digest, sizeBytes, origin } = blob;
      const line = `Sending ${shortDigest(digest)} (${readableSize(sizeBytes)}) from ${origin.reference.name} to ${target.name}`;
      counts[await writer.bringBlob(blob, origin, () => tell(line))]++;
    }
  }
}

/** What another repository needs of the image before: layers that stay, and images and attestations that are listed still. */
async function carriedAlong(
  { reference, image, planned, finished }: PushRequest,
  repositories: Repositories,
): Promise<Carried> {
  const client = repositories.client(reference, "origin");
  const origin = { reference, client };
  const blobs = planned.flatMap(({ target, made, layers }) => {
    const { config, layers: all } = target.app.stored.value;
    const needed = made === undefined ? [config, ...all] : all.slice(layers.removed);
    return needed.filter(({ urls }) => urls === undefined || urls.length === 0);
  });
  const kept = planned.filter(({ made }) => made === undefined).map(({ target }) => target.app.stored);
  const others = image.others.filter((entry) => !finished.dropped.includes(entry));
  const read = await Promise.all(others.map(({ digest }) => readOtherManifest(client, digest)));
  return {
    blobs: [...blobs, ...read.flatMap((other) => other.blobs)].map((blob) => blobOf(blob, origin)),
    manifests: [...kept, ...read],
  };
}

/** Not for certain, for registries change tags unconditionally; but the time in between is one request long. */
async function requireUnmoved(
  reference: ImageReference,
  before: string,
  repositories: Repositories,
): Promise<void> {
  const now = await repositories.client(reference, "origin").manifest(reference.tag ?? "latest");
  if (now?.digest === before) return;
  const image = formatReference(reference);
  const values = { image, before: shortDigest(before), now: shortDigest(now?.digest ?? "") };
  throw new TemporaryError(diagnose("rebase/tag-moved", values, { file: image }));
}
