import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic, type Report } from "../diagnostics/diagnostic.ts";
import { formatPlatform, type Platform, samePlatform } from "../image/platform.ts";
import {
  formatReference,
  type ImageReference,
  parseReference,
  pinReference,
  shortDigest,
} from "../image/reference.ts";
import type { WholeImage, WholePlatformImage } from "../registry/store/whole-image.ts";
import { type LabelRunImage, readLabelRunImage } from "./label-run-image.ts";
import { type ImageRebase, isCurrent, type RebasedImage, rebaseImage } from "./rebase-image.ts";
import { dubiousReasons, isNamed, stackReasons } from "./refusals.ts";

/** An app's image of one platform, and what it says of the run image that it stands on. */
export interface RebaseTarget {
  readonly app: WholePlatformImage;
  readonly label: LabelRunImage;
}

/** The run image that a target is to stand on. */
export interface FoundRunImage {
  readonly reference: ImageReference;
  readonly image: WholeImage;
  /** All that it has; what a message names where one is missing. */
  readonly available: readonly Platform[];
}

/** What is to become of one platform's image. */
export interface PlatformRebase {
  readonly target: RebaseTarget;
  readonly runImage: FoundRunImage;
  /** The run image's, of this platform. */
  readonly run: WholePlatformImage;
  /** Numbers of layers: of the app, and of the run images below it. */
  readonly layers: { readonly kept: number; readonly removed: number; readonly added: number };
  /** Absent: the image stands on this run image already. */
  readonly made?: RebasedImage;
}

/** Reads what all platforms' images say. Throws CompileError naming every image that no buildpacks made. */
export function readTargets(reference: ImageReference, image: WholeImage): readonly RebaseTarget[] {
  const name = formatReference(reference);
  const location = { file: name };
  if (image.images.length === 0) {
    throw new CompileError([diagnose("rebase/no-image", { image: name }, location)]);
  }
  const found: Diagnostic[] = [];
  const targets = image.images.flatMap((app): RebaseTarget[] => {
    const platform = formatPlatform(app.platform);
    const label = readLabelRunImage(app.config.config?.Labels ?? {}, name);
    if (label === undefined) found.push(diagnose("rebase/no-label", { image: name, platform }, location));
    else if (app.config.rootfs.diff_ids.includes(label.topLayer)) return [{ app, label }];
    else {
      const topLayer = shortDigest(label.topLayer);
      found.push(diagnose("rebase/no-top-layer", { image: name, platform, topLayer }, location));
    }
    return [];
  });
  if (found.length > 0) throw new CompileError(found);
  return targets;
}

/**
 * Names of the run image to try, best first: the one that was asked for, or those that the label has, the ones on the app's
 * own registry before the others. Throws CompileError where there is none.
 * Source: CNB platform spec, "Run Image Resolution".
 */
export function runImageNames(
  { app, label }: RebaseTarget,
  reference: ImageReference,
  wanted: ImageReference | undefined,
): readonly ImageReference[] {
  if (wanted !== undefined) return [wanted];
  const named = label.names.flatMap((name) => parseReference(name) ?? []);
  if (named.length === 0) {
    const image = formatReference(reference);
    const values = { image, platform: formatPlatform(app.platform) };
    throw new CompileError([diagnose("rebase/no-run-image", values, { file: image })]);
  }
  const isNear = ({ registry }: ImageReference) => registry === reference.registry;
  return [...named.filter(isNear), ...named.filter((name) => !isNear(name))];
}

interface PlanRequest {
  /** Of the app. */
  readonly reference: ImageReference;
  /** Each with the run image that was found for it. */
  readonly targets: readonly (RebaseTarget & { readonly runImage: FoundRunImage })[];
  /** Whether what makes a rebase dubious is only told. */
  readonly force: boolean;
}

/** Decides for all platforms. Throws CompileError with everything that stands against it, on any of them. */
export function planRebase(
  { reference, targets, force }: PlanRequest,
  report: Report,
): readonly PlatformRebase[] {
  const image = formatReference(reference);
  const found: Diagnostic[] = [];
  const planned = targets.flatMap(({ app, label, runImage }): PlatformRebase[] => {
    const platform = formatPlatform(app.platform);
    const { images } = runImage.image;
    const run =
      images.find((candidate) => samePlatform(candidate.platform, app.platform)) ??
      images.find((candidate) => fits(candidate.platform, app.platform));
    const name = formatReference(runImage.reference);
    if (run === undefined) {
      const available = runImage.available.map(formatPlatform);
      found.push(
        diagnose("rebase/platform-missing", { image, platform, runImage: name, available }, { file: name }),
      );
      return [];
    }
    const pair = {
      ...{ image, platform, names: label.names },
      ...{ config: app.config, runImage: runImage.reference, runConfig: run.config },
    };
    found.push(...stackReasons(pair));
    const dubious = dubiousReasons(pair);
    if (force) for (const reason of dubious) report(asWarning(reason));
    else found.push(...dubious);
    const { digest: _, ...unpinned } = runImage.reference;
    const rebase: ImageRebase = {
      ...{ app, run, baseLayers: app.config.rootfs.diff_ids.indexOf(label.topLayer) + 1 },
      reference: formatReference(pinReference(runImage.reference, runImage.image.top.digest)),
      ...(isNamed(runImage.reference, label.names) ? {} : { newName: formatReference(unpinned) }),
    };
    const layers = {
      kept: app.config.rootfs.diff_ids.length - rebase.baseLayers,
      removed: rebase.baseLayers,
      added: run.config.rootfs.diff_ids.length,
    };
    const made = isCurrent(rebase) ? {} : { made: rebaseImage(rebase) };
    return [{ target: { app, label }, runImage, run, layers, ...made }];
  });
  if (found.length > 0) throw new CompileError(found);
  return planned;
}

/** Whether an image of one platform can stand below an app of another; a variant that one leaves open is no difference. */
export function fits(run: Platform, app: Platform): boolean {
  const isOpen = run.variant === undefined || app.variant === undefined;
  return samePlatform(run, app) || (isOpen && run.os === app.os && run.architecture === app.architecture);
}

/** The user has set it aside, so there is nothing more to do about it. */
function asWarning({ hint: _, ...diagnostic }: Diagnostic): Diagnostic {
  return { ...diagnostic, severity: "warning" };
}
