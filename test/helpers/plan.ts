import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ProjectDescriptor } from "../../src/descriptor/project-descriptor.ts";
import type { LifecyclePlan } from "../../src/plan/lifecycle-plan.ts";
import type { CompileOptions } from "../../src/plan/options.ts";
import { goldenDirectory } from "./cases.ts";

/** The plan of the golden case `minimal`, but for what is given. */
export function planOf(parts: Partial<LifecyclePlan> = {}): LifecyclePlan {
  const plan = JSON.parse(
    readFileSync(join(goldenDirectory, "minimal", "plan.json"), "utf8"),
  ) as LifecyclePlan;
  return { ...plan, ...parts };
}

/** Options of somebody who asks for nothing, but for what is given. */
export function optionsOf(parts: Partial<CompileOptions> = {}): CompileOptions {
  return {
    buildpacks: [],
    preBuildpacks: [],
    postBuildpacks: [],
    extensions: [],
    withoutSystemBuildpacks: false,
    buildEnv: [],
    secrets: [],
    bindings: [],
    caCertificate: false,
    keepGitDirectory: false,
    fallbackCacheId: "x",
    tool: { kind: "image", reference: "x" },
    recorded: [],
    version: "0",
    ...parts,
  };
}

/** A descriptor that says nothing, but for what is given. */
export function descriptorOf(parts: Partial<ProjectDescriptor> = {}): ProjectDescriptor {
  return {
    file: "project.toml",
    text: "",
    group: [],
    pre: [],
    post: [],
    buildEnv: [],
    secrets: [],
    bindings: [],
    ...parts,
  };
}
