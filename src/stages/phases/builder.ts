import type { LifecyclePlan } from "../../plan/lifecycle-plan.ts";
import type { TomlTable } from "../../toml/toml-table.ts";
import { splitFiles } from "../image/files.ts";
import {
  appDirectory,
  filesDirectory,
  layersDirectory,
  platformsDirectory,
  targetPlatform,
} from "../paths.ts";
import type { Instruction, Stage } from "../stage.ts";
import { addModules } from "./modules.ts";

type Order = NonNullable<LifecyclePlan["order"]>;

/** `builder`: the builder image with this project's variables, buildpacks and order. */
export function builderStage(plan: LifecyclePlan): Stage {
  return {
    name: "builder",
    base: { kind: "image", reference: plan.builder, onBuildPlatform: false },
    purpose: [
      "builder: the builder image with this project's variables, buildpacks and order.",
      `For ${plan.platforms.map(({ platform }) => platform).join(", ")}. For other platforms, generate this file again.`,
    ],
    instructions: ontoBuilder(plan, "tool"),
  };
}

/** What makes this project's builder of a builder image. In: the stage with the facts of the run image. */
export function ontoBuilder(plan: LifecyclePlan, facts: "tool" | "extended-tool"): Instruction[] {
  const { user, platformApi, execEnv, order, extensions } = plan;
  const env = (name: string, value: string): Instruction => ({ kind: "env", name, value: [value] });
  const { inText, exact } = splitFiles(plan.files);
  return [
    { kind: "arg", name: targetPlatform },
    // The phases run as the builder's own user and need no other: detector and builder refuse root.
    { kind: "user", owner: user },
    env("CNB_PLATFORM_API", platformApi),
    ...(execEnv === undefined ? [] : [env("CNB_EXEC_ENV", execEnv)]),
    // Builders that pack did not make may lack these two; made here they belong to the build user.
    { kind: "workdir", path: layersDirectory },
    { kind: "workdir", path: appDirectory },
    ...addModules(plan),
    ...inText.map(({ path, mode, content }): Instruction => ({ kind: "file", path, mode, content })),
    ...(order === undefined
      ? []
      : [
          {
            kind: "file" as const,
            path: "/cnb/order.toml",
            mode: "0644" as const,
            content: { format: "toml" as const, table: orderToml(order, extensions?.order ?? []) },
          },
        ]),
    ...(exact.length === 0
      ? []
      : [
          {
            kind: "copy" as const,
            from: "tool" as const,
            source: `${filesDirectory}/`,
            destination: "/",
            link: false,
          },
        ]),
    {
      kind: "copy",
      from: facts,
      source: `${platformsDirectory}/\${${targetPlatform}}/analyzed.toml`,
      destination: `${layersDirectory}/analyzed.toml`,
      owner: user,
      link: false,
    },
  ];
}

/** Source: CNB platform spec, "order.toml". The builder's image extensions stay. */
function orderToml(order: Order, extensions: Order): TomlTable {
  return {
    order: groupsToml(order),
    ...(extensions.length === 0 ? {} : { "order-extensions": groupsToml(extensions) }),
  };
}

function groupsToml(groups: Order): TomlTable[] {
  return groups.map((group) => ({
    group: group.map(({ id, version = "", optional }) => ({
      id,
      version,
      ...(optional ? { optional } : {}),
    })),
  }));
}
