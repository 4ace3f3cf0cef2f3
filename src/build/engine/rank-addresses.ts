import { createHash } from "node:crypto";

/** Addresses of BuildKits, in a text with commas or blanks between them, each once. */
export function listAddresses(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/).filter((address) => address !== ""))];
}

/**
 * The addresses in the order in which an app is to ask them, the same on every machine: each app has a first one of its own,
 * where its caches are; when one is added or gone, only the apps move that go there or came from it.
 * Source: Thaler and Ravishankar, "A Name-Based Mapping Scheme for Rendezvous".
 */
export function rankAddresses(addresses: readonly string[], app: string): string[] {
  return addresses
    .map((address) => ({ address, weight: weigh(app, address) }))
    .sort((one, other) => (one.weight < other.weight ? 1 : -1))
    .map(({ address }) => address);
}

function weigh(app: string, address: string): string {
  return createHash("sha256")
    .update(JSON.stringify([app, address]))
    .digest("hex");
}
