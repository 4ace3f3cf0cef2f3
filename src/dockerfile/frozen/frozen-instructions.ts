import type { GeneratedDockerfile } from "../../contract/generated-dockerfile.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import type { WrittenArgument, WrittenInstruction } from "../dockerfile.ts";
import { directivesOf } from "../read/directives.ts";
import { readDockerfile } from "../read/read-dockerfile.ts";
import { quotedWord } from "../write/quote.ts";
import { declaredArguments } from "./declared-arguments.ts";
import { endsAlike, heredoc } from "./instruction-end.ts";

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

type Refuse = (what: string) => never;

/** What means something else in a file of ours, and what extensions do not get anywhere. */
interface Refusals {
  readonly refuse: Refuse;
  readonly forbid: Refuse;
}

/**
 * Puts an extension's Dockerfile into a file of ours: its arguments have values, and its context is a stage. Only what BuildKit's parser and
 * ours read alike is taken: an extension is other people's code, and what one of them reads as a comment or a word could be an instruction
 * or a flag to the other. Throws CompileError by name for what is not, and for what extensions do not get.
 */
export function freezeInstructions({ dockerfile, values, context }: FreezeRequest): FrozenInstructions {
  const { id, kind, text } = dockerfile;
  const refuse: Refuse = (what) => {
    throw new CompileError([diagnose("emit/extension-not-frozen", { id, kind, what }, { file: id })]);
  };
  const forbid: Refuse = (what) => {
    throw new CompileError([diagnose("frontend/extension-forbidden", { id, kind, what }, { file: id })]);
  };
  if (/[^\t\n -~]/.test(text)) refuse("a character that is not plain ASCII, or a carriage return");
  if (/escape\s*=/i.test(directivesOf(text))) refuse("an escape directive");
  const { arguments: globals, stages } = readDockerfile(text);
  const [stage] = stages;
  if (stage === undefined || stages.length > 1) return refuse("more than one stage");
  const known = new Map([
    ...globals.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const])),
    ...values,
  ]);
  for (const [name, value] of known) {
    if (!values.has(name) && value.includes("$")) refuse(`ARG ${name} with a variable before FROM`);
  }
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

interface FrozenInstruction {
  readonly texts: readonly string[];
  readonly usesContext: boolean;
}

/** Instructions that stand as they are written, and have no flags that matter. */
const plainKeywords = [
  ...["CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER", "SHELL", "STOPSIGNAL"],
  ...["USER", "VOLUME", "WORKDIR"],
];

/** Between words: blanks, and the ends of lines that go on. */
const between = String.raw`(?:[ \t]|\\[ \t]*\n)+`;
/** Neither quoted nor with variables, so that there is one way to read it. */
const plainFlag = String.raw`--[a-z]+(?:=[\w.,:=/@+-]*)?`;
const header = new RegExp(`^[A-Za-z]+(?:${between}${plainFlag})*${between}$`);

function freezeInstruction(
  instruction: WrittenInstruction,
  known: ReadonlyMap<string, string>,
  context: string,
  refusals: Refusals,
): FrozenInstruction {
  const { keyword, text, flags, rest } = instruction;
  const { refuse } = refusals;
  const head = text.slice(0, text.length - rest.length);
  if (!header.test(head) || rest.startsWith("--"))
    refuse(`${keyword} with flags that can be read in two ways`);
  const takesHeredocs = ["COPY", "RUN"].includes(keyword);
  if (!takesHeredocs && text.includes("<<")) refuse(`${keyword} with <<`);
  if (!endsAlike(text, takesHeredocs)) refuse(`${keyword} with lines that can be read in two ways`);
  const asIs = { texts: [text], usesContext: false };
  switch (keyword) {
    case "ARG":
      return { texts: freezeArguments(text, known, refuse), usesContext: false };
    case "ADD":
      return refuse("ADD (COPY and RUN can be)");
    case "COPY": {
      requireFlags(instruction, ["from", "chown", "chmod", "link", "parents", "exclude"], refuse);
      const from = flags.find(({ name }) => name === "from");
      if (from !== undefined) requireImage(from.value, refuse);
      if (rest.includes("<<") && !heredocs.test(rest)) refuse("COPY of a heredoc together with a file");
      if (from !== undefined || rest.includes("<<")) return asIs;
      return { texts: [text.replace(/^COPY/i, (word) => `${word} --from=${context}`)], usesContext: true };
    }
    case "RUN":
      return freezeRun(instruction, head, context, refusals);
    default:
      return plainKeywords.includes(keyword) ? asIs : refuse(keyword);
  }
}

/** The sources of a COPY that takes nothing but heredocs, and its one destination. */
const heredocs = /^(?:<<-?(?:"\w+"|'\w+'|\w+)[ \t]+)+[^\s<"'\\[-]\S*[ \t]*\n/;

function requireFlags(
  { keyword, flags }: WrittenInstruction,
  known: readonly string[],
  refuse: Refuse,
): void {
  const odd = flags.find(({ name }) => !known.includes(name));
  if (odd !== undefined) refuse(`${keyword} --${odd.name}`);
}

/** One instruction for each argument that has a value. */
function freezeArguments(text: string, known: ReadonlyMap<string, string>, refuse: Refuse): string[] {
  const declared = declaredArguments(text);
  const odd = declared.find(({ name }) => !/^[A-Za-z_]\w*$/.test(name));
  if (odd !== undefined) refuse(`ARG ${odd.name}`);
  if (!declared.some(({ name }) => known.has(name))) return [text];
  return declared.map(({ name, value }: WrittenArgument) => {
    const said = known.get(name) ?? value;
    if (said === undefined) return `ARG ${name}`;
    if (!known.has(name) && said.includes("$")) refuse(`ARG ${name} with a variable beside other arguments`);
    return `ARG ${name}=${quotedWord([said], name)}`;
  });
}

function freezeRun(
  instruction: WrittenInstruction,
  head: string,
  context: string,
  { refuse, forbid }: Refusals,
): FrozenInstruction {
  const { flags, rest } = instruction;
  for (const { name, value } of flags) {
    if (name === "device") forbid("a device");
    if (name === "security" && value === "insecure")
      forbid("the rights of the machine (--security=insecure)");
    if (name === "network" && value === "host") forbid("the network of the machine (--network=host)");
    if (name === "security" && value !== "sandbox") refuse(`RUN --security=${value ?? ""}`);
    if (name === "network" && value !== "none" && value !== "default") refuse(`RUN --network=${value ?? ""}`);
  }
  requireFlags(instruction, ["mount", "network", "security"], refuse);
  if (!hasPlainHeredocs(rest)) refuse("a heredoc that can be read in two ways");
  let usesContext = false;
  const frozen = head.replace(new RegExp(plainFlag, "g"), (flag) => {
    const [, mount] = /^--mount=(.*)$/.exec(flag) ?? [];
    if (mount === undefined || !needsContext(mount, { refuse, forbid })) return flag;
    usesContext = true;
    return `${flag},from=${context}`;
  });
  return { texts: [`${frozen}${rest}`], usesContext };
}

/** Whether heredocs of a RUN stand alone among plain words: where there are quotes, a lexer decides whether there is one. */
function hasPlainHeredocs(rest: string): boolean {
  const [line = ""] = rest.replaceAll(/\\[ \t]*\n/g, " ").split("\n", 1);
  if (!line.includes("<<")) return true;
  const others = line.replaceAll(heredoc, "");
  return !/<<|["'\\]/.test(others);
}

/** Whether a mount is of the build's context. */
function needsContext(mount: string, { refuse, forbid }: Refusals): boolean {
  const fields = new Map(
    mount.split(",").map((field) => {
      const at = field.indexOf("=");
      return at === -1 ? [field.toLowerCase(), ""] : [field.slice(0, at).toLowerCase(), field.slice(at + 1)];
    }),
  );
  const type = (fields.get("type") ?? "bind").toLowerCase();
  if (type === "secret") forbid("a secret");
  if (type === "ssh") forbid("an ssh agent");
  if (!["bind", "cache", "tmpfs"].includes(type)) refuse(`a mount of the type ${type}`);
  if (fields.has("from")) requireImage(fields.get("from"), refuse);
  return type === "bind" && !fields.has("from");
}

/** In a file of ours, a plain word or a number can be a stage. */
function requireImage(name: string | undefined, refuse: Refuse): void {
  if (name === undefined || !/[./:]/.test(name))
    refuse(`from=${name ?? ""}, which names no image with its tag`);
}
