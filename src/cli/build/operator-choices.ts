import type { FoundSource, ProjectValues } from "../../build/build-ports.ts";
import { lackingSecrets, secretId } from "../../build/handed/offered-secrets.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import type { Report } from "../../diagnostics/diagnostic.ts";
import type { BuildFlags } from "../flags.ts";
import { type OperatorDefaults, ofCompiling, withDefaults } from "../operator-defaults.ts";
import { dockerArguments } from "./project-arguments.ts";

/**
 * The flags with what the operator says of a project, or of the scan of a generated Dockerfile's image, where neither a flag
 * nor a build argument does. Nothing scans the image of any other Dockerfile, which is told.
 */
export function withOperatorChoices(
  flags: BuildFlags,
  { what: { kind, file, text } }: Pick<FoundSource, "what">,
  defaults: OperatorDefaults,
  report: Report,
): BuildFlags {
  const { settings } = defaults;
  if (kind === "dockerfile") {
    if (settings.failOn !== undefined)
      report(
        diagnose(
          "cli/defaults-not-heeded",
          { file: defaults.file, keys: ["fail-on"] },
          { file: defaults.file },
        ),
      );
    return flags;
  }
  const counts = ofCompiling(kind === "project" ? { file: file.name, text } : undefined);
  const given = dockerArguments(flags.buildArg ?? [], process.env);
  return withDefaults(
    flags,
    defaults,
    "build",
    (row) => counts(row) && (kind === "project" || row.only === "ours") && !given.get(row.argument ?? ""),
  );
}

/** The values with those of the operator's secrets that the project, or its generated Dockerfile, declares and no flag offers. */
export function withOperatorSecrets(
  values: ProjectValues,
  { what: { file, ...content } }: Pick<FoundSource, "what">,
  flags: BuildFlags,
  { settings }: OperatorDefaults,
): ProjectValues {
  const { buildArguments, secrets } = values;
  const lacking = lackingSecrets({
    ...{ content, file: file.name, handed: flags, buildArguments },
    secrets: [...(flags.secret ?? []), ...secrets],
  });
  const more = [settings.offeredSecrets ?? []].flat().filter((spec) => lacking.includes(secretId(spec)));
  return { ...values, secrets: [...secrets, ...more] };
}
