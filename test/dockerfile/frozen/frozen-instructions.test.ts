import { describe, expect, it } from "vitest";
import { freezeInstructions } from "../../../src/dockerfile/frozen/frozen-instructions.ts";
import { faultsOf } from "../../helpers/errors.ts";

// biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a Dockerfile
const begin = "ARG base_image\nFROM ${base_image}\n";

function freeze(text: string, values: Readonly<Record<string, string>> = {}) {
  const dockerfile = { ...{ id: "acme/ubi", version: "1", kind: "build" as const, text }, arguments: [] };
  return freezeInstructions({
    dockerfile,
    values: new Map(Object.entries(values)),
    context: "extend-context-1",
  });
}

const frozen = (text: string, values: Readonly<Record<string, string>> = {}) =>
  freeze(`${begin}${text}\n`, values).instructions;

describe("an extension's Dockerfile in a file of ours", () => {
  it.each([
    ["ARG build_id=0", ['ARG build_id="7"']],
    ["ARG build_id", ['ARG build_id="7"']],
    ["ARG other=a build_id=0", ['ARG other="a"', 'ARG build_id="7"']],
    ["ARG other=$build_id", ["ARG other=$build_id"]],
    ["ARG odd", ['ARG odd="a \\"b\\" \\$c"']],
    ["ARG global", ['ARG global="set above"']],
  ])("has the value of %s", (text, expected) => {
    const values = { build_id: "7", odd: 'a "b" $c' };
    const { instructions } = freeze(`ARG base_image\nARG global="set above"\nFROM x\n${text}\n`, values);
    expect(instructions).toEqual(expected);
  });

  it.each([
    ["COPY a b", "COPY --from=extend-context-1 a b"],
    ["copy --chown=1 a b", "copy --from=extend-context-1 --chown=1 a b"],
    ['COPY ["a b", "c"]', 'COPY --from=extend-context-1 ["a b", "c"]'],
    ["COPY \\\n  a \\\n  b", "COPY --from=extend-context-1 \\\n  a \\\n  b"],
    ["RUN --mount=type=bind,target=/a ls", "RUN --mount=type=bind,target=/a,from=extend-context-1 ls"],
    ["RUN --mount=target=/a ls", "RUN --mount=target=/a,from=extend-context-1 ls"],
  ])("takes what the context has from its stage: %j", (text, expected) => {
    expect(freeze(`${begin}${text}\n`)).toEqual({ instructions: [expected], usesContext: true });
  });

  it.each([
    "COPY --from=acme/tools:1 a b",
    "COPY <<EOF /a\nCOPY x y\nEOF",
    "COPY <<-'EOF' <<X /a/\ntext\n\tEOF\nother\nX",
    "RUN cat <<EOF > /a && true\nRUN x\nEOF",
    "RUN --mount=type=cache,target=/a --mount=type=tmpfs,target=/b ls",
    "RUN --mount=type=bind,from=acme/tools:1,target=/a ls",
    "RUN --network=none ls",
    "RUN <<EOF\nFROM x\nEOF",
    'ENV A="b c" D=e',
    'SHELL ["/bin/bash", "-c"]',
    "RUN a && \\\n  # a comment\n  b",
  ])("stays as it is written: %j", (text) => {
    expect(freeze(`${begin}${text}\n`)).toEqual({ instructions: [text], usesContext: false });
  });

  it.each([
    ["ADD a.tar /", "ADD (COPY and RUN can be)"],
    // BuildKit would add a token of the client's to the download.
    ["ADD https://example.com/a.tar /a", "ADD (COPY and RUN can be)"],
    ["COPY --from=builder a b", "from=builder, which names no image with its tag"],
    ["COPY --from=0 a b", "from=0, which names no image with its tag"],
    ["RUN --mount=type=bind,from=detect,target=/a ls", "from=detect, which names no image with its tag"],
    ["COPY a <<EOF b\ntext\nEOF", "COPY of a heredoc together with a file"],
    ["ONBUILD RUN a", "ONBUILD"],
    // BuildKit takes quotes out of the names of flags, and reads bytes where we read characters.
    ['RUN --mount="type=bind,target=/a" ls', "RUN with flags that can be read in two ways"],
    ['RUN --mo"unt"=type=secret,id=a b', "RUN with flags that can be read in two ways"],
    ["RUN --mo\\unt=type=secret,id=a b", "RUN with flags that can be read in two ways"],
    ['RUN --network="host" b', "RUN with flags that can be read in two ways"],
    ["RUN --security=in\\secure b", "RUN with flags that can be read in two ways"],
    ["RUN --mount=type=tmpfs,target=/x$A b", "RUN with flags that can be read in two ways"],
    ["RUN -- --mount=type=secret,id=a b", "RUN with flags that can be read in two ways"],
    ["RUN\f--mount=type=secret,id=a b", "a character that is not plain ASCII, or a carriage return"],
    [
      "RUN --mount=type=tmpfs,target=/x\u00e0--mount=type=secret,id=a b",
      "a character that is not plain ASCII, or a carriage return",
    ],
    [
      "RUN true \\\n\ufeff# x\nRUN --mount=type=secret,id=a b",
      "a character that is not plain ASCII, or a carriage return",
    ],
    ["RUN true \\\n\u0085# x\nUSER 1001", "a character that is not plain ASCII, or a carriage return"],
    ["RUN a\\\r\n  b", "a character that is not plain ASCII, or a carriage return"],
    ["ONBU\u0130LD RUN a", "a character that is not plain ASCII, or a carriage return"],
    ["RUN echo '<<EOF' <<EOF\na\nEOF", "a heredoc that can be read in two ways"],
    ["RUN echo $((1<<2))", "a heredoc that can be read in two ways"],
    ["RUN --mount=type=other,target=/a b", "a mount of the type other"],
    ["RUN --other b", "RUN --other"],
    ["COPY --unknown=1 a b", "COPY --unknown"],
    ["COPY a \\\n<<EOF b\ntext\nEOF", "COPY of a heredoc together with a file"],
    ["UNKNOWN a", "UNKNOWN"],
    ["ARG a$b=1 build_id", "ARG a$b"],
    ["ARG a=$b build_id", "ARG a with a variable beside other arguments"],
    ["RUN <<EOF\nnever ends", "RUN with lines that can be read in two ways"],
    ["ENV A=<<EOF\nRUN --mount=type=secret,id=a b\nEOF", "ENV with <<"],
    ["HEALTHCHECK CMD cat <<EOF\nRUN a\nEOF", "HEALTHCHECK with <<"],
    ["FROM other", "more than one stage"],
  ])("is refused by name with %j", (text, what) => {
    const [fault] = faultsOf(() => frozen(text, { build_id: "7" }));
    expect(fault?.code).toBe("emit/extension-not-frozen");
    expect(fault?.message).toContain(`acme/ubi uses ${what}, which`);
  });

  it("is refused with another escape character", () => {
    const [fault] = faultsOf(() => freeze(`# escape=\`\n${begin}RUN a\n`));
    expect(fault?.message).toContain("an escape directive");
  });

  it.each([
    ["RUN --mount=type=secret,id=a b", "a secret"],
    ["RUN --mount=type=ssh b", "an ssh agent"],
    ["RUN --security=insecure b", "the rights of the machine (--security=insecure)"],
    ["RUN --network=host b", "the network of the machine (--network=host)"],
    ["RUN --device=a/b=c b", "a device"],
  ])("gets nothing that extensions do not get: %s", (text, what) => {
    const [fault] = faultsOf(() => frozen(text));
    expect(fault?.code).toBe("frontend/extension-forbidden");
    expect(fault?.message).toContain(what);
  });

  it("is refused where an argument before FROM has a variable, which would not be one below", () => {
    const [fault] = faultsOf(() => freeze("ARG a=1\nARG b=$a-2\nFROM x\nARG b\n"));
    expect(fault?.message).toContain("ARG b with a variable before FROM");
  });

  it.each([
    ["COPY [a]pp.txt /dst/", "COPY --from=extend-context-1 [a]pp.txt /dst/"],
    ["COPY app.txt \\\n\n/dst/", "COPY --from=extend-context-1 app.txt \\\n\n/dst/"],
    [
      "RUN --mount=type=bind,target=/ab --mount=type=bind,target=/a ls",
      "RUN --mount=type=bind,target=/ab,from=extend-context-1 --mount=type=bind,target=/a,from=extend-context-1 ls",
    ],
  ])("takes nothing from our own context: %j", (text, expected) => {
    expect(freeze(`${begin}${text}\n`)).toEqual({ instructions: [expected], usesContext: true });
  });
});
