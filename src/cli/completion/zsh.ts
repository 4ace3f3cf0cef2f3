import { shellWord } from "../../dockerfile/write/quote.ts";
import type { Completable, CompletableOption, CompletableValue } from "./completable.ts";

/**
 * A script that has zsh complete the program: sourced, or as the file `_cnb-dockerfile` of a directory in `fpath`.
 * Source: zsh's manual, "Completion System", `_arguments`.
 */
export function zshCompletion(program: Completable): string {
  const { name, commands } = program;
  return `#compdef ${name}
# Completes ${name} in zsh: source <(${name} completion zsh)
_cnb_dockerfile () {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C ${specs(program).join(" ")} '1: :->command' '*:: :->arguments'
  case $state in
  command)
    local -a commands=(
${commands.map((command) => `      ${shellWord(`${command.name}:${command.description}`)}`).join("\n")}
    )
    _describe -t commands command commands
    ;;
  arguments)
    case $line[1] in
${commands.map(commandCase).join("\n")}
    esac
    ;;
  esac
}
if [[ $funcstack[1] == _${name} ]]; then
  _cnb_dockerfile "$@"
else
  compdef _cnb_dockerfile ${name}
fi
`;
}

function commandCase(command: Completable): string {
  const { argument } = command;
  const all = [...specs(command), ...(argument === undefined ? [] : [shellWord(`1: :${action(argument)}`)])];
  return `    ${shellWord(command.name)})
      _arguments \\
${all.map((spec) => `        ${spec}`).join(" \\\n")}
      ;;`;
}

/** One specification for each spelling of a flag; those of one that is on or off exclude each other. */
function specs({ options }: Completable): string[] {
  return options.flatMap((option) => {
    const { long, short, value } = option;
    const names = [long, ...(short === undefined ? [] : [short])];
    const described = `[${option.description.replace(/[\\[\]]/g, "\\$&")}]`;
    return names.map((name) =>
      value === undefined
        ? shellWord(`(${names.join(" ")})${name}${described}`)
        : shellWord(`*${name}${name === long ? "=" : "+"}${described}:${label(option)}:${action(value)}`),
    );
  });
}

function label({ long }: CompletableOption): string {
  return long.replace(/^--/, "");
}

function action(value: CompletableValue): string {
  switch (value.kind) {
    case "words":
      return `(${value.words.join(" ")})`;
    case "files":
      return "_files";
    case "directories":
      return "_files -/";
    case "text":
      return " ";
  }
}
