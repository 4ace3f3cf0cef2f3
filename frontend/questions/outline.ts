import { stageNamed } from "../../src/dockerfile/dockerfile.ts";
import { mountedSecrets } from "../../src/dockerfile/read/mounted-secrets.ts";
import type { ArgumentOption } from "../../src/options/build-arguments.ts";
import { argumentRows } from "../../src/options/build-arguments.ts";
import { present } from "../../src/present.ts";
import { type FrontendOptions, optionsWith } from "../request/options.ts";
import type { Recipe } from "../request/recipe.ts";
import { imageTarget } from "../request/targets.ts";
import type { SubrequestAnswer } from "./answer.ts";
import { table } from "./table.ts";

/** What a build can be given, and what it has been given. Source: BuildKit, `frontend/subrequests/outline`. */
export function outline(recipe: Recipe, options: FrontendOptions): SubrequestAnswer {
  const given = optionsWith(options, "build-arg:");
  const used = usedValues(recipe);
  const args = recipe.isGenerated
    ? argumentRows
        .filter(({ name }) => name === "failOn")
        .map((row) => ({ ...described(row), value: recipe.gate?.failOn ?? "" }))
    : argumentRows.map((row) => ({
        ...described(row),
        value: given[row.argument] || (used[row.name] ?? ""),
      }));
  const secrets = mountedSecrets(recipe.dockerfile).map(({ id, required }) => ({ name: id, required }));
  const description = stageNamed(recipe.dockerfile, imageTarget)?.purpose ?? "";
  const shownArguments = args.map(({ name, value, description: text }) => [name, value, text]);
  const secretRows = secrets.map(({ name, required }) => [name, required ? "true" : ""]);
  const parts = [
    `TARGET:      ${imageTarget}\nDESCRIPTION: ${description}\n`,
    ...(args.length === 0 ? [] : [table([["BUILD ARG", "VALUE", "DESCRIPTION"], ...shownArguments])]),
    ...(secrets.length === 0 ? [] : [table([["SECRET", "REQUIRED"], ...secretRows])]),
  ];
  return { json: { name: imageTarget, description, args, secrets, sources: [] }, text: parts.join("\n") };
}

function described({ argument, text, argumentText }: (typeof argumentRows)[number]) {
  return { name: argument, description: argumentText ?? text };
}

/** What is taken where no argument says otherwise. */
function usedValues({ dockerfile, app }: Recipe): Partial<Record<ArgumentOption, string>> {
  const builder = stageNamed(dockerfile, "builder")?.base;
  const { runImage, platformApi, processType, execEnv } = app;
  return {
    ...(builder === undefined ? {} : { builder: builder.replace(/@sha256:.*$/, "") }),
    runImage: runImage.name,
    platformApi,
    ...present({ processType, execEnv }),
  };
}
