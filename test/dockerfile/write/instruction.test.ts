// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the variables are the Dockerfile's
import { describe, expect, it } from "vitest";
import { printInstruction } from "../../../src/dockerfile/write/instruction.ts";
import type { Instruction } from "../../../src/stages/stage.ts";
import { codesOf } from "../../helpers/errors.ts";

const owner = { uid: 1002, gid: 1000 };

describe("an instruction", () => {
  it.each<[Instruction, string]>([
    [{ kind: "arg", name: "TARGETPLATFORM" }, "ARG TARGETPLATFORM"],
    [{ kind: "user", owner }, "USER 1002:1000"],
    [{ kind: "workdir", path: "/layers" }, "WORKDIR /layers"],
    [{ kind: "env", name: "A", value: ["b c"] }, 'ENV A="b c"'],
    [{ kind: "label", name: "a.b", value: "{}" }, 'LABEL a.b="{}"'],
    [{ kind: "cmd", argv: [] }, "CMD []"],
    [{ kind: "entrypoint", argv: ["/a", "b"] }, 'ENTRYPOINT ["/a", "b"]'],
    [
      { kind: "copy", from: "export", source: "/a/", destination: "/", owner, link: true },
      "COPY --link --from=export --chown=1002:1000 /a/ /",
    ],
    [
      { kind: "copy", from: "tool", source: "/a/${TARGETPLATFORM}", destination: "/b", link: false },
      "COPY --from=tool /a/${TARGETPLATFORM} /b",
    ],
    [{ kind: "run", network: true, mounts: [], argv: ["/a"] }, 'RUN ["/a"]'],
    [{ kind: "run", network: false, mounts: [], argv: ["/a"] }, 'RUN --network=none ["/a"]'],
    [
      { kind: "file", path: "/a", mode: "0755", content: { format: "text", text: "b\n" } },
      'COPY --chmod=0755 <<"EOF" /a\nb\nEOF',
    ],
    [
      {
        kind: "file",
        path: "/a",
        mode: "0644",
        content: { format: "toml", table: { b: "c", d: { e: true } } },
      },
      'COPY <<"EOF" /a\nb = "c"\n\n[d]\ne = true\nEOF',
    ],
  ])("%j is printed", (instruction, text) => {
    expect(printInstruction(instruction)).toBe(text);
  });

  it("that is long has a mount a line, and its command on one line if that is short", () => {
    const mounts = [
      { kind: "bind", from: "build", source: "/layers", target: "/layers" },
      { kind: "cache", id: "x/${TARGETPLATFORM}", target: "/cache", owner },
    ] as const;
    expect(printInstruction({ kind: "run", network: false, mounts, argv: ["/a", "b"] })).toBe(
      `RUN --network=none \\
    --mount=type=bind,from=build,source=/layers,target=/layers \\
    --mount=type=cache,id=x/\${TARGETPLATFORM},target=/cache,uid=1002,gid=1000,sharing=locked \\
    ["/a", "b"]`,
    );
  });

  it("that is a very long command has an argument a line", () => {
    const argv = ["node", "x".repeat(110)];
    expect(printInstruction({ kind: "run", network: true, mounts: [], argv })).toBe(
      `RUN \\\n    ["node", \\\n     "${"x".repeat(110)}"]`,
    );
  });

  it.each<[string, Instruction]>([
    [
      "a file",
      {
        kind: "file",
        path: "/a",
        mode: "0644",
        content: { format: "text", text: `${"ü".repeat(32_768)}\n` },
      },
    ],
    ["an argument", { kind: "run", network: true, mounts: [], argv: ["x".repeat(65_540)] }],
    ["an entrypoint", { kind: "entrypoint", argv: ["x".repeat(65_540)] }],
  ])("is refused where %s makes a line longer than BuildKit reads", (_, instruction) => {
    expect(codesOf(() => printInstruction(instruction))).toEqual(["emit/line-too-long"]);
  });

  it("may have lines as long as BuildKit reads", () => {
    const text = `${"ü".repeat(32_767)}\n`;
    expect(
      printInstruction({ kind: "file", path: "/a", mode: "0644", content: { format: "text", text } }),
    ).toContain(text);
  });

  it("cannot be a file that does not end in a newline: a heredoc would add one", () => {
    const file: Instruction = {
      kind: "file",
      path: "/a",
      mode: "0644",
      content: { format: "text", text: "b" },
    };
    expect(() => printInstruction(file)).toThrow("does not end in a newline");
  });
});
