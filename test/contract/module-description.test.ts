import { expect, it } from "vitest";
import { formatModuleDescription, parseModuleDescription } from "../../src/contract/module-description.ts";
import { oddNames } from "../helpers/odd-names.ts";

it("the description of a buildpackage has every label of its images, whatever it is called", () => {
  const labels = Object.fromEntries(oddNames.map((name) => [name, "x"]));
  const config = { os: "linux", architecture: "amd64", env: [], user: "", labels };
  const module = { kind: "buildpackage", configs: [config] } as const;
  const text = formatModuleDescription({ kind: "found", found: { form: "archive", module } });
  for (const name of oddNames) expect(text).toContain(`"${name}":"x"`);
  expect(formatModuleDescription(parseModuleDescription(text))).toBe(text);
});
