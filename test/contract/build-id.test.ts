import { expect, it } from "vitest";
import { buildIdOf } from "../../src/contract/build-id.ts";
import type { GeneratedDockerfile } from "../../src/contract/generated-dockerfile.ts";

const dockerfile: GeneratedDockerfile = {
  ...{ id: "acme/curl", version: "1.0.0", kind: "build", text: "FROM x\n" },
  arguments: [{ name: "a", value: "b" }],
  context: { path: "/layers/generated/acme_curl/context", digest: "sha256:1" },
};

it("is a UUID of version 8", () => {
  expect(buildIdOf(dockerfile, "base", undefined)).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
});

it("is the same for the same, wherever the context lies", () => {
  const moved = { ...dockerfile, context: { path: "/elsewhere", digest: "sha256:1" } };
  expect(buildIdOf(moved, "base", undefined)).toBe(buildIdOf(dockerfile, "base", undefined));
});

it("is another for another extension, text, argument, context, image below or wish", () => {
  const others: [GeneratedDockerfile, string, string | undefined][] = [
    [dockerfile, "base", undefined],
    [dockerfile, "other", undefined],
    [dockerfile, "base", "again"],
    [{ ...dockerfile, id: "acme/vim" }, "base", undefined],
    [{ ...dockerfile, version: "1.0.1" }, "base", undefined],
    [{ ...dockerfile, kind: "run" }, "base", undefined],
    [{ ...dockerfile, text: "FROM y\n" }, "base", undefined],
    [{ ...dockerfile, arguments: [] }, "base", undefined],
    [{ ...dockerfile, context: { path: "/", digest: "sha256:2" } }, "base", undefined],
  ];
  expect(new Set(others.map((one) => buildIdOf(...one))).size).toBe(others.length);
});
