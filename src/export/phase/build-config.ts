import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Report } from "../../diagnostics/diagnostic.ts";
import { builderBundle } from "./certificates.ts";

/** Variables by which tools are told of a proxy for TLS. */
const proxyVariables = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/** Whether one is set. */
export function hasProxy(env: NodeJS.ProcessEnv): boolean {
  return proxyVariables.some((name) => env[name]);
}

/**
 * Variables of tools that bring certificates of their own and do not look at the image's: Python's ssl as it comes with standalone
 * builds, httpx and uv; Node; requests; pip; cargo; Deno; the AWS tools.
 */
const ownBundleVariables = [
  ...["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "PIP_CERT", "CARGO_HTTP_CAINFO"],
  ...["DENO_CERT", "AWS_CA_BUNDLE"],
];

/** Variable that names the directory, and its usual value. Source: CNB platform spec, "Operator-Defined Variables". */
const buildConfigVariable = "CNB_BUILD_CONFIG_DIR";
const usualBuildConfig = "/cnb/build-config";

/**
 * Where a proxy is set, which may sign TLS anew, leads tools with certificates of their own to the builder's bundle: an office has
 * its CA there, and BuildKit adds that of a proxy network while the step runs. As the operator's variables with the suffix
 * `default` they are weaker than all that project, builder and buildpacks set. In: a directory to be made. Out: the variables of
 * the lifecycle's process; unchanged where no proxy or no bundle is.
 */
export function ledByProxy(env: NodeJS.ProcessEnv, directory: string, report: Report): NodeJS.ProcessEnv {
  if (!hasProxy(env)) return env;
  const bundle = builderBundle(report);
  if (bundle === undefined) return env;
  const given = join(env[buildConfigVariable] || usualBuildConfig, "env");
  const names = existsSync(given) ? readdirSync(given) : [];
  const made = join(directory, "env");
  mkdirSync(made, { recursive: true });
  for (const name of names) symlinkSync(join(given, name), join(made, name));
  const taken = new Set(names.map((name) => name.split(".", 1)[0]));
  for (const name of ownBundleVariables.filter((own) => !taken.has(own))) {
    writeFileSync(join(made, `${name}.default`), bundle.path);
  }
  return { ...env, [buildConfigVariable]: directory };
}
