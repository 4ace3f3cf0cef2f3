import { exportProgram, nativeDirectory, nativeFiles } from "../../contract/program.ts";
import { hiddenPrefix, openFilesVariable } from "../../options/step-variables.ts";
import type { LifecyclePlan } from "../../plan/lifecycle-plan.ts";
import type { Instruction, Mount } from "../stage.ts";

/** Our program as it runs on the builder image, of which it uses no file: it need not have Node.js, nor be native. */
export const nativeMounts: readonly Mount[] = [nativeDirectory, exportProgram].map((path) => ({
  ...{ kind: "bind", from: "tool" },
  ...{ source: path, target: path },
}));

/** Takes those variables away; `phaseCommand` gives them back. ld.so(8) and node(1) read them before any program can. */
export function hideVariables({ hiddenVariables }: LifecyclePlan): Instruction[] {
  return hiddenVariables.flatMap((name): Instruction[] => [
    { kind: "env", name: `${hiddenPrefix}${name}`, value: [{ variable: name }] },
    { kind: "env", name, value: [] },
  ]);
}

/** Node.js raises the limit of open files; a shell says what it was, and `phase` sets it again. */
const noteOpenFiles = `export ${openFilesVariable}="$(ulimit -Sn)"; exec "$@"`;

const native = [
  `${nativeDirectory}/${nativeFiles.loader}`,
  ...["--library-path", `${nativeDirectory}/${nativeFiles.libraries}`],
];

/** Our program on the builder image. */
export function nativeCommand(words: readonly string[]): readonly string[] {
  return [...native, `${nativeDirectory}/${nativeFiles.node}`, exportProgram, ...words];
}

/**
 * A phase that our program becomes, or waits for, on the builder image. Started by its own loader: the builder image can have
 * another C library, or be of another architecture than the machine.
 */
export function phaseCommand(
  { hiddenVariables }: LifecyclePlan,
  flags: readonly string[],
  phase: readonly string[],
  command: "phase" | "detect" = "phase",
): readonly string[] {
  return [
    ...[...native, `${nativeDirectory}/${nativeFiles.shell}`, "-c", noteOpenFiles, "sh"],
    ...nativeCommand([command, ...flags]),
    ...(hiddenVariables.length === 0 ? [] : [`--hidden=${hiddenPrefix}`]),
    ...["--", ...phase],
  ];
}
