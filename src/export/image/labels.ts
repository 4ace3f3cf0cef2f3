import { goJson, goObject } from "../../contract/go-json.ts";
import { buildMetadataLabel, execEnvLabel, projectMetadataLabel } from "../../contract/label-names.ts";
import type { BuildMetadata, BuildModule, LaunchProcess } from "./build-metadata.ts";

interface LabelRequest {
  readonly metadata: BuildMetadata;
  /** `0.21.14` or `0.21.14+0e4bae0`, as the lifecycle prints it. Absent: the label says none. */
  readonly lifecycleVersion?: string;
  /** Absent: the Platform API has no execution environments (below 0.15). */
  readonly execEnv?: string;
}

/** The labels that need no digests, in the order the lifecycle sets them. Source: CNB platform spec, "Labels". */
export function staticLabels({ metadata, lifecycleVersion, execEnv }: LabelRequest): Record<string, string> {
  return {
    [buildMetadataLabel]: buildLabel(metadata, lifecycleVersion),
    [projectMetadataLabel]: "{}",
    ...Object.fromEntries(metadata.labels.map(({ key, value }) => [key, value])),
    ...(execEnv === undefined ? {} : { [execEnvLabel]: execEnv }),
  };
}

function buildLabel(metadata: BuildMetadata, lifecycleVersion = ""): string {
  const [version = "", commit = ""] = lifecycleVersion.split("+");
  const git = goObject([
    ["repository", goJson("github.com/buildpacks/lifecycle")],
    ["commit", goJson(commit)],
  ]);
  return goObject([
    ["buildpacks", goList(metadata.buildpacks, moduleJson)],
    ["extensions", isEmpty(metadata.extensions) ? undefined : goList(metadata.extensions, moduleJson)],
    [
      "launcher",
      goObject([
        ["version", goJson(version)],
        ["source", goObject([["git", git]])],
      ]),
    ],
    ["processes", goList(metadata.processes, processJson)],
    ["buildpack-default-process-type", optionalJson(metadata["buildpack-default-process-type"])],
  ]);
}

function moduleJson({ id, version, homepage, optional }: BuildModule): string {
  return goObject([
    ["id", goJson(id)],
    ["version", goJson(version)],
    ["homepage", optionalJson(homepage)],
    ["optional", optionalJson(optional)],
  ]);
}

function processJson(process: LaunchProcess): string {
  return goObject([
    ["type", goJson(process.type)],
    ["command", goJson(process.command)],
    ["args", goJson(process.args)],
    ["direct", goJson(process.direct)],
    ["default", optionalJson(process.default)],
    ["buildpackID", goJson(process["buildpack-id"])],
    ["working-dir", optionalJson(process["working-dir"])],
    ["exec-env", isEmpty(process["exec-env"]) ? undefined : goJson(process["exec-env"])],
  ]);
}

/** Go's `omitempty`. */
function optionalJson(value: string | boolean | undefined): string | undefined {
  return value === undefined || value === "" || value === false ? undefined : goJson(value);
}

function isEmpty(list: readonly unknown[] | undefined): boolean {
  return list === undefined || list.length === 0;
}

/** Go writes a list that was never made as `null`. */
function goList<Item>(list: readonly Item[] | undefined, json: (item: Item) => string): string {
  return list === undefined ? "null" : `[${list.map(json).join(",")}]`;
}
