import * as v from "valibot";
import { diagnose } from "../diagnostics/diagnose.ts";
import { type Declarations, declarationFaults } from "./declarations.ts";
import type { Faults } from "./faults.ts";
import type { ProjectDescriptor } from "./project-descriptor.ts";
import { table } from "./table.ts";
import { readWorkspaceMode } from "./workspace-mode.ts";

/** Where our own table stands: a reverse domain name, as the spec asks of tables that are not its own. */
export const ownPath = ["io", "github", "cnb-dockerfile"];

/** `[io.github.cnb-dockerfile]`: secrets of a build, none of which may stand in a file, and settings that pack has not. */
export const ownSchema = table({
  secrets: v.optional(v.array(v.string()), []),
  ssh: v.optional(v.string()),
  bindings: v.optional(
    v.array(table({ name: v.string(), type: v.string(), keys: v.optional(v.array(v.string()), []) })),
    [],
  ),
  "keep-modes": v.optional(v.boolean()),
  "workspace-mode": v.optional(v.string()),
});

/** What our own table says. */
export type OwnSettings = Declarations & Pick<ProjectDescriptor, "keepModes" | "workspaceMode">;

/** Reads our own table. Faults go to `faults`. */
export function readOwn(
  own: v.InferOutput<typeof ownSchema> | undefined,
  { file, found }: Faults,
): OwnSettings {
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
  const { "keep-modes": keepModes, "workspace-mode": modeText } = own ?? {};
  const workspaceMode = modeText === undefined ? undefined : readWorkspaceMode(modeText);
  if (modeText !== undefined && workspaceMode === undefined) {
    found.push(
      diagnose("plan/bad-workspace-mode", { text: modeText }, { file, keyPath: `${at}.workspace-mode` }),
    );
  }
  return {
    ...{ secrets, bindings, ...ssh },
    ...(keepModes === undefined ? {} : { keepModes }),
    ...(workspaceMode === undefined ? {} : { workspaceMode }),
  };
}
