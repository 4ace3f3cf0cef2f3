import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import * as v from "valibot";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import type { BuildRequest } from "../../engines/build-request.ts";
import { readOrExplain } from "../../files/text-file.ts";
import type { PolicyFiles } from "../build-order.ts";
import { readAllowedUrls } from "./download-list.ts";
import { parseJson } from "./parse-json.ts";
import { allowedPolicy } from "./source-policy.ts";

/** What stands for a file that is made for a build and gone after it. */
const shownFile = "FILE-OF-THE-SOURCE-POLICY";

const policySchema = v.looseObject({ rules: v.nullish(v.array(v.unknown()), []) });

/**
 * The request with the rules of the files that the user names. BuildKit takes one policy: the user's own rules come before those of a
 * list, so that what they convert is what is allowed or not. In: a directory for the policy; absent: nothing is built. Throws CompileError.
 */
export function withSourcePolicy(
  request: BuildRequest,
  { sourcePolicy, allowedDownloads }: PolicyFiles,
  work: string | undefined,
): BuildRequest {
  if (sourcePolicy === undefined && allowedDownloads === undefined) return request;
  const own = sourcePolicy === undefined ? [] : rulesOf(sourcePolicy);
  if (allowedDownloads === undefined) return { ...request, sourcePolicyFile: resolve(sourcePolicy ?? "") };
  const flag = "--allowed-downloads";
  const urls = readAllowedUrls(textOf(allowedDownloads, flag), allowedDownloads, flag);
  if (work === undefined) return { ...request, sourcePolicyFile: shownFile };
  const { version, rules } = allowedPolicy(urls);
  const file = join(work, "source-policy.json");
  writeFileSync(file, JSON.stringify({ version, rules: [...own, ...rules] }));
  return { ...request, sourcePolicyFile: file };
}

function rulesOf(file: string): readonly unknown[] {
  const flag = "--source-policy-file";
  const policy = parseJson(policySchema, textOf(file, flag));
  if (policy !== undefined) return policy.rules ?? [];
  throw new CompileError([diagnose("cli/bad-source-policy", { file }, { file: flag })]);
}

/** Throws CompileError. */
function textOf(file: string, flag: string): string {
  const text = readOrExplain(file, { flag });
  if (text !== undefined) return text;
  throw new CompileError([diagnose("cli/no-policy-file", { file }, { file: flag })]);
}
