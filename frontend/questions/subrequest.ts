import { diagnose } from "../../src/diagnostics/diagnose.ts";
import { CompileError } from "../../src/diagnostics/diagnostic.ts";
import type { ResultInit } from "../image/result.ts";
import type { FrontendOptions } from "../request/options.ts";
import { type BuildHost, prepareBuild } from "../request/prepare.ts";
import type { ProjectSource } from "../sources/project-source.ts";
import type { SubrequestAnswer } from "./answer.ts";
import { lint } from "./lint.ts";
import { listTargets } from "./list-targets.ts";
import { outline } from "./outline.ts";
import { table } from "./table.ts";

/** A question about a build in place of the build. Source: BuildKit, `frontend/subrequests`. */
type Subrequest = keyof typeof subrequests;

/** Version of the answers' forms. */
const version = "1.0.0";

const subrequests = {
  "frontend.outline": "List the build arguments and secrets of a build",
  "frontend.targets": "List the stages that you can build",
  "frontend.lint": "Check the project without building it",
  "frontend.subrequests.describe": "List the available subrequests",
};

/** What the client asks in place of a build; undefined: it wants a build. Throws CompileError for what we cannot answer. */
export function subrequestOf({ values }: FrontendOptions): Subrequest | undefined {
  const { requestid: request = "" } = values;
  if (request === "") return undefined;
  if (isSubrequest(request)) return request;
  const requests = Object.keys(subrequests);
  throw new CompileError([diagnose("frontend/unknown-request", { request, requests }, { file: "--call" })]);
}

function isSubrequest(text: string): text is Subrequest {
  return Object.hasOwn(subrequests, text);
}

/** Answers with metadata alone. Throws as a build does, but that `frontend.lint` tells of what is wrong. */
export async function answerSubrequest(
  request: Subrequest,
  host: BuildHost,
  project: ProjectSource,
): Promise<ResultInit> {
  const { json, text, statusCode } = await answerTo(request, host, project);
  const metadata: Record<string, string> = {
    "result.json": JSON.stringify(json, undefined, 2),
    "result.txt": text,
    version,
    ...(statusCode === undefined ? {} : { "result.statuscode": String(statusCode) }),
  };
  return {
    metadata: Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, Buffer.from(value)])),
  };
}

async function answerTo(
  request: Subrequest,
  host: BuildHost,
  project: ProjectSource,
): Promise<SubrequestAnswer> {
  switch (request) {
    case "frontend.subrequests.describe":
      return describe();
    case "frontend.lint":
      return lint(host, project);
    case "frontend.targets":
      return listTargets((await prepareBuild(host, project)).recipe.dockerfile);
    case "frontend.outline":
      return outline((await prepareBuild(host, project)).recipe, host.options);
  }
}

function describe(): SubrequestAnswer {
  const json = Object.entries(subrequests).map(([name, description]) => ({
    name,
    version,
    type: "rpc",
    description,
    opts: name === "frontend.outline" ? [{ name: "target", description: "Stage to build" }] : [],
    inputs: [],
    metadata: [
      { name: "result.json", description: "" },
      { name: "result.txt", description: "" },
    ],
    refs: [],
  }));
  const rows = json.map(({ name, description }) => [name.replace("frontend.", ""), version, description]);
  return { json, text: table([["NAME", "VERSION", "DESCRIPTION"], ...rows]) };
}
