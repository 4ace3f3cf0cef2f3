import type { GeneratedDockerfile } from "../../src/contract/generated-dockerfile.ts";
import { diagnose } from "../../src/diagnostics/diagnose.ts";
import { CompileError } from "../../src/diagnostics/diagnostic.ts";
import {
  type Definition,
  type ExecOp,
  MountType,
  NetMode,
  type Op,
  SecurityMode,
} from "../generated/ops_pb.js";
import type { State } from "../graph/llb.ts";
import { rewrite } from "../graph/rewrite.ts";

/** Attributes by which BuildKit fetches a source with secrets or the ssh agent of the client. */
const credentials = [
  ...["git.authheadersecret", "git.authtokensecret", "git.knownsshhosts", "git.mountsshsock"],
  "http.authheadersecret",
];

interface Confinement {
  readonly dockerfile: Pick<GeneratedDockerfile, "id" | "kind">;
  /** What the Dockerfile was given, as the image below and its context: the steps that made it are not the extension's. */
  readonly given: readonly (State | undefined)[];
  /** Whether its steps may use the network; else none does, and nothing is downloaded. */
  readonly hasNetwork: boolean;
  /** Whether whoever builds gives all steps the network of the machine. */
  readonly hasHostNetwork: boolean;
}

/**
 * The graph of an extension's Dockerfile without what is the client's: an extension is other people's code that runs as root. Throws CompileError
 * for a step that asks for a secret, an ssh agent, a device, the machine's network or its rights, and for a download without network.
 */
export function confined(definition: Definition, confinement: Confinement): Definition {
  const given = new Set(confinement.given.flatMap((state) => [...(state?.operations.keys() ?? [])]));
  const { id, kind } = confinement.dockerfile;
  const refuse = (what: string): never => {
    throw new CompileError([diagnose("frontend/extension-forbidden", { id, kind, what }, { file: id })]);
  };
  return rewrite(definition, (op, digest) => {
    if (given.has(digest)) return undefined;
    switch (op.op.case) {
      case "exec":
        return confinedStep(op, op.op.value, confinement, refuse);
      case "source":
        return confinedSource(op, op.op.value, confinement, refuse);
      default:
        return undefined;
    }
  });
}

function confinedStep(
  op: Op,
  exec: ExecOp,
  { hasNetwork, hasHostNetwork }: Confinement,
  refuse: (what: string) => never,
): { readonly op: Op } | undefined {
  const { mounts, secretenv, network, security, cdiDevices } = exec;
  if (secretenv.length > 0 || mounts.some(({ mountType }) => mountType === MountType.SECRET))
    refuse("a secret");
  if (mounts.some(({ mountType }) => mountType === MountType.SSH)) refuse("an ssh agent");
  if (cdiDevices.length > 0) refuse("a device");
  if (security === SecurityMode.INSECURE) refuse("the rights of the machine (--security=insecure)");
  if (network === NetMode.HOST && !hasHostNetwork) refuse("the network of the machine (--network=host)");
  if (hasNetwork || network === NetMode.NONE) return undefined;
  return { op: { ...op, op: { case: "exec", value: { ...exec, network: NetMode.NONE } } } };
}

function confinedSource(
  op: Op,
  source: { readonly identifier: string; readonly attrs: Readonly<Record<string, string>> },
  { hasNetwork }: Confinement,
  refuse: (what: string) => never,
): { readonly op: Op } | undefined {
  if (!/^(?:https?|git):/.test(source.identifier)) return undefined;
  if (!hasNetwork) refuse("a download, and has no network");
  const attrs = Object.entries(source.attrs);
  const kept = attrs.filter(([name]) => !credentials.includes(name));
  if (kept.length === attrs.length) return undefined;
  const value = { ...source, $typeName: "pb.SourceOp" as const, attrs: Object.fromEntries(kept) };
  return { op: { ...op, op: { case: "source", value } } };
}
