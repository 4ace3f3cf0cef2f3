import { readDescriptor } from "../../descriptor/descriptor.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic, type SourceLocation } from "../../diagnostics/diagnostic.ts";
import type { Dockerfile } from "../../dockerfile/dockerfile.ts";
import { mountedAgents, mountedSecrets } from "../../dockerfile/read/mounted-secrets.ts";
import { parseAttributes } from "../../engines/outputs/build-output.ts";
import { argumentNames, listItems, readSwitch } from "../../options/build-arguments.ts";
import { type DeclaredBinding, type DeclaredSecret, parseBinding } from "../../options/declarations.ts";
import { caCertificateId, isBuildkitSecret } from "../../plan/platform/buildkit-secret.ts";
import type { BuildFileContent } from "../file/build-file.ts";
import type { HandedTexts } from "./handed-files.ts";

/** A secret or an ssh agent that a build needs or can use, and where that is said. */
interface Wanted {
  readonly id: string;
  readonly location: SourceLocation;
  /** Whether a build without it fails. */
  readonly required: boolean;
}

interface WantedOfBuild {
  readonly secrets: readonly Wanted[];
  readonly agents: readonly Wanted[];
}

/** What was written that offers something, or says what is offered. */
type OfferingTexts = Pick<HandedTexts, "secret" | "ssh" | "binding">;

interface OfferFaults {
  readonly missing: readonly Diagnostic[];
  readonly unusable: readonly Diagnostic[];
}

interface OfferRequest {
  /** Of the file to build. */
  readonly content: BuildFileContent;
  /** Its name, for messages. */
  readonly file: string;
  readonly handed: OfferingTexts;
  /** What the build is told of the project. */
  readonly buildArguments: ReadonlyMap<string, string>;
  /** Every secret that is offered, in the syntax of `--secret`. */
  readonly secrets: readonly string[];
}

/**
 * Holds what the build offers against what its file and options declare: what is declared and not offered, as BuildKit would
 * find out only in the step that needs it, and what is offered and nothing of the build can use, a slip that would show as a
 * build without its secret. A Dockerfile of the user's own is not looked into: BuildKit gives it what it asks for.
 */
export function offerFaults(request: OfferRequest): OfferFaults {
  const wanted = wantedOf(request);
  if (wanted === undefined) return { missing: [], unusable: [] };
  return { missing: missingSecrets(request, wanted), unusable: unusableSecrets(request, wanted) };
}

function missingSecrets(request: OfferRequest, wanted: WantedOfBuild): Diagnostic[] {
  const offered = new Set(offeredIds(request.secrets));
  const agents = new Set((request.handed.ssh ?? []).map(agentId));
  return [
    ...wanted.secrets
      .filter(({ id, required }) => required && !offered.has(id))
      .map(({ id, location }) =>
        diagnose("cli/secret-not-offered", { id, place: placeOf(location) }, location),
      ),
    ...wanted.agents
      .filter(({ id, required }) => required && !agents.has(id))
      .map(({ id, location }) => diagnose("cli/ssh-not-offered", { id, place: placeOf(location) }, location)),
  ];
}

/** Ids of secrets that the build declares, or can use, and that nothing offers. Empty also where it cannot be told. */
export function lackingSecrets(request: OfferRequest): string[] {
  const offered = new Set(offeredIds(request.secrets));
  const wanted = wantedOf(request)?.secrets ?? [];
  return wanted.flatMap(({ id }) => (offered.has(id) ? [] : [id]));
}

/** Ids of secrets whose values buildpacks are given. Empty also where it cannot be told, or where there is no buildpack. */
export function usedSecretIds(request: OfferRequest): string[] {
  const wanted = wantedOf(request)?.secrets ?? [];
  return wanted.map(({ id }) => id).filter((id) => id !== caCertificateId);
}

function unusableSecrets(request: OfferRequest, wanted: WantedOfBuild): Diagnostic[] {
  const known = new Set(wanted.secrets.map(({ id }) => id));
  const agents = new Set(wanted.agents.map(({ id }) => id));
  const { content, file, handed } = request;
  return [
    ...offeredIds(request.secrets)
      .filter((id) => id !== "" && !known.has(id) && !isBuildkitSecret(id))
      .map((id) => diagnose("cli/secret-unusable", { id, file, kind: content.kind }, { file: "--secret" })),
    ...(handed.ssh ?? [])
      .map(agentId)
      .filter((id) => !agents.has(id))
      .map((id) => diagnose("cli/ssh-unusable", { id, file }, { file: "--ssh" })),
  ];
}

/** Undefined: it cannot be told, and BuildKit will. */
function wantedOf({ content, file, handed, buildArguments }: OfferRequest): WantedOfBuild | undefined {
  switch (content.kind) {
    case "dockerfile":
      return undefined;
    case "generated":
      return wantedOfDockerfile(file, content.dockerfile);
    case "project":
      return wantedOfProject(file, content.text, handed, buildArguments);
  }
}

function wantedOfDockerfile(file: string, dockerfile: Dockerfile): WantedOfBuild | undefined {
  const secrets = mountedSecrets(dockerfile);
  const agents = mountedAgents(dockerfile);
  // An id that a variable names is known only to BuildKit.
  if ([...secrets, ...agents].some(({ id }) => id.includes("$"))) return undefined;
  const placed = <Mount>(mount: Mount) => ({ ...mount, location: { file } });
  return { secrets: secrets.map(placed), agents: agents.map(placed) };
}

function wantedOfProject(
  file: string,
  text: string,
  handed: OfferingTexts,
  buildArguments: ReadonlyMap<string, string>,
): WantedOfBuild | undefined {
  const written = declaredIn(file, text);
  if (written === undefined) return undefined;
  const told = (name: string, flag: readonly string[] | undefined, flagName: string) => ({
    text: buildArguments.get(name) ?? "",
    location: { file: flag === undefined || flag.length === 0 ? `--build-arg ${name}` : flagName },
  });
  const secretList = told(argumentNames.secrets, handed.secret, "--secret");
  const bindingList = told(argumentNames.bindings, handed.binding, "--binding");
  const sshName = told(argumentNames.ssh, handed.ssh, "--ssh");
  const bindings = new Map(written.bindings.map((binding) => [binding.name, binding]));
  for (const part of listItems(bindingList.text, ";")) {
    const binding = parseBinding(part);
    if (binding !== undefined) bindings.set(binding.name, { ...binding, location: bindingList.location });
  }
  const certificate = readSwitch(buildArguments.get(argumentNames.caCertificate) ?? "") === true;
  const agent = sshName.text === "" ? written.ssh : { name: sshName.text, location: sshName.location };
  const required = true;
  return {
    secrets: [
      // A value on the command line is a choice against the descriptor's secret of that name.
      ...written.secrets
        .filter(({ name }) => !buildArguments.has(name))
        .map(({ name, location }) => ({ id: name, location, required })),
      ...listItems(secretList.text, ",").map((id) => ({ id, location: secretList.location, required })),
      ...[...bindings.values()].flatMap(({ name, keys, location }) =>
        keys.map((key) => ({ id: `${name}.${key}`, location, required })),
      ),
      ...(certificate ? [{ id: caCertificateId, location: { file: "--ca-cert" }, required }] : []),
    ],
    agents: agent === undefined ? [] : [{ id: agent.name, location: agent.location, required }],
  };
}

interface WrittenDeclarations {
  readonly secrets: readonly DeclaredSecret[];
  readonly bindings: readonly DeclaredBinding[];
  readonly ssh: DeclaredSecret | undefined;
}

/** Undefined: the descriptor is wrong, which the build says in its own words. */
function declaredIn(file: string, text: string): WrittenDeclarations | undefined {
  try {
    const { secrets = [], bindings = [], ssh } = readDescriptor({ file, text }, () => {});
    return { secrets, bindings, ssh };
  } catch (error) {
    if (error instanceof CompileError) return undefined;
    throw error;
  }
}

function offeredIds(texts: readonly string[]): string[] {
  return texts.map(secretId);
}

/** `id=NAME,src=…`; empty: there is none, which BuildKit's client says. Source: docker, `--secret`. */
export function secretId(text: string): string {
  return parseAttributes(text)?.id ?? "";
}

/** `default`, `ID=SOCKET`. */
function agentId(text: string): string {
  return text.split("=", 1)[0] ?? "";
}

/** For people: a key of a file, or a flag. */
function placeOf({ file = "", keyPath }: SourceLocation): string {
  return keyPath === undefined ? file : `${file}, ${keyPath}`;
}
