import type { GeneratedDockerfile } from "../../contract/generated-dockerfile.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import type { WrittenArgument, WrittenFlag, WrittenInstruction } from "../dockerfile.ts";
import { directivesOf } from "../read/directives.ts";
import { readDockerfile } from "../read/read-dockerfile.ts";
import { quotedWord } from "../write/quote.ts";

/** The instructions of an extension's Dockerfile as they stand in a file of ours. */
export interface FrozenInstructions {
  /** Each with all its lines. */
  readonly instructions: readonly string[];
  /** Whether they take files from its context. */
  readonly usesContext: boolean;
}

interface FreezeRequest {
  readonly dockerfile: GeneratedDockerfile;
  /** Values of its arguments, by name. */
  readonly values: ReadonlyMap<string, string>;
  /** Stage that its context becomes. */
  readonly context: string;
}

/** Source: BuildKit, Dockerfile reference, "RUN --mount". */
const clients = ["secret", "ssh"];
/** What BuildKit takes by an address. Source: Dockerfile reference, "ADD". */
const remote = /^(?:https?:\/\/|git@|git:\/\/|ssh:\/\/)/;

/**
 * Puts an extension's Dockerfile into a file of ours: its arguments have values, and its context is a stage. Throws CompileError by name for
 * what means something else there, and for what extensions do not get.
 */
export function freezeInstructions({ dockerfile, values, context }: FreezeRequest): FrozenInstructions {
  const { id, kind, text } = dockerfile;
  const refuse: Refuse = (what) => {
    throw new CompileError([diagnose("emit/extension-not-frozen", { id, kind, what }, { file: id })]);
  };
  const forbid: Refuse = (what) => {
    throw new CompileError([diagnose("frontend/extension-forbidden", { id, kind, what }, { file: id })]);
  };
  const plain = text.replaceAll("\r\n", "\n");
  if (/escape\s*=\s*`/i.test(directivesOf(plain))) refuse("another escape character");
  const { arguments: globals, stages } = readDockerfile(plain);
  const [stage] = stages;
  if (stage === undefined || stages.length > 1) return refuse("more than one stage");
  const known = new Map([
    ...globals.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const])),
    ...values,
  ]);
  let usesContext = false;
  const instructions = stage.instructions.flatMap((instruction) => {
    const frozen = freezeInstruction(instruction, known, context, { refuse, forbid });
    usesContext ||= frozen.usesContext;
    return frozen.texts;
  });
  if (!isWhole(instructions)) refuse("an instruction that has no end");
  return { instructions, usesContext };
}

/** Whether instructions read the same where more stands below them: a heredoc without its last line would take all of that. */
function isWhole(instructions: readonly string[]): boolean {
  const { head, stages } = readDockerfile(
    ["FROM scratch", ...instructions, "FROM scratch AS below", "USER 0"].join("\n"),
  );
  const [own, below, ...more] = stages;
  return (
    head.length + more.length === 0 &&
    own?.instructions.length === instructions.length &&
    own.instructions.every(({ text }, index) => text === instructions[index]) &&
    below?.name === "below" &&
    below.instructions.length === 1
  );
}

type Refuse = (what: string) => never;

/** What means something else in a file of ours, and what extensions do not get anywhere. */
interface Refusals {
  readonly refuse: Refuse;
  readonly forbid: Refuse;
}

interface FrozenInstruction {
  readonly texts: readonly string[];
  readonly usesContext: boolean;
}

function freezeInstruction(
  instruction: WrittenInstruction,
  known: ReadonlyMap<string, string>,
  context: string,
  refusals: Refusals,
): FrozenInstruction {
  const { refuse } = refusals;
  const { keyword, text, flags, rest } = instruction;
  const asIs = { texts: [text], usesContext: false };
  switch (keyword) {
    case "ARG":
      return { texts: freezeArguments(text, known, refuse), usesContext: false };
    case "ADD":
      if (!sourcesOf(rest).every((source) => isHeredoc(source) || remote.test(source))) {
        return refuse("ADD of a file of its context (COPY can be)");
      }
      return asIs;
    case "COPY": {
      const from = flags.find(({ name }) => name === "from");
      if (from !== undefined) {
        requireImage(from.value, refuse);
        return asIs;
      }
      const heredocs = sourcesOf(rest).filter(isHeredoc).length;
      if (heredocs === sourcesOf(rest).length) return asIs;
      if (heredocs > 0) refuse("COPY of a heredoc together with a file");
      return { texts: [text.replace(/^COPY/i, (word) => `${word} --from=${context}`)], usesContext: true };
    }
    case "RUN":
      return freezeRun(instruction, context, refusals);
    case "ONBUILD":
      return refuse("ONBUILD");
    default:
      return asIs;
  }
}

/** One instruction for each argument that has a value. */
function freezeArguments(text: string, known: ReadonlyMap<string, string>, refuse: Refuse): string[] {
  const declared = readDockerfile(`FROM scratch\n${text}`).stages[0]?.arguments ?? [];
  if (!declared.some(({ name }) => known.has(name))) return [text];
  return declared.map(({ name, value }: WrittenArgument) => {
    const said = known.get(name) ?? value;
    if (said === undefined) return `ARG ${name}`;
    if (!known.has(name) && said.includes("$")) refuse(`ARG ${name} with a variable beside other arguments`);
    return `ARG ${name}=${quotedWord([said], name)}`;
  });
}

function freezeRun(
  { text, flags }: WrittenInstruction,
  context: string,
  { refuse, forbid }: Refusals,
): FrozenInstruction {
  let frozen = text;
  let usesContext = false;
  for (const flag of flags) {
    if (flag.name === "device") forbid("a device");
    if (flag.name === "security" && flag.value === "insecure") {
      forbid("the rights of the machine (--security=insecure)");
    }
    if (flag.name === "network" && flag.value === "host")
      forbid("the network of the machine (--network=host)");
    if (flag.name !== "mount" || !needsContext(flag, { refuse, forbid })) continue;
    usesContext = true;
    frozen = frozen.replace(flag.text, () => `${flag.text},from=${context}`);
  }
  return { texts: [frozen], usesContext };
}

/** Whether a mount is of the build's context. */
function needsContext({ value = "" }: WrittenFlag, { refuse, forbid }: Refusals): boolean {
  if (/["'$\\\s]/.test(value)) refuse("a mount with quotes or variables");
  const fields = new Map(
    value.split(",").map((field) => {
      const at = field.indexOf("=");
      return at === -1 ? [field.toLowerCase(), ""] : [field.slice(0, at).toLowerCase(), field.slice(at + 1)];
    }),
  );
  const type = (fields.get("type") ?? "bind").toLowerCase();
  if (clients.includes(type)) forbid(type === "ssh" ? "an ssh agent" : "a secret");
  if (fields.has("from")) requireImage(fields.get("from"), refuse);
  return type === "bind" && !fields.has("from");
}

/** In a file of ours, a plain word or a number can be a stage. */
function requireImage(name: string | undefined, refuse: Refuse): void {
  if (name === undefined || !/[./:]/.test(name))
    refuse(`from=${name ?? ""}, which names no image with its tag`);
}

/** The words of ADD or COPY but for the last one. */
function sourcesOf(rest: string): string[] {
  const [line = ""] = rest.replaceAll(/\\[ \t]*\n/g, " ").split("\n", 1);
  const list = line.trim();
  const words = list.startsWith("[")
    ? Array.from(list.matchAll(/"((?:[^"\\]|\\.)*)"/g), ([, word = ""]) => word)
    : list.split(/\s+/);
  return words.slice(0, -1);
}

function isHeredoc(word: string): boolean {
  return word.startsWith("<<");
}
