import type { Owner } from "../../contract/owner.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import type {
  AddInstruction,
  ArgInstruction,
  CopyInstruction,
  FileInstruction,
  Instruction,
  Mount,
  RunInstruction,
} from "../../stages/stage.ts";
import { fileText } from "./content.ts";
import { heredocDelimiter, jsonForm, literalWord, plainWord, quotedWord } from "./quote.ts";

/** Lines longer than this are broken at their parts, where they have some. */
const comfortableWidth = 110;
/** BuildKit's parser reads no longer one, continuation lines counted one by one. */
const maxLineBytes = 65_535;
/** As wide as indentation, comma and backslash around an argument that has a line of its own. */
const margin = " ".repeat(9);

/** Prints one instruction, without a newline at its end. */
export function printInstruction(instruction: Instruction): string {
  switch (instruction.kind) {
    case "arg":
      return printArgument(instruction);
    case "user":
      return `USER ${printOwner(instruction.owner)}`;
    case "workdir":
      return `WORKDIR ${plainWord(instruction.path)}`;
    case "env":
      return `ENV ${plainWord(instruction.name)}=${quotedWord(instruction.value, instruction.name)}`;
    case "label":
      return `LABEL ${plainWord(instruction.name)}=${quotedWord([instruction.value], instruction.name)}`;
    case "copy":
      return printCopy(instruction);
    case "add":
      return printAdd(instruction);
    case "project-file":
      return `COPY ${jsonWords([literalWord(patternFor(instruction.path)), instruction.destination])}`;
    case "file":
      return printFile(instruction);
    case "run":
      return printRun(instruction);
    case "written":
      return instruction.text;
    case "entrypoint":
      return execForm("ENTRYPOINT", instruction.argv);
    case "cmd":
      return execForm("CMD", instruction.argv);
  }
}

function printArgument({ name, value }: ArgInstruction): string {
  const assigned = value === undefined ? "" : `=${value === "" ? "" : quotedWord([value], name)}`;
  return `ARG ${plainWord(name)}${assigned}`;
}

function printAdd({ url, digest, destination }: AddInstruction): string {
  const checksum = digest === undefined ? "" : ` --checksum=${plainWord(digest)}`;
  const source = typeof url === "string" ? literalWord(url) : `\${${url.variable}}`;
  return `ADD${checksum} ${jsonWords([source, destination])}`;
}

/** A pattern that the file of that path alone fits: a pattern may find nothing, a path may not. */
function patternFor(path: string): string {
  if (!/^[A-Za-z0-9._/-]*[A-Za-z0-9]$/.test(path))
    throw new Error(`not a plain path: ${JSON.stringify(path)}`);
  return `${path.slice(0, -1)}[${path.slice(-1)}]`;
}

function printOwner({ uid, gid }: Owner): string {
  return `${uid}:${gid}`;
}

function printCopy({ from, source, destination, owner, link }: CopyInstruction): string {
  return [
    "COPY",
    ...(link ? ["--link"] : []),
    `--from=${from}`,
    ...(owner === undefined ? [] : [`--chown=${printOwner(owner)}`]),
    plainWord(source),
    plainWord(destination),
  ].join(" ");
}

function printFile({ path, mode, content }: FileInstruction): string {
  const text = fileText(content);
  if (!text.endsWith("\n")) throw new Error(`a heredoc cannot hold ${path}: it does not end in a newline`);
  for (const line of text.split("\n")) checkLine(line, path);
  const delimiter = heredocDelimiter(text);
  // 0644 is a heredoc's own mode. Written out, BuildKit would give it to directories that it makes on the way, too.
  const chmod = mode === "0644" ? "" : `--chmod=${mode} `;
  return `COPY ${chmod}<<"${delimiter}" ${plainWord(path)}\n${text}${delimiter}`;
}

function printRun({ network, mounts, argv }: RunInstruction): string {
  const options = [
    ...(network ? [] : ["--network=none"]),
    ...mounts.map((mount) => `--mount=${printMount(mount)}`),
  ];
  const parts = jsonForm(argv);
  const short = ["RUN", ...options, `[${parts.join(" ")}]`].join(" ");
  for (const argument of argv)
    checkLine(`${margin}${jsonForm([argument]).join("")}`, `The argument ${argument.slice(0, 60)}…`);
  if (short.length <= comfortableWidth) return short;
  const command = `[${parts.join(" ")}]`;
  // One mount a line; a long command one argument a line.
  const commandLines = command.length <= comfortableWidth ? [command] : brackets(parts);
  const [first, ...rest] = options;
  return [
    first === undefined ? "RUN" : `RUN ${first}`,
    ...[...rest, ...commandLines].map((line) => `    ${line}`),
  ].join(" \\\n");
}

function brackets(parts: readonly string[]): string[] {
  return parts.map(
    (part, index) => `${index === 0 ? "[" : " "}${part}${index === parts.length - 1 ? "]" : ""}`,
  );
}

function printMount(mount: Mount): string {
  switch (mount.kind) {
    case "context":
      return plainFields(["type=bind", `target=${mount.target}`]);
    case "bind":
      return plainFields([
        "type=bind",
        `from=${mount.from}`,
        `source=${mount.source}`,
        `target=${mount.target}`,
        ...(mount.isWritable === true ? ["rw"] : []),
      ]);
    case "secret":
    case "ssh":
      return plainFields([
        `type=${mount.kind}`,
        `id=${mount.id}`,
        `target=${mount.target}`,
        `uid=${mount.owner.uid}`,
        `gid=${mount.owner.gid}`,
        ...(mount.kind === "secret" && mount.mode !== undefined ? [`mode=${mount.mode}`] : []),
        // Else the phase would run without, and a buildpack fail for a reason that nobody sees.
        "required=true",
      ]);
    case "cache":
      return plainFields([
        "type=cache",
        `id=${mount.id}`,
        `target=${mount.target}`,
        `uid=${mount.owner.uid}`,
        `gid=${mount.owner.gid}`,
        "sharing=locked",
      ]);
  }
}

function plainFields(fields: readonly string[]): string {
  return fields.map(plainWord).join(",");
}

function jsonWords(words: readonly string[]): string {
  return `[${jsonForm(words).join(" ")}]`;
}

function execForm(name: string, argv: readonly string[]): string {
  const line = `${name} [${jsonForm(argv).join(" ")}]`;
  checkLine(line, name);
  return line;
}

function checkLine(line: string, what: string): void {
  // A character is at most three bytes for each UTF-16 unit: most lines need no exact count.
  if (line.length * 3 <= maxLineBytes) return;
  const sizeBytes = Buffer.byteLength(line);
  if (sizeBytes <= maxLineBytes) return;
  throw new CompileError([diagnose("emit/line-too-long", { what, sizeBytes, limitBytes: maxLineBytes })]);
}
