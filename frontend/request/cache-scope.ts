import { create } from "@bufbuild/protobuf";
import { CompileError } from "../../src/diagnostics/diagnostic.ts";
import { cacheScopeArgument } from "../../src/options/step-variables.ts";
import { badCacheScope, type CacheScope, parseCacheScope } from "../../src/options/values/cache-scope.ts";
import { cacheMountPrefix, cacheNamespaceArgument } from "../../src/stages/paths.ts";
import { CacheOptSchema, type Definition, type ExecOp, type Mount, MountType } from "../generated/ops_pb.js";
import { rewrite } from "../graph/rewrite.ts";
import { type FrontendOptions, optionsWith } from "./options.ts";

/** The scope of this build's caches, and BuildKit's own name for all of them; empty: it has none. */
export interface ScopedBuild extends CacheScope {
  readonly namespace: string;
}

/** Undefined: whoever builds gave no scope. Throws CompileError for one that is none. */
export function scopeOf(options: FrontendOptions): ScopedBuild | undefined {
  const { [cacheScopeArgument]: text } = optionsWith(options, "build-arg:");
  if (text === undefined) return undefined;
  const scope = parseCacheScope(text);
  if (scope === undefined) throw new CompileError([badCacheScope(text, `--build-arg ${cacheScopeArgument}`)]);
  return { ...scope, namespace: namespaceOf(options) };
}

/** What stands in front of the id of every cache mount of this build, before a slash; empty: nothing. */
export function namespaceOf(options: FrontendOptions): string {
  return optionsWith(options, "build-arg:")[cacheNamespaceArgument] ?? "";
}

/** A mount's id without the namespace and its slash, which BuildKit puts in front also where there is none. */
export function withoutNamespace(id: string, namespace: string): string {
  return id.startsWith(`${namespace}/`) ? id.slice(namespace.length + 1) : id;
}

/** The id of the same app's mount in another scope. Undefined: the mount is in none. */
export function mountIdIn(id: string, { own }: CacheScope, other: string): string | undefined {
  const prefix = `${cacheMountPrefix}${own}@`;
  return id.startsWith(prefix) ? `${cacheMountPrefix}${other}@${id.slice(prefix.length)}` : undefined;
}

/**
 * Puts every cache mount of a graph into the scope, whatever the Dockerfile that it comes from says. A step with a cache
 * mount has the scope in its environment, too, by which BuildKit knows it: none is answered with what another scope's
 * step found. Out: the same graph where all is so already.
 */
export function inScope(definition: Definition, scope: ScopedBuild): Definition {
  return rewrite(definition, (op) => {
    const exec = op.op.case === "exec" ? confined(op.op.value, scope) : undefined;
    return exec && { op: { ...op, op: { case: "exec", value: exec } } };
  });
}

/** Undefined: the step has no cache mount, or is as it has to be. */
function confined(exec: ExecOp, scope: ScopedBuild): ExecOp | undefined {
  const { meta } = exec;
  if (meta === undefined || !exec.mounts.some(isCache)) return undefined;
  const variable = `${cacheScopeArgument}=${scope.own}`;
  const said = meta.env.filter((text) => text.startsWith(`${cacheScopeArgument}=`));
  const isSaid = said.length === 1 && said[0] === variable;
  const mounts = exec.mounts.map((mount) => (isCache(mount) ? scoped(mount, scope) : mount));
  if (isSaid && mounts.every((mount, index) => mount === exec.mounts[index])) return undefined;
  const env = isSaid ? meta.env : [...meta.env.filter((text) => !said.includes(text)), variable];
  return { ...exec, mounts, meta: { ...meta, env } };
}

function isCache({ mountType }: Mount): boolean {
  return mountType === MountType.CACHE;
}

/** What the Dockerfile frontend makes of an id begins with a slash at least; any other id is none of its namespace. */
function scoped(mount: Mount, { own, namespace }: ScopedBuild): Mount {
  const { cacheOpt = create(CacheOptSchema), dest } = mount;
  const full = cacheOpt.id || dest;
  const id = withoutNamespace(full, namespace);
  const prefix = `${cacheMountPrefix}${own}@`;
  if (full !== id && id.startsWith(prefix)) return mount;
  const rest = id.startsWith(cacheMountPrefix) ? id.slice(cacheMountPrefix.length) : id;
  return { ...mount, cacheOpt: { ...cacheOpt, id: `${namespace}/${prefix}${rest}` } };
}
