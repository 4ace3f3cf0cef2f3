import { expect, it } from "vitest";
import type { GeneratedDockerfile } from "../../../src/contract/generated-dockerfile.ts";
import { freezeExtensions } from "../../../src/dockerfile/frozen/frozen-extensions.ts";
import { faultsOf } from "../../helpers/errors.ts";

const dockerfile = (kind: "build" | "run", text: string, more: Partial<GeneratedDockerfile> = {}) => ({
  ...{ id: "acme/ubi", version: "1", kind, arguments: [] },
  text: `ARG base_image\nFROM \${base_image}\n${text}\n`,
  ...more,
});

function freeze(dockerfiles: readonly GeneratedDockerfile[]) {
  return freezeExtensions({
    generated: { version: 1, runImage: "acme/run", dockerfiles: [...dockerfiles] },
    builder: { reference: "acme/builder:1", user: "1001:1000" },
    runImage: { reference: "acme/run:1", user: "1002" },
    applied: dockerfiles.filter(({ kind }) => kind === "run"),
  });
}

it("gives each Dockerfile the user of the image below", () => {
  const texts = ["ARG user_id\nARG group_id\nUSER 7:8", "ARG user_id\nARG group_id"];
  const { build } = freeze(texts.map((text) => dockerfile("build", text)));
  expect(build.map(({ instructions }) => instructions)).toEqual([
    ['ARG user_id="1001"', 'ARG group_id="1000"', "USER 7:8"],
    ['ARG user_id="7"', 'ARG group_id="8"'],
  ]);
});

it.each([
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a Dockerfile
  ["USER root\nARG user_id\nARG group_id\nUSER ${user_id}:$group_id", true],
  ["ARG user_id\nENV user_id=0\nUSER $user_id", false],
  ["ENV other=0\nARG user_id\nUSER $user_id", true],
  ["USER $user_id", false],
  ["ARG who\nUSER $who", false],
  ['USER "1001"', false],
  ["USER 1001:", false],
  ["USER 1001 # x", false],
])("knows the user only where there is no doubt: %j", (text, isKnown) => {
  const run = dockerfile("run", text);
  if (isKnown) expect(freeze([run]).run).toHaveLength(1);
  else expect(faultsOf(() => freeze([run]))[0]?.message).toContain("a USER that only the build can tell");
});

it.each(["USER root", "USER 0", "USER 00", "USER 0:1000"])("no image starts as root: %j", (text) => {
  expect(faultsOf(() => freeze([dockerfile("run", text)])).map(({ code }) => code)).toEqual([
    "frontend/extension-ends-as-root",
  ]);
  expect(freeze([dockerfile("build", text)]).build).toHaveLength(1);
});

it("has another digest where detection made something else, and not for what a context holds", () => {
  const context = (digest: string) => ({ context: { path: "/layers/generated/a/context", digest } });
  const digest = (text: string, more = {}) => freeze([dockerfile("build", text, more)]).digest;
  expect(digest("RUN a")).not.toBe(digest("RUN b"));
  expect(digest("RUN a", context("1"))).not.toBe(digest("RUN a"));
  expect(digest("RUN a", context("1"))).toBe(digest("RUN a", context("2")));
});
