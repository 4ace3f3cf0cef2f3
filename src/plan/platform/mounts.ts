import type { ProjectDescriptor } from "../../descriptor/project-descriptor.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import type { DeclaredBinding, DeclaredSecret } from "../../options/declarations.ts";
import type { PlatformFile, SecretMount } from "../lifecycle-plan.ts";
import type { CompileOptions } from "../options.ts";
import { caCertificateId, isBuildkitSecret } from "./buildkit-secret.ts";
import { envFiles } from "./platform-files.ts";

/** Where a CA bundle is mounted while detect and build run; also what BuildKit would choose. */
const caCertificatePath = "/run/secrets/ca-cert";
/**
 * Where `build` joins it to the builder's own: every container has this directory in memory, for every user, and it ends with
 * the step. Source: OCI runtime specification, "Default Filesystems".
 */
const joinedCertificatesPath = "/dev/shm/cnb-dockerfile-ca-certificates.pem";
/**
 * Variables by which tools take a CA bundle: OpenSSL and Go, Node, Python's requests, curl, git, pip, cargo, Ruby's
 * bundler, Deno, the AWS tools.
 */
const caCertificateVariables = [
  ...["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO"],
  ...["PIP_CERT", "CARGO_HTTP_CAINFO", "BUNDLE_SSL_CA_CERT", "DENO_CERT", "AWS_CA_BUNDLE"],
];

/** Where the socket of the ssh agent is while buildpacks run, and the variable that says so. */
const sshSocket = "/run/buildkit/ssh_agent.0";
const sshVariable = "SSH_AUTH_SOCK";

/** Secrets that detect and build see, and the files around them that are none. */
export interface SecretsPlan {
  readonly mounts: readonly SecretMount[];
  /** Socket of an ssh agent, for the phase with network alone; absent: none. */
  readonly ssh?: SecretMount;
  readonly files: readonly PlatformFile[];
  /** Names of bindings. */
  readonly bindings: readonly string[];
  /** Names of variables that come from secrets; a value given for one of them otherwise does not count. */
  readonly names: ReadonlySet<string>;
}

/**
 * Plans what comes from BuildKit's secrets: build-time variables, service bindings, a CA bundle. Only ids stand in the
 * Dockerfile. Flags come after the descriptor and take the place of a binding of the same name.
 * Throws CompileError for two secrets of one id, and for one that the descriptor may not ask for.
 */
export function planSecrets(
  descriptor: ProjectDescriptor | undefined,
  options: Pick<CompileOptions, "secrets" | "bindings" | "ssh" | "caCertificate" | "buildEnv">,
): SecretsPlan {
  // A value on the command line is a choice against the descriptor's secret of that name.
  const declared = (descriptor?.secrets ?? []).filter(
    ({ name }) => !options.buildEnv.some((variable) => variable.name === name),
  );
  const secrets = new Map([...declared, ...options.secrets].map((secret) => [secret.name, secret]));
  const bindings = new Map(
    [...(descriptor?.bindings ?? []), ...options.bindings].map((binding) => [binding.name, binding]),
  );
  const ssh = options.ssh ?? descriptor?.ssh;
  refuseClashes([...secrets.values()], [...bindings.values()], ssh);
  refuseReserved([...secrets.values()], [...bindings.values()], options);
  return {
    mounts: [
      ...[...secrets.keys()].map((name) => ({ id: name, target: `/platform/env/${name}` })),
      ...[...bindings.values()].flatMap(({ name, keys }) =>
        keys.map(
          (key): SecretMount => ({
            id: `${name}.${key}`,
            target: `/platform/bindings/${name}/${key}`,
            // What a buildpack copies into a layer keeps its mode, and another user reads it when the image runs.
            mode: "0644",
          }),
        ),
      ),
      ...(options.caCertificate
        ? [{ id: caCertificateId, target: caCertificatePath, joined: joinedCertificatesPath }]
        : []),
    ],
    ...(ssh === undefined ? {} : { ssh: { id: ssh.name, target: sshSocket } }),
    files: [
      ...[...bindings.values()].map(
        ({ name, type }): PlatformFile => ({
          path: `/platform/bindings/${name}/type`,
          mode: "0644",
          content: { format: "text", text: type },
        }),
      ),
      // The lifecycle hands no variable of its own environment on; but for `clear-env` buildpacks, it hands on this one.
      ...(ssh === undefined ? [] : envFiles([{ name: sshVariable, value: sshSocket }])),
    ],
    bindings: [...bindings.keys()],
    names: new Set([...secrets.keys(), ...(ssh === undefined ? [] : [sshVariable])]),
  };
}

/** Variables that lead tools to the joined CA bundle; weaker than any that the project sets. */
export function caVariables({ caCertificate }: Pick<CompileOptions, "caCertificate">) {
  return caCertificate ? caCertificateVariables.map((name) => ({ name, value: joinedCertificatesPath })) : [];
}

/** What is offered to BuildKit itself reaches a buildpack only where whoever builds says so, not the project. */
function refuseReserved(
  secrets: readonly DeclaredSecret[],
  bindings: readonly DeclaredBinding[],
  options: Pick<CompileOptions, "secrets" | "bindings">,
): void {
  const written = [
    ...secrets
      .filter((secret) => !options.secrets.includes(secret))
      .map(({ name, location }) => ({ id: name, location })),
    ...bindings
      .filter((binding) => !options.bindings.includes(binding))
      .flatMap(({ name, keys, location }) => keys.map((key) => ({ id: `${name}.${key}`, location }))),
  ];
  const found = written
    .filter(({ id }) => isBuildkitSecret(id))
    .map(({ id, location }) => diagnose("plan/secret-reserved", { id }, location));
  if (found.length > 0) throw new CompileError(found);
}

/** One id for two things would hand the value of one to the other. */
function refuseClashes(
  secrets: readonly DeclaredSecret[],
  bindings: readonly DeclaredBinding[],
  ssh: DeclaredSecret | undefined,
): void {
  const ids = new Set([caCertificateId]);
  const claims = [
    // The variable can be a secret or lead to the agent.
    ...(ssh === undefined ? [] : [{ id: sshVariable, location: ssh.location }]),
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
