import { chmod, cp } from "node:fs/promises";
import { join } from "node:path";
import { cachedFile } from "./cached-file.ts";
import { go } from "./go.ts";
import { python } from "./python.ts";
import { recipeHash } from "./recipe.ts";
import type { DebianTool, GoTool } from "./tool-list.ts";
import { makeTools, toolPath } from "./tools.ts";

/** Checks expressions, jobs and shell of GitHub workflows. */
const actionlint: GoTool = {
  kind: "go",
  name: "actionlint",
  module: "github.com/rhysd/actionlint",
  version: "v1.7.12",
  package: "./cmd/actionlint",
  architecture: "amd64",
};
const shellcheck: DebianTool = {
  kind: "debian",
  name: "shellcheck",
  package: "shellcheck",
  version: "bookworm",
  path: "usr/bin/shellcheck",
};

/** check-jsonschema, which has the published schemas in it, zizmor, and all that they need. */
const pythonPackages = [
  ...["check-jsonschema==0.39.0", "zizmor==1.32.0"],
  ...[
    "attrs==26.1.0",
    "certifi==2026.10.19.post1",
    "charset-normalizer==3.5.3",
    "click==8.5.1",
    "idna==3.20",
  ],
  ...[
    "jsonschema==4.26.0",
    "jsonschema-specifications==2025.9.1",
    "referencing==0.37.0",
    "regress==2026.9.1",
  ],
  ...[
    "requests==2.34.2",
    "rpds-py==2026.9.1",
    "ruamel.yaml==0.19.1",
    "typing_extensions==4.16.0",
    "urllib3==2.8.0",
  ],
  // It has the schemas of Kubernetes in it.
  ...["kubernetes-validate==1.37.0", "importlib_resources==7.1.0", "packaging==26.4", "pyyaml==6.0.4"],
];

/** Tekton's own definition of a Task lies in its Go module. */
const tekton = "github.com/tektoncd/pipeline@v1.6.0";

/** A program, and the variables that it needs. */
export interface WorkflowTool {
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
}

export interface WorkflowTools {
  readonly actionlint: WorkflowTool;
  readonly shellcheck: WorkflowTool;
  readonly zizmor: WorkflowTool;
  readonly checkJsonschema: WorkflowTool;
  /** Reads Kubernetes manifests by the schemas of one of its releases. */
  readonly kubernetesValidate: WorkflowTool;
  /** Absolute path of Tekton's CustomResourceDefinition of a Task. */
  readonly tektonTask: string;
}

/** Makes what reads workflows, actions and their like. */
export async function makeWorkflowTools(): Promise<WorkflowTools> {
  await makeTools([actionlint, shellcheck]);
  const version = (await python(["--version"])).stdout;
  const recipe = recipeHash(version, ...pythonPackages);
  const packages = await cachedFile(
    `python/workflow-tools-${recipe}`,
    "check-jsonschema, zizmor, kubernetes-validate",
    async (path) => {
      const options = ["--quiet", "--no-deps", "--disable-pip-version-check", "--target", path];
      await python(["-m", "pip", "install", ...options, ...pythonPackages]);
    },
  );
  const definition = await cachedFile(
    `tekton/task-${recipeHash(tekton)}.yaml`,
    "Tekton's Task",
    async (path) => {
      const { Dir } = JSON.parse(await go(["mod", "download", "-json", tekton], { cwd: "/" })) as {
        readonly Dir: string;
      };
      await cp(join(Dir, "config/300-crds/300-task.yaml"), path);
      await chmod(path, 0o644);
    },
  );
  const env = { PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: "1" };
  return {
    // It runs shellcheck on the steps of workflows.
    actionlint: { command: [toolPath(actionlint), "-shellcheck", toolPath(shellcheck)], env: {} },
    shellcheck: { command: [toolPath(shellcheck)], env: {} },
    zizmor: { command: [join(packages, "bin/zizmor")], env: {} },
    checkJsonschema: { command: ["python3", "-m", "check_jsonschema"], env },
    kubernetesValidate: { command: [join(packages, "bin/kubernetes-validate")], env },
    tektonTask: definition,
  };
}
