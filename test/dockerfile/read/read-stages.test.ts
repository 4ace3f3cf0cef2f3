import { expect, it } from "vitest";
import { readSecrets, readStages } from "../../../src/dockerfile/read/read-stages.ts";

const text = `# syntax=acme/cnb
# Made by us.

# one: what comes first,
# and goes on.
FROM acme/base:1 AS one
COPY <<EOF /script
FROM nobody AS nothing
EOF
RUN --mount=type=secret,id=token,required=true --mount=type=cache,id=c,target=/c true
RUN --mount=type=secret,id=token,required=true --mount=type=secret,id=other,target=/x true

FROM one
FROM --platform=$BUILDPLATFORM one AS two
`;

it("the stages with a name, what they are for and what they begin with", () => {
  expect(readStages(text)).toEqual([
    { name: "one", base: "acme/base:1", purpose: "what comes first, and goes on." },
    { name: "two", base: "one", purpose: "" },
  ]);
  expect(readStages(text.replaceAll("\n", "\r\n"))).toEqual(readStages(text));
});

it("the secrets, each once, and whether a build fails without", () => {
  expect(readSecrets(text)).toEqual([
    { id: "token", required: true },
    { id: "other", required: false },
  ]);
});
