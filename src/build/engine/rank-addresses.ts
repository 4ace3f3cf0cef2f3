import { createHash } from "node:crypto";

/** Between two addresses: a path of a socket can have commas and blanks, too, but no scheme comes after them. */
const separator = /[\s,]+(?=[a-z][a-z\d+.-]*:\/\/)/i;

/** Addresses of BuildKits, in a text with commas or blanks between them, each once. */
export function listAddresses(text: string): string[] {
  const listed = text.replace(/^[\s,]+|[\s,]+$/g, "");
  return listed === "" ? [] : [...new Set(listed.split(separator))];
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
