import { buildIdOf } from "../../contract/build-id.ts";
import { dockerfileArguments } from "../../contract/dockerfile-arguments.ts";
import type { GeneratedDockerfile, GeneratedDockerfiles } from "../../contract/generated-dockerfile.ts";
import { generatedDigest } from "../../contract/generated-dockerfiles.ts";
import { becomesRoot } from "../../contract/root-user.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import type { FrozenDockerfile, FrozenExtensions } from "../../plan/lifecycle-plan.ts";
import { appDirectory } from "../../stages/paths.ts";
import { readDockerfile } from "../read/read-dockerfile.ts";
import { freezeInstructions } from "./frozen-instructions.ts";
import { userAfter } from "./user-after.ts";

/** An image that Dockerfiles are applied to. */
interface FrozenBase {
  /** `name:tag@sha256:…`. */
  readonly reference: string;
  /** `uid`, `uid:gid` or names; empty: root. */
  readonly user: string;
}

interface FreezeRequest {
  readonly generated: GeneratedDockerfiles;
  readonly builder: FrozenBase;
  readonly runImage: FrozenBase;
  /** Those that change the run image, in their order. */
  readonly applied: readonly GeneratedDockerfile[];
}

/** What image extensions made during detection, as it stands in a file of ours. Throws CompileError for what cannot. */
export function freezeExtensions({
  generated,
  builder,
  runImage,
  applied,
}: FreezeRequest): Omit<FrozenExtensions, "runImage"> {
  const own = generated.dockerfiles.filter(({ kind }) => kind === "build");
  const build = freezeAll(own, builder, 1);
  const run = freezeAll(applied, runImage, own.length + 1);
  const [user = ""] = run.user.split(":");
  if (applied.length > 0 && becomesRoot(runImage.user, user)) {
    const id = applied.at(-1)?.id ?? "";
    throw new CompileError([diagnose("frontend/extension-ends-as-root", { id, user }, { file: id })]);
  }
  return { digest: generatedDigest(generated), build: build.dockerfiles, run: run.dockerfiles };
}

/** In: the number of the first. Out: the user of the image that they make, too. */
function freezeAll(
  dockerfiles: readonly GeneratedDockerfile[],
  base: FrozenBase,
  first: number,
): { readonly dockerfiles: readonly FrozenDockerfile[]; readonly user: string } {
  const { reference } = base;
  let user = base.user;
  let below = reference;
  const frozen = dockerfiles.map((dockerfile, index): FrozenDockerfile => {
    // What is in the context is taken from each build's own detection.
    const { context, ...told } = dockerfile;
    const { id, version, kind } = told;
    const number = first + index;
    const buildId = buildIdOf(told, below, undefined);
    below = buildId;
    const [userId = "", group = ""] = user.split(":");
    const values = dockerfileArguments(told, { name: reference, user: userId, group }, buildId);
    const made = freezeInstructions({ dockerfile, values, context: `extend-context-${number}` });
    user = knownUser(dockerfile, values, user);
    return {
      ...{ number, id, version, kind, instructions: made.instructions },
      ...(made.usesContext ? { context: context?.path ?? appDirectory } : {}),
    };
  });
  return { dockerfiles: frozen, user };
}

/** Throws CompileError for a user whom only the build can tell. */
function knownUser(
  { id, kind, text }: GeneratedDockerfile,
  values: ReadonlyMap<string, string>,
  before: string,
): string {
  const [stage = { instructions: [] }] = readDockerfile(text).stages;
  const user = userAfter(stage, values, before);
  if (user !== undefined) return user;
  const what = "a USER that only the build can tell";
  throw new CompileError([diagnose("emit/extension-not-frozen", { id, kind, what }, { file: id })]);
}
