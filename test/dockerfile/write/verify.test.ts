import { describe, expect, it } from "vitest";
import { verifyDockerfile } from "../../../src/dockerfile/write/verify.ts";
import type { Stage } from "../../../src/stages/stage.ts";

const stages: Stage[] = [
  { name: "tool", base: { kind: "scratch" }, purpose: [], instructions: [] },
  {
    name: "app",
    base: { kind: "scratch" },
    purpose: [],
    instructions: [{ kind: "copy", from: "tool", source: "/a", destination: "/", link: false }],
  },
];
const text = "FROM scratch AS tool\nFROM scratch AS app\nCOPY --from=tool /a /\n";

describe("reading our own output back", () => {
  it("finds nothing wrong with what was meant", () => {
    expect(() => verifyDockerfile(text, stages)).not.toThrow();
  });

  it.each([
    ["an instruction too many", `${text}RUN x\n`],
    ["an instruction too few", text.replace(/COPY.*\n/, "")],
    ["a stage too many", `${text}FROM scratch AS more\n`],
    ["a stage of another name", text.replace("AS app", "AS ap")],
    ["an instruction before the first stage", `RUN x\n${text}`],
    ["a COPY from a stage that comes later", text.replace("--from=tool", "--from=app2")],
    ["such a COPY with other flags", text.replace("--from=tool", "--link --from=app2 --chown=1:1")],
  ])("finds %s", (_, wrong) => {
    expect(() => verifyDockerfile(wrong, stages)).toThrow();
  });
});
