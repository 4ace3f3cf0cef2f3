import { expect, it } from "vitest";
import { explainFailure, missingRights, type NamespaceFacts } from "../../src/private-buildkit/rights.ts";

const usual: NamespaceFacts = {
  user: "ann",
  isRoot: false,
  isFiltered: false,
  hasNoNewPrivileges: false,
  settings: new Map([["user.max_user_namespaces", "28633"]]),
  missingPrograms: [],
  filesWithoutIds: [],
};
const denied = "[rootlesskit:parent] error: failed to start the child: fork/exec: operation not permitted";
const setting = (name: string, value: string) => ({ ...usual, settings: new Map([[name, value]]) });

it("misses nothing on a machine as it should be", () => {
  expect(missingRights(usual)).toEqual([]);
});

it("tells all that is missing at once", () => {
  const facts: NamespaceFacts = {
    ...setting("user.max_user_namespaces", "0"),
    missingPrograms: ["newuidmap", "newgidmap"],
    filesWithoutIds: ["/etc/subuid", "/etc/subgid"],
  };
  expect(missingRights(facts)).toMatchObject([
    { code: "engines/no-uidmap", hint: expect.stringContaining("apt-get install uidmap") },
    { code: "engines/no-sub-ids", location: { file: "/etc/subuid" } },
    { code: "engines/no-sub-ids", hint: expect.stringContaining("--add-subgids 100000-165535 ann") },
    { code: "engines/no-user-namespaces", hint: expect.stringContaining("user.max_user_namespaces=28633") },
  ]);
});

it("knows Debian's own switch", () => {
  expect(missingRights(setting("kernel.unprivileged_userns_clone", "0"))).toMatchObject([
    {
      code: "engines/no-user-namespaces",
      message: expect.stringContaining("kernel.unprivileged_userns_clone is 0"),
    },
  ]);
});

it.each([
  ["engines/apparmor", setting("kernel.apparmor_restrict_unprivileged_userns", "1")],
  ["engines/filtered", { ...usual, isFiltered: true }],
  ["engines/namespaces-denied", usual],
] as const)("explains a refusal by what the machine says: %s", (code, facts) => {
  const found = explainFailure(facts, `first\n${denied}\nlast`);
  expect(found).toMatchObject({ code, message: expect.stringContaining(denied) });
});

it("has no part in what is no refusal", () => {
  expect(explainFailure(usual, "buildkitd: no space left on device")).toBeUndefined();
  expect(explainFailure(usual, "open /etc/x: permission denied")).toBeUndefined();
});

it("tells root first that the container lacks a right", () => {
  const found = missingRights({ ...usual, isRoot: true, filesWithoutIds: ["/etc/subuid"] });
  expect(found).toMatchObject([
    { code: "engines/namespaces-denied", hint: expect.stringContaining("--privileged") },
    { code: "engines/no-sub-ids" },
  ]);
});
