import type { DeclaredBinding, DeclaredSecret, ProjectDescriptor } from "../descriptor/project-descriptor.ts";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";
import type { PlatformFile, SecretMount } from "./lifecycle-plan.ts";
import type { CompileOptions } from "./options.ts";

/** Where a CA bundle is mounted while detect and build run; also what BuildKit would choose. */
const caCertificatePath = "/run/secrets/ca-cert";
/** Id of that secret. */
const caCertificateId = "ca-cert";
/**
 * Variables by which tools take a CA bundle: OpenSSL and Go, Node, Python's requests, curl, git, pip, cargo, Ruby's
 * bundler, Deno, the AWS tools.
 */
const caCertificateVariables = [
  ...["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO"],
  ...["PIP_CERT", "CARGO_HTTP_CAINFO", "BUNDLE_SSL_CA_CERT", "DENO_CERT", "AWS_CA_BUNDLE"],
];

/** Secrets that detect and build see, and the files around them that are none. */
export interface SecretsPlan {
  readonly mounts: readonly SecretMount[];
  readonly files: readonly PlatformFile[];
  /** Names of variables that come from secrets; a value given for one of them otherwise does not count. */
  readonly names: ReadonlySet<string>;
}

/**
 * Plans what comes from BuildKit's secrets: build-time variables, service bindings, a CA bundle. Only ids stand in the
 * Dockerfile. Flags come after the descriptor and take the place of a binding of the same name.
 * Throws CompileError for two secrets of one id.
 */
export function planSecrets(
  descriptor: ProjectDescriptor | undefined,
  options: Pick<CompileOptions, "secrets" | "bindings" | "caCertificate" | "buildEnv">,
): SecretsPlan {
  // A value on the command line is a choice against the descriptor's secret of that name.
  const declared = (descriptor?.secrets ?? []).filter(
    ({ name }) => !options.buildEnv.some((variable) => variable.name === name),
  );
  const secrets = new Map([...declared, ...options.secrets].map((secret) => [secret.name, secret]));
  const bindings = new Map(
    [...(descriptor?.bindings ?? []), ...options.bindings].map((binding) => [binding.name, binding]),
  );
  refuseClashes([...secrets.values()], [...bindings.values()]);
  return {
    mounts: [
      ...[...secrets.keys()].map((name) => ({ id: name, target: `/platform/env/${name}` })),
      ...[...bindings.values()].flatMap(({ name, keys }) =>
        keys.map((key) => ({ id: `${name}.${key}`, target: `/platform/bindings/${name}/${key}` })),
      ),
      ...(options.caCertificate ? [{ id: caCertificateId, target: caCertificatePath }] : []),
    ],
    files: [...bindings.values()].map(({ name, type }) => ({
      path: `/platform/bindings/${name}/type`,
      mode: "0644",
      content: { format: "text", text: type },
    })),
    names: new Set(secrets.keys()),
  };
}

/** Variables that lead tools to the CA bundle; weaker than any that the project sets. */
export function caVariables({ caCertificate }: Pick<CompileOptions, "caCertificate">) {
  return caCertificate ? caCertificateVariables.map((name) => ({ name, value: caCertificatePath })) : [];
}

/** One id for two things would hand the value of one to the other. */
function refuseClashes(secrets: readonly DeclaredSecret[], bindings: readonly DeclaredBinding[]): void {
  const ids = new Set([caCertificateId]);
  const claims = [
    ...secrets.map(({ name, location }) => ({ id: name, location })),
    ...bindings.flatMap(({ name, keys, location }) =>
      keys.map((key) => ({ id: `${name}.${key}`, location })),
    ),
  ];
  const found = claims.flatMap(({ id, location }) => {
    if (ids.has(id)) return [diagnose("plan/secret-twice", { id }, location)];
    ids.add(id);
    return [];
  });
  const reserved = bindings.flatMap(({ keys, location }) =>
    keys.includes("type") ? [diagnose("plan/binding-key-type", undefined, location)] : [],
  );
  if (found.length + reserved.length > 0) throw new CompileError([...found, ...reserved]);
}
