import * as v from "valibot";
import { diagnose } from "../diagnostics/diagnose.ts";
import { type Declarations, declarationFaults } from "./declarations.ts";
import type { Faults } from "./faults.ts";
import { table } from "./table.ts";

/** Where our own table stands: a reverse domain name, as the spec asks of tables that are not its own. */
export const ownPath = ["io", "github", "cnb-dockerfile"];

/** `[io.github.cnb-dockerfile]`: what a build needs and no value of which may stand in a file. */
export const ownSchema = table({
  secrets: v.optional(v.array(v.string()), []),
  ssh: v.optional(v.string()),
  bindings: v.optional(
    v.array(table({ name: v.string(), type: v.string(), keys: v.optional(v.array(v.string()), []) })),
    [],
  ),
});

/** Reads our own table. Faults go to `faults`. */
export function readOwn(
  own: v.InferOutput<typeof ownSchema> | undefined,
  { file, found }: Faults,
): Declarations {
  const at = ownPath.join(".");
  const secrets = (own?.secrets ?? []).map((name, index) => ({
    name,
    location: { file, keyPath: `${at}.secrets[${index}]` },
  }));
  const bindings = (own?.bindings ?? []).map((binding, index) => ({
    ...binding,
    location: { file, keyPath: `${at}.bindings[${index}]` },
  }));
  const ssh =
    own?.ssh === undefined ? {} : { ssh: { name: own.ssh, location: { file, keyPath: `${at}.ssh` } } };
  found.push(
    ...declarationFaults({ secrets, bindings, ...ssh }).map(({ values, location }) =>
      diagnose("descriptor/declared-name", values, location),
    ),
  );
  return { secrets, bindings, ...ssh };
}
