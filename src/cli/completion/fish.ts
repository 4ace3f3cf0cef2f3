import type { Completable, CompletableOption, CompletableValue } from "./completable.ts";

/** A script that has fish complete the program. Source: fish's manual, "complete". */
export function fishCompletion(program: Completable): string {
  const { name, commands } = program;
  const line = (...words: readonly string[]) => ["complete", "--command", name, ...words].join(" ");
  const first = ["--condition", "__fish_use_subcommand"];
  return `# Completes ${name} in fish: ${name} completion fish | source
${[
  line("--no-files"),
  ...program.options.map((option) => line(...first, ...flag(option))),
  ...commands.flatMap((command) => {
    const within = ["--condition", quoted(`__fish_seen_subcommand_from ${command.name}`)];
    return [
      line(...first, "--arguments", command.name, "--description", quoted(command.description)),
      ...command.options.map((option) => line(...within, ...flag(option))),
      ...(command.argument === undefined
        ? []
        : argument(command.argument).map((words) => line(...within, words))),
    ];
  }),
].join("\n")}
`;
}

function flag({ long, short, description, value }: CompletableOption): string[] {
  return [
    ...["--long-option", long.replace(/^--/, "")],
    ...(short === undefined ? [] : ["--short-option", short.replace(/^-/, "")]),
    ...(value === undefined ? [] : ["--require-parameter", ...valueWords(value)]),
    ...["--description", quoted(description)],
  ];
}

function valueWords(value: CompletableValue): string[] {
  return value.kind === "files" ? ["--force-files"] : ["--no-files", ...argument(value)];
}

/** Empty: fish cannot know it. */
function argument(value: CompletableValue): string[] {
  switch (value.kind) {
    case "words":
      return [`--arguments ${quoted(value.words.join(" "))}`];
    case "files":
      return ["--force-files"];
    case "directories":
      return [`--arguments ${quoted("(__fish_complete_directories)")}`];
    case "text":
      return [];
  }
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
