import { expect, it } from "vitest";
import { listAddresses, rankAddresses } from "../../../src/build/engine/rank-addresses.ts";

const nodes = ["tcp://one:1234", "tcp://two:1234", "tcp://three:1234"];
const apps = Array.from({ length: 300 }, (_, index) => `app-${index}`);

it("reads addresses with commas or blanks between them, each once", () => {
  expect(listAddresses(" tcp://one:1234,tcp://two:1234, unix:///run/b.sock\n,tcp://one:1234 ")).toEqual([
    ...["tcp://one:1234", "tcp://two:1234", "unix:///run/b.sock"],
  ]);
  expect(listAddresses("")).toEqual([]);
  expect(listAddresses(" , ")).toEqual([]);
});

it("leaves a socket's path whole, whatever it has in it", () => {
  const address = "unix:///Users/shop/Application Support/a,b/buildkitd.sock";
  expect(listAddresses(address)).toEqual([address]);
  expect(listAddresses(`tcp://one:1234, ${address},`)).toEqual(["tcp://one:1234", address]);
});

it("sends an app to the same one, in whichever order they are listed, and spreads the apps", () => {
  const counts = new Map<string, number>();
  for (const app of apps) {
    const ranked = rankAddresses(nodes, app);
    expect(ranked.toSorted()).toEqual(nodes.toSorted());
    expect(rankAddresses(nodes.toReversed(), app)).toEqual(ranked);
    counts.set(ranked[0] ?? "", (counts.get(ranked[0] ?? "") ?? 0) + 1);
  }
  for (const node of nodes) expect(counts.get(node)).toBeGreaterThan(apps.length / 5);
});

it("moves no app that the new one does not take, nor one that the lost one did not have", () => {
  const more = [...nodes, "tcp://four:1234"];
  for (const app of apps) {
    const before = rankAddresses(nodes, app);
    const after = rankAddresses(more, app);
    if (after[0] !== "tcp://four:1234") expect(after[0]).toBe(before[0]);
    expect(rankAddresses(nodes.slice(0, 2), app)[0]).toBe(before.find((node) => node !== nodes[2]));
  }
});
