import { expect, it } from "vitest";
import { refuseEarlyEpoch } from "../../../src/build/outputs/early-epoch.ts";
import { parseOutput } from "../../../src/engines/outputs/build-output.ts";
import { faultsOf } from "../../helpers/errors.ts";

const outputs = (...texts: string[]) => texts.flatMap((text) => parseOutput(text) ?? []);
const rewriting = outputs("type=image,push=true,rewrite-timestamp=true");

function refuse(
  results: ReturnType<typeof outputs>,
  { given, env, inContainer = false }: { given?: string; env?: string; inContainer?: boolean } = {},
) {
  const buildArguments = given === undefined ? [] : [{ name: "SOURCE_DATE_EPOCH", value: given }];
  return faultsOf(() =>
    refuseEarlyEpoch(
      results,
      { buildArguments },
      { ...(env === undefined ? {} : { text: env }), saidBy: inContainer ? "SOURCE_DATE_EPOCH" : "--output" },
    ),
  );
}

it.each([
  ["a build argument", rewriting, { given: "0" }],
  ["the environment", rewriting, { env: "315532800" }],
  ["the exporter itself", outputs("type=oci,dest=a,rewrite-timestamp=1,source-date-epoch=0"), {}],
  ["a build argument over the environment", rewriting, { given: "0", env: "1700000000" }],
])("refuses to set times back to before those of the files, by %s", (_, results, said) => {
  const [fault, ...others] = refuse(results, said);
  expect(others).toEqual([]);
  expect(fault).toMatchObject({ code: "cli/early-epoch", location: { file: "--output" } });
  expect(fault?.hint).toContain("Leave `rewrite-timestamp` out");
});

it("says in the container what can be done there", () => {
  const [fault] = refuse(rewriting, { env: "0", inContainer: true });
  expect(fault?.location).toEqual({ file: "SOURCE_DATE_EPOCH" });
  expect(fault?.hint).toMatch(/^Set SOURCE_DATE_EPOCH to 315532801 or more/);
});

it.each([
  ["times stay", outputs("type=image", "type=oci,dest=a,rewrite-timestamp=false"), { given: "0" }],
  ["the epoch is that of the files", rewriting, { given: "315532801" }],
  ["there is no epoch", rewriting, {}],
  ["the argument empties that of the environment", rewriting, { given: "", env: "0" }],
])("lets pass where %s", (_, results, said) => {
  const buildArguments = "given" in said ? [{ name: "SOURCE_DATE_EPOCH", value: said.given ?? "" }] : [];
  const usual = "env" in said ? { text: said.env } : {};
  refuseEarlyEpoch(results, { buildArguments }, { ...usual, saidBy: "--output" });
});
