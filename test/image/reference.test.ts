import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatReference, fullName, parseReference, pinReference } from "../../src/image/reference.ts";

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;

describe("an image's name", () => {
  it.each([
    ["node", "docker.io", "library/node", undefined],
    ["heroku/builder:24", "docker.io", "heroku/builder", "24"],
    ["docker.io/node", "docker.io", "library/node", undefined],
    ["index.docker.io/library/node", "docker.io", "library/node", undefined],
    ["gcr.io/buildpacks/builder", "gcr.io", "buildpacks/builder", undefined],
    ["localhost/app", "localhost", "app", undefined],
    ["localhost:5000/app:v1", "localhost:5000", "app", "v1"],
    ["127.0.0.1:5000/a/b/c_d__e-f.g", "127.0.0.1:5000", "a/b/c_d__e-f.g", undefined],
    ["[::1]:5000/app", "[::1]:5000", "app", undefined],
    ["Registry.Example/app", "Registry.Example", "app", undefined],
    ["UPPER/app", "UPPER", "app", undefined],
    ["app:5000", "docker.io", "library/app", "5000"],
  ])("%s is %s's %s", (text, registry, repository, tag) => {
    expect(parseReference(text)).toMatchObject({ registry, repository });
    expect(parseReference(text)?.tag).toBe(tag);
  });

  it("may have a tag and a digest", () => {
    expect(parseReference(`acme/run:24@${digest}`)).toMatchObject({ tag: "24", digest });
  });

  it.each([
    "",
    " ",
    "Node",
    "acme/Run",
    "a//b",
    "/a",
    "a/",
    "-a",
    "a:",
    "a:b c",
    `a:${"x".repeat(129)}`,
    "a@sha256:abc",
    `a@sha512:${"a".repeat(128)}`,
    "https://registry.example/app",
    "a\n",
    "a\nb",
    "$HOME",
    `${"a".repeat(256)}`,
  ])("is not %j", (text) => {
    expect(parseReference(text)).toBeUndefined();
  });
});

describe("a reference", () => {
  it("reads back what it prints", () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,8}([._-][a-z0-9]{1,8})?$/);
    const parts = fc.record({
      host: fc.constantFrom("", "localhost:5000/", "registry.example/", "docker.io/"),
      path: fc.array(part, { minLength: 1, maxLength: 3 }),
      tag: fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/), { nil: undefined }),
      pinned: fc.boolean(),
    });
    fc.assert(
      fc.property(parts, ({ host, path, tag, pinned }) => {
        const text = `${host}${path.join("/")}${tag === undefined ? "" : `:${tag}`}${pinned ? `@${digest}` : ""}`;
        const reference = parseReference(text);
        if (reference === undefined) throw new Error(`not read: ${text}`);
        const printed = formatReference(reference);
        expect(printed).toBe(tag === undefined && !pinned ? `${text}:latest` : text);
        expect(formatReference(parseReference(printed) ?? reference)).toBe(printed);
      }),
    );
  });

  const printed = (
    text: string,
    change: (reference: NonNullable<ReturnType<typeof parseReference>>) => object,
  ) => {
    const reference = parseReference(text);
    if (reference === undefined) throw new Error(`not read: ${text}`);
    return formatReference(change(reference) as typeof reference);
  };

  it("keeps its tag when it is pinned, for people and updaters to read", () => {
    expect(printed("acme/run:24", (reference) => pinReference(reference, digest))).toBe(
      `acme/run:24@${digest}`,
    );
    expect(printed("acme/run", (reference) => pinReference(reference, digest))).toBe(
      `acme/run:latest@${digest}`,
    );
  });

  it.each([
    ["acme/run:24", "docker.io/acme/run:24"],
    ["alpine", "docker.io/library/alpine:latest"],
    [`registry.example/run@${digest}`, `registry.example/run@${digest}`],
  ])("%s is %s where no registry is taken for granted", (text, full) => {
    expect(fullName(text)).toBe(full);
  });

  it("gets no tag that nobody gave when it names a digest already", () => {
    expect(printed(`acme/run@${digest}`, (reference) => pinReference(reference, digest))).toBe(
      `acme/run@${digest}`,
    );
  });
});
