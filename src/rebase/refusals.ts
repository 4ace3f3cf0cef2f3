import { distroNameLabel, distroVersionLabel, mixinsLabel, stackIdLabel } from "../builder/labels.ts";
import { rebasableLabel } from "../contract/label-names.ts";
import { diagnose } from "../diagnostics/diagnose.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { formatReference, type ImageReference, parseReference } from "../image/reference.ts";
import type { WholeConfig } from "../image/whole-config.ts";

/** An app's image of one platform, and the run image that it is to stand on. */
interface RebasePair {
  /** Name of the app's image, for messages. */
  readonly image: string;
  /** `linux/arm64`. */
  readonly platform: string;
  readonly config: WholeConfig;
  readonly runImage: ImageReference;
  readonly runConfig: WholeConfig;
  /** Names of run images that the app's image was made for. */
  readonly names: readonly string[];
}

/**
 * Reasons not to rebase that a user may set aside. Source: the lifecycle's rebaser 0.21 (`validateTarget`, `containsName`).
 */
export function dubiousReasons(pair: RebasePair): Diagnostic[] {
  const { image, platform, config, names } = pair;
  const location = { file: image };
  const runImage = formatReference(pair.runImage);
  const found: Diagnostic[] = [];
  if (hasTargets(config)) {
    if (config.config?.Labels?.[rebasableLabel] === "false") {
      found.push(
        diagnose("rebase/not-rebasable", { image, platform }, { ...location, keyPath: rebasableLabel }),
      );
    }
    const differences = targetDifferences(config, pair.runConfig);
    if (differences.length > 0) {
      found.push(diagnose("rebase/other-target", { image, platform, runImage, differences }, location));
    }
  }
  if (!isNamed(pair.runImage, names)) {
    found.push(
      diagnose("rebase/other-run-image", { image, platform, runImage, names }, { file: "--run-image" }),
    );
  }
  return found;
}

/**
 * Reasons that nobody can set aside: images of Platform APIs below 0.12 need a run image of the same stack, with all of its
 * mixins. Source: the lifecycle's rebaser 0.21 (`validateStackID`, `validateMixins`).
 */
export function stackReasons({ image, platform, config, runImage, runConfig }: RebasePair): Diagnostic[] {
  if (hasTargets(config)) return [];
  const location = { file: image };
  const name = formatReference(runImage);
  const [has, offers] = [config, runConfig].map((each) => each.config?.Labels?.[stackIdLabel] ?? "");
  if (has === undefined || has === "" || has !== offers) {
    const values = { image, platform, runImage: name, has: has ?? "", offers: offers ?? "" };
    return [diagnose("rebase/other-stack", values, location)];
  }
  const offered = mixinsOf(runConfig);
  const missing = mixinsOf(config).filter((mixin) => !offered.includes(mixin));
  if (missing.length === 0) return [];
  return [diagnose("rebase/missing-mixins", { image, platform, runImage: name, missing }, location)];
}

/** Whether two names stand for the same image, whatever digests they have. */
export function isNamed(wanted: ImageReference, names: readonly string[]): boolean {
  const plain = ({ registry, repository, tag = "latest" }: ImageReference) =>
    `${registry}/${repository}:${tag}`;
  return names.some((name) => {
    const reference = parseReference(name);
    return reference !== undefined && plain(reference) === plain(wanted);
  });
}

/** From Platform API 0.12 on, targets take the place of stacks. */
function hasTargets(config: WholeConfig): boolean {
  const line = config.config?.Env?.findLast((entry) => entry.startsWith("CNB_PLATFORM_API="));
  const [major = 0, minor = 0] = (line ?? "=0.0").split("=")[1]?.split(".").map(Number) ?? [];
  return major > 0 || minor >= 12;
}

/** What the run image says of itself and the app's image otherwise; what one of them leaves open is no difference. */
function targetDifferences(config: WholeConfig, runConfig: WholeConfig): string[] {
  const has = config.config?.Labels ?? {};
  const offers = runConfig.config?.Labels ?? {};
  const found = [
    ...(["os", "architecture"] as const).map((key) => [key, config[key], runConfig[key]] as const),
    ...(config.variant && runConfig.variant ? [["variant", config.variant, runConfig.variant] as const] : []),
    ...[distroNameLabel, distroVersionLabel].flatMap((label) =>
      offers[label] ? [[label, has[label] ?? "", offers[label]] as const] : [],
    ),
  ];
  return found.flatMap(([key, own, other]) =>
    own === other ? [] : [`${key} ${JSON.stringify(own)}, the run image has ${JSON.stringify(other)}`],
  );
}

/** Without the prefix that says when one is needed. */
function mixinsOf(config: WholeConfig): string[] {
  try {
    const value: unknown = JSON.parse(config.config?.Labels?.[mixinsLabel] ?? "[]");
    const mixins = Array.isArray(value) ? value.filter((mixin) => typeof mixin === "string") : [];
    return mixins.map((mixin) => mixin.replace(/^(build|run):/, ""));
  } catch {
    return [];
  }
}
