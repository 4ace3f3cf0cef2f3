import { shellWord } from "../../dockerfile/write/quote.ts";
import type { Completable, CompletableOption, CompletableValue } from "./completable.ts";

/**
 * A script that has bash complete the program, from bash 3.2 on. It needs nothing of the package bash-completion.
 * Source: bash's manual, "Programmable Completion".
 */
export function bashCompletion(program: Completable): string {
  return `# Completes ${program.name} in bash: source <(${program.name} completion bash)
${functionName} () {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} command= i
  local IFS=$'\\n'
  COMPREPLY=()
  # Bash makes three words of --flag=value.
  if [[ $current == = ]]; then
    current=
  elif [[ $before == = ]]; then
    before=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ \${COMP_WORDS[i]} != -* ]]; then
      command=\${COMP_WORDS[i]}
      break
    fi
  done
  case $command in
  '')
${indented(body({ ...program, argument: commandNames(program) }))}
    ;;
${program.commands.map((command) => `  ${shellWord(command.name)})\n${indented(body(command))}\n    ;;`).join("\n")}
  esac
}
complete -F ${functionName} ${program.name}
`;
}

const functionName = "_cnb_dockerfile";

/** Completes a flag's value, a flag, or the argument; lines of bash. */
function body({ options, argument }: Completable): string[] {
  const values = options.filter(({ value }) => value !== undefined);
  const known = argument === undefined ? [] : reply(argument);
  return [
    ...(values.length === 0
      ? []
      : ["case $before in", ...values.flatMap((option) => valueCase(option)), "esac"]),
    "if [[ $current == -* ]]; then",
    `  ${words(options.flatMap(({ long, short }) => [long, ...(short === undefined ? [] : [short])]))}`,
    ...(known.length === 0 ? [] : ["else", ...known.map((line) => `  ${line}`)]),
    "fi",
  ];
}

function valueCase({ long, short, value }: CompletableOption): string[] {
  const names = [long, ...(short === undefined ? [] : [short])].join(" | ");
  return [
    `${names})`,
    ...[...(value === undefined ? [] : reply(value)), "return", ";;"].map((line) => `  ${line}`),
  ];
}

/** Nothing where bash cannot know it. */
function reply(value: CompletableValue): string[] {
  switch (value.kind) {
    case "words":
      return [words(value.words)];
    case "files":
      return [paths("-f")];
    case "directories":
      return [paths("-d")];
    case "text":
      return [];
  }
}

/** Words are told apart by line breaks: `IFS`. */
function words(list: readonly string[]): string {
  return `COMPREPLY=($(compgen -W ${shellWord(list.join("\n"))} -- "$current"))`;
}

/** Bash 4 quotes names and adds a slash; older ones leave that out. */
function paths(action: "-f" | "-d"): string {
  return `COMPREPLY=($(compgen ${action} -- "$current")); compopt -o filenames 2> /dev/null`;
}

function commandNames({ commands }: Completable): CompletableValue {
  return { kind: "words", words: commands.map(({ name }) => name) };
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `    ${line}`).join("\n");
}
