import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planComment } from "../../src/dockerfile/plan-comment.ts";
import { readDockerfile } from "../../src/dockerfile/read/read-dockerfile.ts";
import { hostile } from "../helpers/hostile.ts";
import { planOf } from "../helpers/plan.ts";

const lines = (recorded: readonly string[], id = "app-1") =>
  planComment(planOf({ generator: { version: "1.2.3", recorded }, cache: { id, derivedFrom: "option" } }));

describe("the comment that says how a file was made", () => {
  it("reads back whatever it holds", () => {
    fc.assert(
      fc.property(fc.array(hostile), (recorded) => {
        const text = `# other\n${lines(recorded).join("\n")}\nFROM scratch\n`;
        expect(readDockerfile(text).from).toMatchObject({
          version: "1.2.3",
          arguments: recorded,
          cacheId: "app-1",
        });
      }),
    );
  });

  it("is comment lines and nothing else, of a length people can bear", () => {
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 300, maxLength: 400 }), (recorded) => {
        for (const line of lines(recorded)) {
          expect(line).toMatch(/^# cnb-dockerfile-plan: [^\n\r\u2028\u2029\0]+$/);
          expect(line.length).toBeLessThan(2100);
        }
      }),
      { numRuns: 20 },
    );
  });

  it("reads back from a file with Windows line ends", () => {
    expect(readDockerfile(lines(["--env=A=1"]).join("\r\n")).from?.arguments).toEqual(["--env=A=1"]);
  });

  it("reads back though a file in the Dockerfile has a line like it", () => {
    const text = `${lines(["--env=A=1"]).join("\n")}\nFROM a\nCOPY <<EOF /x\n# cnb-dockerfile-plan: more\nEOF\n`;
    expect(readDockerfile(text).from?.arguments).toEqual(["--env=A=1"]);
  });

  it.each(["// syntax=127.0.0.1:9/other:1", "RUN echo", "word", "#\u0085syntax=127.0.0.1:9/other:1"])(
    "reads back below %j, which would call another frontend or end the build",
    (head) => {
      const text = `${head}\n${lines(["--env=A=1"]).join("\n")}\nFROM a\n`;
      expect(readDockerfile(text).from?.arguments).toEqual(["--env=A=1"]);
    },
  );

  it.each([
    ["FROM scratch\n"],
    ["# cnb-dockerfile-plan: {\n"],
    ['# cnb-dockerfile-plan: {"version":1}\n'],
    ['# cnb-dockerfile-plan: {"version":"1","arguments":[],"cacheId":"a,from=b"}\n'],
    ['RUN echo "# cnb-dockerfile-plan: {}"\n'],
  ])("is not in %j", (text) => {
    expect(readDockerfile(text).from).toBeUndefined();
  });
});
