import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withSourcePolicy } from "../../../src/build/downloads/with-source-policy.ts";
import { plainRequest } from "../../../src/engines/build-request.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { faultsOf } from "../../helpers/errors.ts";

const request = { ...plainRequest, context: "/app", file: { directory: "/app", name: "project.toml" } };

function files(texts: Readonly<Record<string, string>>): string {
  const directory = temporaryDirectory();
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(directory, name), text);
  return directory;
}
const convert = {
  action: "CONVERT",
  selector: { identifier: "https://a.example:443/*" },
  updates: { identifier: "https://mirror.example/$1" },
};
const list = JSON.stringify({ downloads: [{ url: "https://mirror.example/x" }] });

describe("withSourcePolicy", () => {
  it("hands over the user's own file as it is", () => {
    const work = files({ "policy.json": JSON.stringify({ rules: [convert] }) });
    const sourcePolicy = join(work, "policy.json");
    expect(withSourcePolicy(request, { sourcePolicy }, work).sourcePolicyFile).toBe(sourcePolicy);
    expect(withSourcePolicy(request, {}, work)).toBe(request);
  });

  it("has the user's own rules before those of a list", () => {
    const work = files({ "policy.json": JSON.stringify({ rules: [convert] }), "list.json": list });
    const order = { sourcePolicy: join(work, "policy.json"), allowedDownloads: join(work, "list.json") };
    const { sourcePolicyFile = "" } = withSourcePolicy(request, order, work);
    const { rules } = JSON.parse(readFileSync(sourcePolicyFile, "utf8"));
    expect(rules[0]).toEqual(convert);
    expect(rules.map(({ action }: { action: string }) => action)).toEqual([
      ...["CONVERT", "CONVERT", "DENY", "DENY"],
      ...["ALLOW", "ALLOW", "ALLOW"],
    ]);
  });

  it("shows a name in place of a file that a dry run does not need", () => {
    const allowedDownloads = join(files({ "list.json": list }), "list.json");
    const { sourcePolicyFile } = withSourcePolicy(request, { allowedDownloads }, undefined);
    expect(sourcePolicyFile).toBe("FILE-OF-THE-SOURCE-POLICY");
  });

  it.each([
    ["sourcePolicy", "[", "cli/bad-source-policy"],
    ["sourcePolicy", '{"rules": 1}', "cli/bad-source-policy"],
    ["sourcePolicy", undefined, "cli/no-policy-file"],
    ["allowedDownloads", "[]", "cli/bad-download-list"],
    ["allowedDownloads", undefined, "cli/no-policy-file"],
  ])("refuses, as %s, %j: %s", (name, text, code) => {
    const work = files(text === undefined ? {} : { file: text });
    const found = faultsOf(() => withSourcePolicy(request, { [name]: join(work, "file") }, work));
    expect(found).toMatchObject([{ code }]);
  });
});
