import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import { diagnosticJson } from "../../diagnostics/format.ts";
import { type ImageReference, parseReference } from "../../image/reference.ts";
import { finishRebase } from "../../rebase/finish-rebase.ts";
import { planRebase } from "../../rebase/plan-rebase.ts";
import { formatResult, makeResult } from "../../rebase/result.ts";
import { version } from "../../version.ts";
import { exitOutdated } from "../exit-code.ts";
import type { RebaseFlags } from "../flags.ts";
import { registryOptions } from "../project/compile-project.ts";
import { openImages } from "../rebase/open-images.ts";
import { pushRebased } from "../rebase/push-rebased.ts";
import { Repositories } from "../rebase/repositories.ts";
import type { Terminal } from "../terminal.ts";

/**
 * `rebase`: puts every platform of an app's image on the run image as it is now, in the registry. Nothing is pushed where
 * nothing has changed, unless another tag was asked for. Out: the exit code.
 */
export async function rebase(name: string, flags: RebaseFlags, terminal: Terminal): Promise<number> {
  const isCheck = flags.check === true;
  const reference = registryReference(name, "NAME");
  const wanted = flags.runImage === undefined ? undefined : registryReference(flags.runImage, "--run-image");
  const tags = destinations(reference, flags.tag, isCheck);
  const repositories = new Repositories(registryOptions(flags), terminal.report);
  const { image, targets } = await openImages(reference, wanted, repositories);
  const planned = planRebase({ reference, targets, force: flags.force === true }, terminal.report);
  const finished = finishRebase(image, planned);
  const isOutdated = finished.manifests.length > 0;
  const isPushed = !isCheck && (isOutdated || flags.tag !== undefined);
  if (isPushed && finished.dropped.length > 0) {
    const values = { image: name, count: finished.dropped.length };
    terminal.report(diagnose("rebase/entries-dropped", values, { file: name }));
  }
  const request = { reference, image, planned, finished, tags };
  const layers = isPushed
    ? await pushRebased(request, repositories, terminal.tell)
    : { there: 0, mounted: 0, sent: 0 };
  const result = makeResult({
    ...{ version, reference, planned, finished, layers, digest: image.top.digest },
    ...(isPushed ? { tags } : {}),
    transfer: repositories.traffic,
    diagnostics: terminal.reported.map(diagnosticJson),
  });
  terminal.print(flags.json === true ? `${JSON.stringify(result, null, 2)}\n` : formatResult(result));
  return flags.exitCode === true && isOutdated ? exitOutdated : 0;
}

/** Where the result goes. Throws CompileError where that cannot be written to. */
function destinations(
  reference: ImageReference,
  tags: readonly string[] | undefined,
  isCheck: boolean,
): readonly ImageReference[] {
  if (isCheck) return [];
  if (tags === undefined) return [requireTag(reference, "NAME")];
  return tags.map((tag) => requireTag(registryReference(tag, "--tag"), "--tag"));
}

function requireTag(reference: ImageReference, file: string): ImageReference {
  if (reference.digest === undefined) return reference;
  const image = `${reference.name}@${reference.digest}`;
  throw new CompileError([diagnose("rebase/needs-tag", { image }, { file })]);
}

/** Throws CompileError where the text is no name of an image in a registry. In: the flag or argument. */
function registryReference(text: string, file: string): ImageReference {
  const reference = parseReference(text);
  if (reference === undefined) throw new CompileError([diagnose("plan/bad-reference", { text }, { file })]);
  if (reference.place === undefined) return reference;
  throw new CompileError([diagnose("rebase/not-in-registry", { image: text, flag: file }, { file })]);
}
