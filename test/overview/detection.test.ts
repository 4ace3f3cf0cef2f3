import { describe, expect, it } from "vitest";
import type { Detection } from "../../src/contract/detection.ts";
import { overviewDetection } from "../../src/overview/detection.ts";
import { detectionSections } from "../../src/overview/detection-text.ts";

/** As lifecycle 0.21 writes it. */
const failed = `Timer: Detector started at 2026-12-01T00:00:00Z
target distro name/version labels not found, reading /etc/os-release file
======== Output: acme/node@1.2.0 ========
no package.json
but a Makefile
======== Error: acme/broken@1 ========
fork/exec /cnb/buildpacks/acme_broken/1/bin/detect: no such file or directory
======== Results ========
fail: acme/node@1.2.0
skip: acme/other@2
err:  acme/broken@1
======== Output: acme/odd@3 ========
went wrong
======== Results ========
err:  acme/odd@3 (7)
======== Results ========
pass: acme/web@1
pass: acme/java@4
Resolving plan... (try #1)
fail: acme/web@1 requires jre
skip: acme/java@4 provides unused jdk
Resolving plan... (try #2)
fail: acme/web@1 requires jre
Timer: Detector ran for 1ms and ended at 2026-12-01T00:00:00Z
ERROR: No buildpack groups passed detection.
`;
const detection = (log: string, more: Partial<Detection> = {}): Detection => ({
  ...{ version: 1, exitCode: 20, log, isCut: false },
  ...more,
});
const overview = (log: string) => overviewDetection("linux/amd64", detection(log));

describe("the groups that the detector tried", () => {
  it("have each module's result, what it said and why it does not fit", () => {
    expect(overview(failed).tried).toEqual([
      [
        { name: "acme/node@1.2.0", result: "fail", reasons: [], said: "no package.json\nbut a Makefile" },
        { name: "acme/other@2", result: "skip", reasons: [] },
        {
          ...{ name: "acme/broken@1", result: "error", reasons: [] },
          said: "fork/exec /cnb/buildpacks/acme_broken/1/bin/detect: no such file or directory",
        },
      ],
      [{ name: "acme/odd@3", result: "error", exitCode: 7, reasons: [], said: "went wrong" }],
      [
        { name: "acme/web@1", result: "pass", reasons: ["requires jre"] },
        { name: "acme/java@4", result: "pass", reasons: ["provides unused jdk"] },
      ],
    ]);
  });

  it("are none where the detector did not come so far", () => {
    expect(overview("ERROR: failed to read order\n").tried).toEqual([]);
  });
});

describe("a detection's text", () => {
  const text = (...found: ReturnType<typeof overview>[]) =>
    detectionSections(found).map(({ title, rows }) => [title, ...rows.map((row) => row.join(" | "))]);

  it("says what each module of a group said, if the group did not pass", () => {
    const [, first, , third] = text(overview(failed), { ...overview(failed), platform: "linux/arm64" });
    expect(first).toEqual([
      "Tried group 1 on linux/amd64, linux/arm64",
      "acme/node@1.2.0 | fail",
      "acme/node@1.2.0 |   no package.json",
      "acme/node@1.2.0 |   but a Makefile",
      "acme/other@2 | skip",
      "acme/broken@1 | error",
      "acme/broken@1 |   fork/exec /cnb/buildpacks/acme_broken/1/bin/detect: no such file or directory",
    ]);
    expect(third?.slice(1)).toEqual([
      "acme/web@1 | pass: requires jre",
      "acme/java@4 | pass: provides unused jdk",
    ]);
  });

  it("keeps to the last lines of what is long", () => {
    const lines = Array.from({ length: 50 }, (_, index) => `line ${index}`);
    const log = `======== Output: a/b@1 ========\n${lines.join("\n")}\n======== Results ========\nfail: a/b@1\n`;
    const [, group] = text(overview(log));
    expect(group?.slice(2)).toEqual(["a/b@1 |   …", ...lines.slice(-20).map((line) => `a/b@1 |   ${line}`)]);
  });

  it("is the detector's own last words where it tried no group", () => {
    expect(text(overview("one\n\nERROR: two\n"))).toEqual([
      ["Detection on linux/amd64", "failed | the detector ended with exit code 20"],
      ["Log on linux/amd64", "detector | one", "detector | ERROR: two"],
    ]);
  });

  it("has the detector's last words where it failed for another reason than the groups", () => {
    const log = "======== Results ========\npass: a/b@1\nERROR: failed to generate\n";
    const sections = text(overviewDetection("linux/amd64", detection(log, { exitCode: 91 })));
    expect(sections.at(-1)).toEqual([
      "Log on linux/amd64",
      ...["======== Results ========", "pass: a/b@1", "ERROR: failed to generate"].map(
        (line) => `detector | ${line}`,
      ),
    ]);
  });

  it("names who takes part, and shows Dockerfiles of image extensions", () => {
    const group = { group: [{ id: "a", version: "1" }], "group-extensions": [{ id: "e", version: "2" }] };
    const dockerfile = { id: "e", version: "2", kind: "build" as const, arguments: [] };
    const generated = {
      ...{ version: 1 as const, runImage: "acme/run:2" },
      dockerfiles: [{ ...dockerfile, text: "FROM acme/run\nUSER 1\n" }],
    };
    const found = overviewDetection("linux/amd64", detection("", { exitCode: 0, group, generated }));
    expect(text(found).flat()).toEqual([
      ...["Detection on linux/amd64", "buildpacks | a@1", "image extensions | e@2", "run image | acme/run:2"],
      ...["build.Dockerfile of e@2 on linux/amd64", " | FROM acme/run", " | USER 1"],
    ]);
  });
});
