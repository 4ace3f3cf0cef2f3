import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const root = join(import.meta.dirname, "../../..");
const read = (file: string) => readFileSync(join(root, file), "utf8");

/** The job of the GitLab component. In: its inputs; those that are not given have their defaults. */
export function gitlabJob(inputs: Readonly<Record<string, string>> = {}) {
  const [spec, job] = read("ci/gitlab/build.yml").split(/^---$/m);
  const defaults = parse(spec ?? "").spec.inputs as Readonly<Record<string, { readonly default: unknown }>>;
  const text = (job ?? "").replaceAll(/\$\[\[ inputs\.([\w-]+) \]\]/g, (_, name: string) => {
    if (!(name in defaults)) throw new Error(`the component has no input ${name}`);
    return String(inputs[name] ?? defaults[name]?.default);
  });
  return parse(text)["cnb-dockerfile"] as {
    readonly variables: Readonly<Record<string, string | null>>;
    readonly script: readonly string[];
    readonly image: { readonly name: string };
  };
}

/** As GitLab's runner makes one of a job's lines. */
export function gitlabScript(): string {
  return `set -e\n${gitlabJob().script.join("\n")}\n`;
}

interface TektonStep {
  readonly script: string;
  readonly env: readonly { readonly name: string; readonly value: string }[];
}

/** The step of the Tekton task. */
export function tektonStep(): TektonStep {
  const [step] = parse(read("ci/tekton/task.yaml")).spec.steps as readonly TektonStep[];
  if (step === undefined) throw new Error("the task has no step");
  return step;
}

export function tektonScript(): string {
  return tektonStep().script;
}

/** Steps of action.yml or of another action of ours that run a script, by their id. */
export function actionSteps(file: string) {
  const { inputs, runs } = parse(read(file)) as {
    readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
    readonly runs: {
      readonly steps: readonly {
        readonly id?: string;
        readonly run?: string;
        readonly env?: Readonly<Record<string, string>>;
      }[];
    };
  };
  return {
    inputs,
    steps: runs.steps.flatMap(({ id, run, env = {} }) => (id && run ? [{ id, run, env }] : [])),
  };
}
