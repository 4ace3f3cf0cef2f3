import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import type { Engine } from "../engine.ts";
import type { BuildOutput } from "./build-output.ts";

/** What the user said of where the result goes. */
export interface OutputWishes {
  readonly outputs: readonly BuildOutput[];
  readonly push: boolean;
  readonly load: boolean;
  /** Whether the user gave names. */
  readonly isNamed: boolean;
  /** For a file, where nothing else is possible. */
  readonly name: string;
  readonly platformCount: number;
}

/**
 * Where the result goes on this engine: never nowhere. Without a wish: into docker's store if that is there and can hold
 * the platforms, into containerd's if BuildKit works with that, else into a file. Throws CompileError for wishes that the
 * engine cannot meet.
 */
export function chooseOutputs(wishes: OutputWishes, engine: Engine): BuildOutput[] {
  const { outputs, push, load } = wishes;
  const chosen = outputs.map((output) => (push && isImage(output) ? withPush(output) : output));
  if (push && !outputs.some(isImage)) chosen.push(withPush({ type: "image", attributes: {} }));
  if (push && !wishes.isNamed && !outputs.some(({ attributes }) => attributes.name !== undefined)) {
    throw new CompileError([diagnose("engines/push-without-name", {}, { file: "--push" })]);
  }
  if (load) chosen.push(loadOutput(wishes, engine));
  return chosen.length === 0 ? [usualOutput(wishes, engine)] : chosen;
}

function isImage({ type }: BuildOutput): boolean {
  return type === "image" || type === "registry";
}

function withPush(output: BuildOutput): BuildOutput {
  return { ...output, attributes: { ...output.attributes, push: "true" } };
}

function loadOutput({ platformCount }: OutputWishes, { store, title }: Engine): BuildOutput {
  switch (store.kind) {
    case "none":
      throw new CompileError([diagnose("engines/no-docker", { engine: title }, { file: "--load" })]);
    case "docker":
      if (platformCount > 1 && !store.holdsSeveral) {
        throw new CompileError([diagnose("engines/docker-holds-one", { platformCount }, { file: "--load" })]);
      }
      return { type: "docker", attributes: {} };
    case "containerd":
      return containerdOutput;
  }
}

/** Unpacked, so that it can be run at once. */
const containerdOutput: BuildOutput = { type: "image", attributes: { unpack: "true" } };

function usualOutput(wishes: OutputWishes, { store }: Engine): BuildOutput {
  if (store.kind === "docker" && (store.holdsSeveral || wishes.platformCount <= 1)) {
    return { type: "docker", attributes: {} };
  }
  return store.kind === "containerd"
    ? containerdOutput
    : archiveOutput(`${wishes.name}.oci.tar`, wishes.platformCount);
}

/** Every docker loads what has docker's own description beside OCI's; that can hold one platform. */
export function archiveOutput(destination: string, platformCount: number): BuildOutput {
  return platformCount > 1
    ? { type: "oci", destination, attributes: {} }
    : { type: "docker", destination, attributes: { "oci-mediatypes": "true" } };
}
