import fc from "fast-check";
import { rootOwner } from "../../src/contract/owner.ts";
import type { Instruction, Stage } from "../../src/stages/stage.ts";
import type { TomlTable } from "../../src/toml/toml-table.ts";
import { hostile } from "./hostile.ts";

/** A stage with hostile texts wherever an instruction can hold one: more than any plan puts there. */
export interface HostileStage {
  readonly texts: number;
  readonly stage: Stage;
  /** Whether one text is such as no line of a Dockerfile, or no program, takes; it has to be refused. */
  readonly impossible: boolean;
}

const lines = fc.array(
  hostile.map((text) => text.replace(/[\0\r\n]/g, "")),
  { minLength: 5, maxLength: 5 },
);
const words = fc.array(
  hostile.map((text) => text.replaceAll("\0", "")),
  { minLength: 15, maxLength: 15 },
);
const texts = fc.array(hostile, { minLength: 10, maxLength: 10 });

export const hostileStages: fc.Arbitrary<HostileStage> = fc
  .record({
    lines,
    words,
    texts,
    spoiled: fc.option(
      fc.record({ kind: fc.constantFrom("env", "label", "run", "entrypoint", "cmd"), text: hostile }),
      { freq: 4, nil: undefined },
    ),
  })
  .map(
    ({
      lines: [a = "", b = "", c = "", d = "", e = ""],
      words: argv,
      texts: [purpose = "", ...any],
      spoiled,
    }) => {
      const value = (kind: Instruction["kind"], usual: string) =>
        spoiled?.kind === kind ? spoiled.text : usual;
      const [first = "", second = "", third = ""] = any;
      const stage: Stage = {
        name: "app",
        base: { kind: "scratch" },
        purpose: [purpose],
        instructions: [
          { kind: "env", name: "A", value: [value("env", a)] },
          { kind: "env", name: "PATH", value: [b, { variable: "PATH" }, c] },
          { kind: "label", name: "a.b", value: value("label", d) },
          { kind: "label", name: "a.c", value: e },
          { kind: "run", network: true, mounts: [], argv: [value("run", argv[0] ?? "")] },
          {
            kind: "run",
            network: false,
            mounts: [{ kind: "context", target: "/c" }],
            argv: argv.slice(1, 9),
          },
          {
            kind: "run",
            network: false,
            mounts: [
              { kind: "context", target: "/c" },
              { kind: "cache", id: "a/b", target: "/cache", owner: rootOwner },
            ],
            argv: ["x".repeat(100), ...argv.slice(9, 11)],
          },
          { kind: "entrypoint", argv: [value("entrypoint", argv[11] ?? ""), ...argv.slice(12, 13)] },
          { kind: "cmd", argv: [value("cmd", argv[13] ?? ""), ...argv.slice(14)] },
          file("/a", { format: "text", text: `${first.toWellFormed()}\n` }),
          file("/a.toml", { format: "toml", table: tableOf(any.slice(1)) }),
          file("/a.json", {
            format: "files",
            files: [
              { path: "/text", mode: "0755", content: { format: "text", text: second } },
              { path: "/table", mode: "0644", content: { format: "toml", table: tableOf([third]) } },
            ],
          }),
        ],
      };
      const refused = spoiled?.kind === "env" || spoiled?.kind === "label" ? /[\0\r\n]/ : /\0/;
      return {
        texts: 30 + (spoiled === undefined ? 0 : 1),
        stage,
        impossible: spoiled !== undefined && refused.test(spoiled.text),
      };
    },
  );

function file(path: string, content: Extract<Instruction, { kind: "file" }>["content"]): Instruction {
  return { kind: "file", path, mode: "0644", content };
}

/** Texts as values and as names, at the top, in tables and in lists of tables. */
function tableOf(values: readonly string[]): TomlTable {
  const named = Object.fromEntries(values.map((value, index) => [`${value.toWellFormed()}${index}`, value]));
  return {
    ...named,
    empty: {},
    table: { ...named, inner: { value: values[0] ?? "", set: true } },
    list: values.map((id) => ({ id, inner: [{ id }] })),
  };
}
