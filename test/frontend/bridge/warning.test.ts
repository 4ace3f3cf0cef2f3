import { ConnectError } from "@connectrpc/connect";
import { expect, it } from "vitest";
import { sendWarning } from "../../../frontend/bridge/warning.ts";
import { diagnose } from "../../../src/diagnostics/diagnose.ts";
import { connected } from "../../helpers/frontend.ts";

const file = { name: "project.toml", bytes: Buffer.from("[_]\nexlude = 1\n") };
const warning = (location?: { file: string; line: number; column?: number }) =>
  diagnose("descriptor/unknown-key", { key: "exlude", schema: "0.2", suggestion: "exclude" }, location);

it("is a line with the rule, its page, and what to do, beside the lines that it is about", async () => {
  const { fake, gateway } = connected({});
  await sendWarning(gateway, warning({ file: "project.toml", line: 2, column: 3 }), file);
  const [sent] = fake.warned;
  expect(Buffer.from(sent?.short ?? []).toString()).toMatch(/ \[descriptor\/unknown-key\]$/);
  expect(sent?.url).toMatch(/descriptor\.md#descriptorunknown-key$/);
  expect(sent?.info).toMatchObject({ filename: "project.toml", language: "TOML" });
  expect(sent?.ranges).toMatchObject([{ start: { line: 2, character: 2 }, end: { line: 2, character: 2 } }]);
});

it.each([undefined, { file: "--env", line: 1 }])("about %j shows no lines", async (location) => {
  const { fake, gateway } = connected({});
  await sendWarning(gateway, warning(location), file);
  expect(fake.warned).toMatchObject([{ ranges: [] }]);
  expect(fake.warned[0]?.info).toBeUndefined();
});

it("that BuildKit does not take fails nothing", async () => {
  const { gateway } = connected({ warn: () => Promise.reject(new ConnectError("no")) });
  await expect(sendWarning(gateway, warning(), file)).resolves.toBeUndefined();
});

it("shows what a stranger has written, and does not act by it", async () => {
  const { fake, gateway } = connected({});
  const values = { key: "ex\u001b[2Jlude\n\u009b", schema: "0.2", suggestion: "x\u0007" };
  await sendWarning(gateway, diagnose("descriptor/unknown-key", values), file);
  const [sent] = fake.warned;
  const text = Buffer.concat([sent?.short ?? Buffer.alloc(0), ...(sent?.detail ?? [])]).toString();
  expect(text).toContain("ex␛[2Jlude␊");
  expect(text).not.toMatch(/\p{Cc}/u);
});
