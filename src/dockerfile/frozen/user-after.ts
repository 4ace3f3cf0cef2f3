import type { WrittenStage } from "../dockerfile.ts";
import { declaredArguments } from "./declared-arguments.ts";

/** A user's name or number, and a group's, of plain words and variables. */
const plainUser = /^(?:[\w.-]|\$\{\w+\}|\$[A-Za-z_]\w*)+(?::(?:[\w.-]|\$\{\w+\}|\$[A-Za-z_]\w*)+)?$/;

/**
 * The user of an image after the instructions of a stage. In: the user before; values of arguments, which count where they are declared, and
 * where no ENV has the same name. Undefined: only the build can tell, or it is not a plain text.
 */
export function userAfter(
  { instructions }: Pick<WrittenStage, "instructions">,
  values: ReadonlyMap<string, string>,
  before: string,
): string | undefined {
  const declared = new Set<string>();
  let setByEnv = "";
  let user: string | undefined = before;
  for (const { keyword, rest, text } of instructions) {
    if (keyword === "ARG") for (const { name } of declaredArguments(text)) declared.add(name);
    if (keyword === "ENV") setByEnv += ` ${rest}`;
    if (keyword !== "USER") continue;
    const written = rest.trim();
    let isKnown = plainUser.test(written);
    user = written.replaceAll(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced: string, bare: string) => {
      const name = braced ?? bare;
      const value = declared.has(name) ? values.get(name) : undefined;
      if (value === undefined || new RegExp(String.raw`(?<!\w)${name}(?!\w)`).test(setByEnv)) isKnown = false;
      return value ?? "";
    });
    if (!isKnown) user = undefined;
  }
  return user;
}
