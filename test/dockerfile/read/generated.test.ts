import { describe, expect, it } from "vitest";
import { readGenerated } from "../../../src/dockerfile/read/generated.ts";
import { readDockerfile } from "../../../src/dockerfile/read/read-dockerfile.ts";
import { faultsOf } from "../../helpers/errors.ts";
import { usualDockerfile } from "../../helpers/frontend.ts";

const read = (text: string) => readGenerated("Dockerfile", readDockerfile(text));

/** The text with one place changed; fails where the place is not there. */
function edited(from: string | RegExp, to: string): string {
  const text = usualDockerfile.replace(from, to);
  if (text === usualDockerfile) throw new Error(`nothing to edit: ${from}`);
  return text;
}
/** Line of the first that `pattern` matches, from 1. */
const lineOf = (text: string, pattern: RegExp) =>
  text.split("\n").findIndex((line) => pattern.test(line)) + 1;

describe("of a generated Dockerfile", () => {
  it("the plan is read, and the run image from its FROM line", () => {
    const { from, app } = read(usualDockerfile);
    expect(from.platforms).toEqual(["linux/amd64", "linux/arm64"]);
    expect(app.runImage).toMatchObject({
      name: "registry.example/acme/run:24",
      reference: `registry.example/acme/run:24@sha256:${"a".repeat(64)}`,
    });
  });

  it("the run image may be another one, as an updater writes it", () => {
    const text = edited(
      /^FROM \S+ AS rootfs$/m,
      `FROM registry.example/acme/run:26@sha256:${"c".repeat(64)} AS rootfs`,
    );
    expect(read(text).app.runImage).toMatchObject({
      name: "registry.example/acme/run:26",
      reference: `registry.example/acme/run:26@sha256:${"c".repeat(64)}`,
    });
  });

  it("other stages may be edited", () => {
    expect(() => read(edited(/^ENV CNB_EXEC_ENV.*$/m, 'ENV CNB_EXEC_ENV="test"\nENV X="1"'))).not.toThrow();
  });

  it("a file of a stage may hold lines like those of a stage", () => {
    const text = edited(
      /^FROM \S+ AS build$/m,
      "$&\nCOPY <<EOF /x\nFROM scratch AS app\nFROM scratch AS rootfs\nEOF",
    );
    expect(read(text)).toEqual(read(usualDockerfile));
  });

  it("line ends may be of Windows, and comments and empty lines may come and go", () => {
    expect(read(usualDockerfile.replaceAll("\n", "\r\n"))).toEqual(read(usualDockerfile));
    expect(read(edited(/^(FROM \S+ AS app)$/m, "$1\n\n# ours"))).toEqual(read(usualDockerfile));
  });
});

describe("an edit that would be lost is refused:", () => {
  it("a line that is another, by its number", () => {
    const text = edited(/^ENTRYPOINT .*$/m, 'ENTRYPOINT ["/bin/sh"]');
    const [fault] = faultsOf(() => read(text));
    expect(fault).toMatchObject({
      code: "emit/app-edited",
      message: expect.stringContaining('The stage `app` has `ENTRYPOINT ["/bin/sh"]` instead of `ENTRYPOINT'),
      location: { file: "Dockerfile", line: lineOf(text, /^ENTRYPOINT/) },
    });
  });

  it("a line that is new at the end", () => {
    const text = `${usualDockerfile}LABEL a="b"\n`;
    expect(faultsOf(() => read(text))).toMatchObject([
      {
        code: "emit/app-edited",
        message: 'The stage `app` has `LABEL a="b"` where it should end.',
        location: { line: lineOf(text, /^LABEL a="b"/) },
      },
    ]);
  });

  it("a line that is gone from the end", () => {
    const text = `${usualDockerfile.trimEnd().split("\n").slice(0, -1).join("\n")}\n`;
    expect(faultsOf(() => read(text))).toMatchObject([
      { code: "emit/app-edited", message: expect.stringMatching(/^The stage `app` ends before `/) },
    ]);
  });
});

describe("what cannot be understood is refused:", () => {
  it.each([
    ["without a plan", edited(/^# cnb-dockerfile-plan: .*\n/m, "")],
    ["with half a plan", edited(/^(# cnb-dockerfile-plan: .{100}).*$/m, "$1")],
    ["with a plan of another form", edited(/"platformApi":"[^"]*"/, '"platformApi":15')],
  ])("a file %s", (_, text) => {
    expect(faultsOf(() => read(text))).toMatchObject([
      { code: "emit/no-plan", location: { file: "Dockerfile" } },
    ]);
  });

  it.each([
    ["without its last stage", edited(/^FROM \S+ AS app\n[\s\S]*$/m, "")],
    [
      "whose run image is always that of one platform",
      edited(/^FROM (\S+) AS rootfs$/m, "FROM --platform=linux/amd64 $1 AS rootfs"),
    ],
    [
      "whose image is always that of one platform",
      edited(/^FROM rootfs AS app$/m, "FROM --platform=linux/amd64 rootfs AS app"),
    ],
    ["whose last stage has no image", edited(/^FROM \S+ AS app$/m, "FROM $BASE AS app")],
  ])("a file %s", (_, text) => {
    expect(faultsOf(() => read(text))).toMatchObject([{ code: "emit/no-app" }]);
  });
});
