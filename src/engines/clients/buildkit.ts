import { resolve } from "node:path";
import { formatPlatform } from "../../image/platform.ts";
import { present } from "../../present.ts";
import type { BuildRequest, NamedContext, StepLimits } from "../build-request.ts";
import type { BuildRecords } from "../engine.ts";
import type { EngineCommand } from "../engine-command.ts";
import {
  type BuildOutput,
  formatAttributes,
  formatOutput,
  parseAttributes,
} from "../outputs/build-output.ts";

/** A BuildKit, and how it is reached. */
export interface BuildkitAddress {
  /** `unix://…`, `tcp://…`, `ssh://…` and what else buildctl knows. */
  readonly address: string;
  /** Directory with `ca.pem`, `cert.pem`, `key.pem`; absent: no TLS. */
  readonly tlsDirectory?: string;
  /** Name in the server's certificate; absent: the address's host. */
  readonly tlsServerName?: string;
}

/** Names of BuildKit's options for the frontend that are also in the Dockerfile world's command lines. */
const frontendName = "cnb-dockerfile";

/** The words of buildctl that say which BuildKit. */
export function buildctlWords({ address, tlsDirectory, tlsServerName }: BuildkitAddress): string[] {
  return [
    `--addr=${address}`,
    ...(tlsDirectory === undefined ? [] : [`--tlsdir=${tlsDirectory}`]),
    ...(tlsServerName === undefined ? [] : [`--tlsservername=${tlsServerName}`]),
  ];
}

/**
 * The build as a command of buildctl: the same as buildx would ask of BuildKit, so that the same comes out.
 * Source: docker/buildx, what `build` makes of its flags; BuildKit, "Dockerfile frontend" options.
 */
export function buildctlCommand(
  buildctl: string,
  buildkit: BuildkitAddress,
  request: BuildRequest,
): EngineCommand {
  const { frontend, file, context, platforms } = request;
  const contexts = request.buildContexts.map((one, index) => ({
    name: one.name,
    ...contextParts(one, index),
  }));
  const options: Record<string, string> = {
    filename: file.name,
    ...(frontend === undefined ? {} : { source: frontend.reference, cmdline: frontend.reference }),
    ...(frontend?.layout === undefined
      ? {}
      : { [`context:${frontend.reference}`]: `oci-layout://${frontendName}@${frontend.layout.digest}` }),
    ...(platforms.length === 0 ? {} : { platform: platforms.map(formatPlatform).join(",") }),
    ...named(
      "build-arg:",
      request.buildArguments.map(({ name, value }) => [name, value]),
    ),
    ...named("label:", request.labels.map(splitPair)),
    ...present({ target: request.target }),
    ...(request.call === undefined ? {} : { requestid: `frontend.${request.call}` }),
    ...(request.noCache || request.noCacheFilter.length > 0
      ? { "no-cache": request.noCache ? "" : request.noCacheFilter.join(",") }
      : {}),
    ...(request.pull ? { "image-resolve-mode": "pull" } : {}),
    ...attestationOptions(request.attestations),
    ...limitOptions(request.limits),
    ...named(
      "context:",
      contexts.map(({ name, text }) => [name, text]),
    ),
  };
  const flag = (name: string) => (value: string) => `--${name}=${value}`;
  return {
    program: buildctl,
    arguments: [
      ...buildctlWords(buildkit),
      "build",
      `--progress=${request.progress}`,
      `--frontend=${frontend === undefined ? "dockerfile.v0" : "gateway.v0"}`,
      `--local=context=${context}`,
      `--local=dockerfile=${file.directory}`,
      ...(frontend?.layout === undefined
        ? []
        : [`--oci-layout=${frontendName}=${frontend.layout.directory}`]),
      ...contexts.flatMap(({ words }) => words),
      ...Object.entries(options).map(([name, value]) => `--opt=${name}=${value}`),
      // buildctl has no word for a result that goes nowhere: it is what it does by itself.
      ...request.outputs
        .filter(({ type }) => type !== "cacheonly")
        .map((output) => namedOutput(output, request))
        .map(flag("output")),
      ...request.secrets.map(flag("secret")),
      ...request.ssh.map(flag("ssh")),
      ...request.limits.allow.map(flag("allow")),
      ...(request.limits.proxyNetwork === true ? ["--proxy-network"] : []),
      ...request.cacheFrom.map(cacheText).map(flag("import-cache")),
      ...request.cacheTo.map(cacheText).map(flag("export-cache")),
      ...(request.metadataFile === undefined ? [] : [`--metadata-file=${request.metadataFile}`]),
      ...(request.traceFile === undefined ? [] : [`--trace=${request.traceFile}`]),
      ...(request.referenceFile === undefined ? [] : [`--ref-file=${request.referenceFile}`]),
      ...(request.sourcePolicyFile === undefined ? [] : [`--source-policy-file=${request.sourcePolicyFile}`]),
    ],
    env: {},
  };
}

/** How this BuildKit is asked for what it keeps of builds. */
export function buildctlRecords(buildctl: string, buildkit: BuildkitAddress): BuildRecords {
  const debug = (...words: readonly string[]): EngineCommand => ({
    program: buildctl,
    arguments: [...buildctlWords(buildkit), "debug", ...words],
    env: {},
  });
  return {
    // All builds of the BuildKit are listed; the template leaves the others out.
    find: (reference) =>
      debug(
        "histories",
        `--format={{with .Record}}{{if eq .Ref ${JSON.stringify(reference)}}}{{json .}}{{end}}{{end}}`,
      ),
    blob: (digest) => debug("get", digest),
  };
}

function named(prefix: string, pairs: readonly (readonly [string, string])[]): Record<string, string> {
  return Object.fromEntries(pairs.map(([name, value]) => [`${prefix}${name}`, value]));
}

function splitPair(text: string): [string, string] {
  const at = text.indexOf("=");
  return at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

/** buildx attests where a result comes from unless told otherwise, as far as the output can hold it; so do we. */
function attestationOptions(attestations: Readonly<Record<string, string>>): Record<string, string> {
  const { provenance = "mode=min,inline-only=true", ...others } = attestations;
  const entries = Object.entries({ provenance, ...others }).flatMap(([kind, value]) => {
    if (/^(?:0|f|false)$/i.test(value)) return [];
    return [[`attest:${kind}`, /^(?:1|t|true)$/i.test(value) ? "" : value] as const];
  });
  return Object.fromEntries(entries);
}

function limitOptions(limits: StepLimits): Record<string, string> {
  const { addHosts, cgroupParent, network, shmSize, ulimits } = limits;
  return {
    ...(addHosts.length === 0
      ? {}
      : { "add-hosts": addHosts.map((text) => text.replace(/[=:]/, "=")).join(",") }),
    ...present({ "cgroup-parent": cgroupParent }),
    ...(network === undefined || network === "default" ? {} : { "force-network-mode": network }),
    ...(shmSize === undefined ? {} : { "shm-size": bytes(shmSize) }),
    ...(ulimits.length === 0 ? {} : { ulimit: ulimits.map(fullUlimit).join(",") }),
  };
}

/** `64m` is 64 MiB, as docker has it; what is no size BuildKit refuses by name. */
function bytes(text: string): string {
  const { count, unit = "" } = /^(?<count>\d+)(?<unit>[bkmgt])?b?$/i.exec(text)?.groups ?? {};
  const power = " kmgt".indexOf(unit.toLowerCase());
  return count === undefined ? text : String(Number(count) * 1024 ** Math.max(power, 0));
}

/** `nofile=1024` means the hard limit, too. */
function fullUlimit(text: string): string {
  const [name, limit = ""] = splitPair(text);
  return `${name}=${limit.includes(":") ? limit : `${limit}:${limit}`}`;
}

/** A context as buildctl takes it: the value of its option, and the words that make it readable from here. */
function contextParts(
  { value }: NamedContext,
  index: number,
): { readonly text: string; readonly words: string[] } {
  const store = `context-${index}`;
  if (value.startsWith("oci-layout://")) {
    const { directory, suffix } = layoutParts(value);
    return { text: `oci-layout://${store}${suffix}`, words: [`--oci-layout=${store}=${resolve(directory)}`] };
  }
  const isRemote = /^(?:docker-image:\/\/|https?:\/\/|git:\/\/|git@|ssh:\/\/|target:)/.test(value);
  return isRemote
    ? { text: value, words: [] }
    : { text: `local:${store}`, words: [`--local=${store}=${resolve(value)}`] };
}

/** A layout's directory as it was written, and the tag or digest behind it. */
export function layoutParts(value: string): { readonly directory: string; readonly suffix: string } {
  const { path = "", suffix = "" } =
    /^oci-layout:\/\/(?<path>.+?)(?<suffix>(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?)$/.exec(value)
      ?.groups ?? {};
  return { directory: path, suffix };
}

/** The names and annotations go to each output that makes an image. */
function namedOutput(output: BuildOutput, { tags, annotations }: BuildRequest): string {
  const isRegistry = output.type === "registry";
  const type = isRegistry ? "image" : output.type;
  if (!["image", "docker", "oci"].includes(type)) return formatOutput(output);
  return formatOutput({
    ...output,
    type,
    attributes: {
      ...(tags.length === 0 ? {} : { name: tags.join(",") }),
      ...output.attributes,
      ...(isRegistry ? { push: "true" } : {}),
      ...Object.fromEntries(annotations.flatMap(annotationAttributes)),
    },
  });
}

/** `index,manifest[linux/amd64]:NAME=VALUE` as the exporter's attributes. */
function annotationAttributes(text: string): [string, string][] {
  const [key, value] = splitPair(text);
  const [types, name] = key.includes(":")
    ? [key.slice(0, key.indexOf(":")), key.slice(key.indexOf(":") + 1)]
    : ["", key];
  if (types === "") return [[`annotation.${name}`, value]];
  return types.split(",").map((type) => [`annotation-${type}.${name}`, value]);
}

/** A name alone is an image in a registry. */
function cacheText(text: string): string {
  const isName = parseAttributes(text) === undefined;
  return isName ? formatAttributes({ type: "registry", ref: text }) : text;
}
